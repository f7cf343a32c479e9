"""The options of a call, checked before the first review is read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.option_checks import check_positive, refuse_unknown
from hf_sentiment.core.review_scorer import Progress, ScoringOptions
from hf_sentiment.core.scores import FUNCTIONS
from hf_sentiment.errors import SentimentError

# Options that stock pipelines need; here they have no effect, because every batch is padded and fits the window.
ACCEPTED = ("truncation", "padding", "num_workers")


@dataclass(frozen=True)
class CallOptions:
    """The options of a call.

    Attributes:
        top_k: labels per review, highest first; None for all of them.
        function_to_apply: "softmax", "sigmoid" or "none", instead of the default for the adapter's problem type.
        present: for a multi-label adapter: all labels that reach their threshold, highest first; possibly none.
        windows: add the number of windows of the review to each answer.
        target_error: add to each answer whether its review is "undecided".
        explain: add to each answer how much each word of the review contributes to its label.
        batch_size, max_length, long_reviews, progress: see `ScoringOptions`.
    """

    top_k: int | None = 1
    function_to_apply: str | None = None
    present: bool = False
    windows: bool = False
    target_error: float | None = None
    explain: bool = False
    batch_size: int | None = None
    max_length: int | None = None
    long_reviews: str | None = None
    progress: Progress | None = None

    @property
    def scoring(self) -> ScoringOptions:
        """The options that scoring uses."""
        return {
            "batch_size": self.batch_size,
            "max_length": self.max_length,
            "long_reviews": self.long_reviews,
            "progress": self.progress,
        }


def call_options(given: Mapping[str, Any], config: SentimentConfig) -> CallOptions:
    """Read and check the options of a call.

    Args:
        given: keyword -> value.
        config: the adapter's config.

    Raises:
        SentimentError: a keyword is unknown (the message names the closest one), or a value is invalid.
    """
    refuse_unknown_keywords(given)
    chosen = {name: value for name, value in given.items() if name not in ACCEPTED}
    if (function := chosen.get("function_to_apply")) is not None:
        # transformers has an enum for it, and accepts its names in upper and lower case.
        chosen["function_to_apply"] = str(getattr(function, "name", function)).lower()
    options = CallOptions(**chosen)
    function = options.function_to_apply
    check_positive("top_k", options.top_k)
    if function is not None and function not in FUNCTIONS:
        raise SentimentError(f"function_to_apply is {function!r}; it must be one of {', '.join(FUNCTIONS)}.")
    if options.present and not config.multi_label:
        raise SentimentError("present=True needs a multi-label adapter; this one gives each review one label.")
    if options.target_error is not None:
        config.undecided_below(options.target_error)
    return options


def refuse_unknown_keywords(given: Mapping[str, Any]) -> None:
    """Refuse a keyword that no call takes.

    Raises:
        SentimentError: names the keyword and the closest known one.
    """
    known = [each.name for each in fields(CallOptions)]
    refuse_unknown([name for name in given if name not in ACCEPTED], known)
