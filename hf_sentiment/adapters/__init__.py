"""The adapters that ship with the package."""
