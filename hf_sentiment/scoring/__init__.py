"""Files of reviews in, files of scores out."""
