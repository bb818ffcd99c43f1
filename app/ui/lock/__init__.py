"""The lock of a kiosk: the staff PIN's pad, and the sheet that asks for it."""
