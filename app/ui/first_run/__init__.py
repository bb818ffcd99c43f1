"""The first run of a door: from an invitation to scanning, one step after the other."""
