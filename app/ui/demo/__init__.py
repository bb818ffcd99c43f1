"""The demo on screen: captions, pause and step, and the account at the end."""
