"""The sounds: one a severity, two for looks of their own, and the script that makes them."""
