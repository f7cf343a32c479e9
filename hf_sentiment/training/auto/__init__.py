"""Recipe `auto`: choose a recipe for the reviews at hand by cross-validation on their training rows."""

from hf_sentiment.training.auto.choose import choose_recipe

__all__ = ["choose_recipe"]
