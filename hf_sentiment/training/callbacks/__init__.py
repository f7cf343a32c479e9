"""What watches a training run: checkpoints, progress, a lost loss, averaged weights."""
