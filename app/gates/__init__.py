"""Claim a ticket, alone or across doors, behind one port."""
