"""The door: camera, verdict, status, last scans."""
