"""The organizer's sales page: what an event sold and earned, and who came."""
