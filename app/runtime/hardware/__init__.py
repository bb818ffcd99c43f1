"""Relays and printers of a self-service door, behind the ports of the services."""
