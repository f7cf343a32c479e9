"""Search for the best training options, on validation rows alone."""
