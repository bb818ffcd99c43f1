"""The screen of a kiosk that cannot do its work: what is wrong, and what to do about it."""
