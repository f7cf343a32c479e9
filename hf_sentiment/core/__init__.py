"""From a review to its calibrated scores, in numpy and `tokenizers` alone: the one path under every door."""
