"""The desk's page of an event's doors: invite a new one, and grant its key."""
