"""Use cases, reaching the outside through ports."""
