"""The embedded chain as a child process."""
