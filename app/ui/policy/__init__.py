"""The desk's page of an event's rules: a form, the same in words, and a signed new version."""
