"""Review data that ships with the package."""
