"""Files and folders: written whole, told from those of other people, and their errors as sentences."""
