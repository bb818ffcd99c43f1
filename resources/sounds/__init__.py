"""Six sounds, one a severity, and the script that makes them."""
