"""The equipment of a door without staff, against a terminal, a web server and sockets."""
