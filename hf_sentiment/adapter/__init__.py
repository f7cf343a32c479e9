"""One adapter folder and the base encoder it was trained on."""
