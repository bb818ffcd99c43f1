"""What to open: the door, the desk or my tickets; and which event a door is for."""
