"""The model card's template, which travels in the wheel as hf_sentiment.model_card."""
