"""Help with labelling: which reviews to label next, and which labels to look at again."""

from typing import TYPE_CHECKING

from hf_sentiment.lazy import lazy_names

if TYPE_CHECKING:
    from hf_sentiment.labelling.label_audit import Audit, audit
    from hf_sentiment.labelling.suggestions import Suggestions, suggest

__all__ = ["Audit", "Suggestions", "audit", "suggest"]

__getattr__ = lazy_names(
    __name__,
    dict.fromkeys(("Suggestions", "suggest"), "hf_sentiment.labelling.suggestions")
    | dict.fromkeys(("Audit", "audit"), "hf_sentiment.labelling.label_audit"),
)
