"""Callbacks of transformers' Trainer: progress, loss watch, weight average, checkpoint markers."""
