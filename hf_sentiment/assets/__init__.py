"""The adapter and the demo reviews that ship with the package."""
