"""Windows that hold screens: the kiosk's full screen, the desktop's rail, and trouble at start."""
