"""An evaluation report as data, and what renders it."""
