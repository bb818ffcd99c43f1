"""The screen of a door without staff: what a guest is told, in the guest's own language."""
