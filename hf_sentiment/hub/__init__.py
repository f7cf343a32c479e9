"""Model cards and publishing: the only part of the package that writes to the network."""

from typing import TYPE_CHECKING

from hf_sentiment.hub.metadata import check_identifiers
from hf_sentiment.lazy import lazy_names

if TYPE_CHECKING:
    from hf_sentiment.hub.card import add_to_card, write_card
    from hf_sentiment.hub.publish_error import PublishError
    from hf_sentiment.hub.publisher import PublishResult, publish
    from hf_sentiment.hub.space import publish_space

__all__ = [
    "PublishError",
    "PublishResult",
    "add_to_card",
    "check_identifiers",
    "publish",
    "publish_space",
    "write_card",
]

__getattr__ = lazy_names(
    __name__,
    dict.fromkeys(("add_to_card", "write_card"), "hf_sentiment.hub.card")
    | dict.fromkeys(("PublishResult", "publish"), "hf_sentiment.hub.publisher")
    | {"PublishError": "hf_sentiment.hub.publish_error", "publish_space": "hf_sentiment.hub.space"},
)
