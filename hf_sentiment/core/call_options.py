"""The options of a call, under their names, with what is wrong with them said before a review is read."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.review_scorer import Progress, ScoringOptions
from hf_sentiment.core.scores import FUNCTIONS
from hf_sentiment.errors import SentimentError

# What stock pipelines need to be told, and a call here does not: every batch is padded and fitted to the window.
ACCEPTED = ("truncation", "padding", "num_workers")


@dataclass(frozen=True)
class CallOptions:
    """What a call asks for.

    Attributes:
        top_k: labels per review, highest first; None for all of them.
        function_to_apply: "softmax", "sigmoid" or "none", instead of what the adapter's kind asks for.
        present: for a multi-label adapter: all labels that reach their threshold, highest first; possibly none.
        windows: add to each answer how many windows its review took.
        target_error: add to each answer whether its review is "undecided".
        explain: add to each answer what every word of the review adds to its label.
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
        """The part that is used before there are answers."""
        return {
            "batch_size": self.batch_size,
            "max_length": self.max_length,
            "long_reviews": self.long_reviews,
            "progress": self.progress,
        }


def call_options(given: Mapping[str, Any], config: SentimentConfig) -> CallOptions:
    """The options of a call.

    Args:
        given: keyword -> value.
        config: of the adapter.

    Raises:
        SentimentError: a keyword is not known (the message names the nearest one), or a value is not possible.
    """
    refuse_unknown(given)
    chosen = {name: value for name, value in given.items() if name not in ACCEPTED}
    if (function := chosen.get("function_to_apply")) is not None:
        # transformers has an enumeration for it, and takes its names in any case.
        chosen["function_to_apply"] = str(getattr(function, "name", function)).lower()
    options = CallOptions(**chosen)
    top_k, function = options.top_k, options.function_to_apply
    if top_k is not None and (isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1):
        raise SentimentError(f"top_k is {top_k!r}: give a whole number from 1 up, or None for every label.")
    if function is not None and function not in FUNCTIONS:
        raise SentimentError(f"function_to_apply is {function!r}; it is one of {', '.join(FUNCTIONS)}.")
    if options.target_error is not None:
        config.undecided_below(options.target_error)
    return options


def refuse_unknown(given: Mapping[str, Any]) -> None:
    """Raise a SentimentError for a keyword that no call takes.

    Raises:
        SentimentError: names the keyword and the nearest known one.
    """
    known = [each.name for each in fields(CallOptions)]
    for name in given:
        if name not in known and name not in ACCEPTED:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}."
            raise SentimentError(f"A call takes no option {name!r}; {hint}")
