"""Model cards and publishing: the only part of the package that writes to the network."""

from hf_sentiment.hub.card import add_to_card, write_card
from hf_sentiment.hub.metadata import check_identifiers
from hf_sentiment.hub.publish import PublishResult, publish

__all__ = ["PublishResult", "add_to_card", "check_identifiers", "publish", "write_card"]
