"""What a person may set on every computer: the language and the look."""
