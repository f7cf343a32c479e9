"""The routes of the server: each protocol's way to ask, and its form of answer."""
