"""Metrics computed from arrays of logits and labels."""
