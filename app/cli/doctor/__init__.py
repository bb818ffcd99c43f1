"""What the doctor looks at: machine, data folder, keys and chain; it changes nothing there."""
