"""Reviews in, calibrated scores out: the one path under the pipeline, files, the app, evaluation and publishing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.core.backend import Backend
from hf_sentiment.core.batching import in_chunks, run_batches
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.config_schema import LONG_REVIEWS
from hf_sentiment.core.inputs import read_inputs
from hf_sentiment.core.option_checks import check_positive, refuse_unknown
from hf_sentiment.core.scores import to_scores
from hf_sentiment.core.text_encoder import TextEncoder
from hf_sentiment.core.windows import OVERLAP_SHARE, count_owners, mean_by_owner, split_into_windows
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.review import Review, as_review

Progress = Callable[[int], object]


class ScoringOptions(TypedDict, total=False):
    """Scoring options of a call.

    Attributes:
        batch_size: windows in a batch, instead of batches of about the same number of tokens.
        max_length: a window in tokens that is shorter than the adapter's.
        long_reviews: "windows" or "truncate", instead of the adapter's own rule.
        progress: called after each batch with the number of reviews whose first window was in it.
    """

    batch_size: int | None
    max_length: int | None
    long_reviews: str | None
    progress: Progress | None


class ScoredChunk(NamedTuple):
    """Consecutive reviews of the input.

    Attributes:
        texts: the reviews as the tokenizer saw them.
        logits: calibrated, float32, of shape (reviews, labels).
        windows: number of windows of each review.
    """

    texts: list[str]
    logits: NDArray[np.float32]
    windows: NDArray[np.intp]


class TokenWindows(NamedTuple):
    """Texts as the model reads them.

    Attributes:
        rows: the token ids of each window, without special tokens.
        owners: the index of each window's text, increasing from 0 without gaps, of shape (windows,).
    """

    rows: list[list[int]]
    owners: NDArray[np.intp]


class _Reading(NamedTuple):
    """Number of text tokens in a window, and how many it shares with the previous window (None: truncate)."""

    room: int
    overlap: int | None


@dataclass(frozen=True)
class ReviewScorer:
    """Scores reviews with one adapter. Threads may share it, with different options: a call changes no state.

    Attributes:
        config: labels, template, window, calibration.
        encoder: the tokenizer.
        backend: runs the model.
    """

    config: SentimentConfig
    encoder: TextEncoder = field(repr=False)
    backend: Backend = field(repr=False)

    def scores(self, reviews: object, **options: Unpack[ScoringOptions]) -> NDArray[np.float32]:
        """Calibrated scores of reviews.

        Args:
            reviews: a list, column, table or generator of strings, or of mappings with "text" (or "content") and
                optionally "title"; or one review.
            **options: see ScoringOptions.

        Returns:
            float32 array of shape (reviews, labels): softmax, or sigmoid for a multi-label adapter.

        Raises:
            SentimentError: a review is empty or is not text (the message says which), or an option is invalid.
        """
        scores: NDArray[np.float32] = to_scores(self.logits(reviews, **options), multi_label=self.config.multi_label)
        return scores

    def logits(self, reviews: object, **options: Unpack[ScoringOptions]) -> NDArray[np.float32]:
        """Calibrated logits of reviews, float32, of shape (reviews, labels); arguments and errors as in `scores`."""
        # Before `chunks`, which has an option of its own.
        self.check_options(**options)
        inputs = read_inputs(reviews)
        found = [chunk.logits for chunk in self.chunks(inputs.reviews, single=inputs.single, **options)]
        return np.concatenate(found) if found else np.empty((0, len(self.config.labels)), dtype=np.float32)

    def chunks(
        self, reviews: Iterable[object], *, single: bool = False, **options: Unpack[ScoringOptions]
    ) -> Iterator[ScoredChunk]:
        """Score an input of any length, one chunk in memory at a time; arguments and errors as in `scores`.

        Args:
            reviews: read only a little ahead. An error of an iterator, or a review of it that is none, comes after the
                scores of the reviews before it; other inputs are checked before the first review is scored.
            single: there is only one review, so messages do not number it.
            **options: see ScoringOptions.
        """
        self.check_options(**options)
        read: Iterable[Review] = (
            as_review(item, None if single else position) for position, item in enumerate(reviews)
        )
        if not isinstance(reviews, Iterator):
            read = list(read)
        for chunk in in_chunks(read):
            texts = [self.config.render(*review) for review in chunk]
            yield ScoredChunk(texts, *self._score(texts, **options))

    def text_logits(self, texts: list[str], **options: Unpack[ScoringOptions]) -> NDArray[np.float32]:
        """Calibrated logits of rendered texts, even empty ones, of shape (texts, labels)."""
        return self._score(texts, **options)[0]

    def window_spans(self, text: str, **options: Unpack[ScoringOptions]) -> list[tuple[int, int]]:
        """The characters that each window of a rendered review covers: [(start, end)]."""
        offsets = self.encoder.offsets(text)
        reading = self._reading(**options)
        whole = [(0, len(text))]
        if not offsets:
            return whole
        spans = []
        for window in split_into_windows([len(offsets)], *reading, from_end=self.encoder.layout.format.cut_left):
            # A special token within the text covers no characters.
            kept = [(start, end) for start, end in offsets[window.start : window.stop] if end > start]
            spans += [(kept[0][0], kept[-1][1])] if kept else whole
        return spans

    def check_options(self, **options: Unpack[ScoringOptions]) -> None:
        """Raise a SentimentError for an unknown or invalid option, before the first review is read."""
        refuse_unknown(options, ScoringOptions.__annotations__)
        if options.get("progress") is not None and not callable(options["progress"]):
            raise SentimentError(f"progress is {options['progress']!r}: give a function.")
        rule = options.get("long_reviews")
        if rule is not None and rule not in LONG_REVIEWS:
            raise SentimentError(f"long_reviews is {rule!r}; it must be one of {', '.join(LONG_REVIEWS)}.")
        for name in ("batch_size", "max_length"):
            check_positive(name, options.get(name))
        self._reading(**options)

    def _reading(self, **options: Unpack[ScoringOptions]) -> _Reading:
        length = min(options.get("max_length") or self.config.max_length, self.config.max_length)
        room = length - self.encoder.layout.special_tokens
        if room < 1:
            raise SentimentError(
                f"max_length is {length}, which leaves no room for text beside the {length - room} special tokens: "
                f"give {length - room + 1} or more."
            )
        cut = (options.get("long_reviews") or self.config.long_reviews) == "truncate"
        # Even in a very short window, at least one token must be new.
        return _Reading(room, None if cut else min(length // OVERLAP_SHARE, room - 1))

    def tokenize(self, texts: list[str], **options: Unpack[ScoringOptions]) -> TokenWindows:
        """The token ids of rendered reviews, split into windows."""
        tokens = self.encoder.encode(texts)
        windows = split_into_windows(
            [len(each) for each in tokens],
            *self._reading(**options),
            from_end=self.encoder.layout.format.cut_left,
        )
        rows = [tokens[owner][start:stop] for owner, start, stop in windows]
        return TokenWindows(rows, np.array([window.owner for window in windows], dtype=np.intp))

    def calibrate(self, raw: NDArray[np.float32], owners: NDArray[np.intp]) -> NDArray[np.float32]:
        """Calibrated logits of texts from the model's logits of their windows.

        Args:
            raw: of shape (windows, labels).
            owners: the index of each window's text, see `TokenWindows`.

        Returns:
            float32 array of shape (texts, labels).
        """
        return (mean_by_owner(raw, owners) / self.config.temperature).astype(np.float32, copy=False)

    def _score(
        self, texts: list[str], **options: Unpack[ScoringOptions]
    ) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """Calibrated logits of rendered reviews, and the number of windows of each."""
        rows, owners = self.tokenize(texts, **options)
        raw = run_batches(
            rows,
            self.encoder.layout,
            self.config.max_length,
            self.backend,
            labels=len(self.config.labels),
            batch_size=options.get("batch_size"),
            progress=count_owners(options.get("progress"), owners),
        )
        return self.calibrate(raw, owners), np.bincount(owners, minlength=len(texts))
