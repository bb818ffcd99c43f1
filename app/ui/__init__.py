"""Screens: view, view-model and words."""
