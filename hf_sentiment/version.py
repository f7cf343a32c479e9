"""The package's version: read by setup.cfg, written into every adapter folder."""

__version__ = "0.2.0"
