"""Icons, sounds, fonts, themes and words, read with importlib.resources."""
