"""Echain Gate: door kiosk, organizer desk and attendee wallet in one program."""
