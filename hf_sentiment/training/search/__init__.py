"""Search for the best options, on validation rows alone."""
