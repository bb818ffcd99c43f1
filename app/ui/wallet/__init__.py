"""The attendee's pages: tickets, certificates, and the pass that is shown at the door."""
