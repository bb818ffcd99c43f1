"""The contracts on a real node."""
