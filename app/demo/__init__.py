"""An evening at a door, played on an embedded chain: nothing in it is pretended but the camera."""
