"""Pure rules: no Qt, no I/O, no clock."""
