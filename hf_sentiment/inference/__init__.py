"""The doors of Python: the transformers pipeline, several adapters on one base, and `load`."""
