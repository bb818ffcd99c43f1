"""Widgets that screens are built of: they paint what they are given and hold no rule."""
