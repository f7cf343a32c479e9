"""Serve adapters over HTTP: the protocols of the ecosystem's clients around the core."""
