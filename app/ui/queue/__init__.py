"""The queue: what waits for the chain and why, and the conflicts that a person decides."""
