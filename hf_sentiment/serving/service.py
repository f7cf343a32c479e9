"""Reviews in, answers out, for every protocol of the server."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hf_sentiment.core.answers import Answer
from hf_sentiment.core.call_options import CallOptions, call_options
from hf_sentiment.core.classify import chunk_answers
from hf_sentiment.core.review_scorer import ScoredChunk
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.review import Review, as_review
from hf_sentiment.serving.adapters import ServedAdapter
from hf_sentiment.serving.engine import Engine
from hf_sentiment.serving.metrics import Metrics
from hf_sentiment.serving.queued_scorer import QueuedScorer
from hf_sentiment.serving.refusals import RefusedError, failed, not_ready, too_large, too_late
from hf_sentiment.serving.registry import Registry
from hf_sentiment.serving.settings import ServeSettings
from hf_sentiment.serving.tickets import Ticket

# Characters that are tokenized on the event loop, in about a millisecond; more would let other requests wait.
ON_THE_LOOP = 10_000

# The share of a request's time that it may spend in the queue: better refused at once than given up later.
WAITING = 0.5

# The answers to a review, or why there are none.
Outcome = list[Answer] | RefusedError


@dataclass
class Service:
    """The state of a server.

    Attributes:
        settings: its settings.
        registry: its adapters.
        engine: computes.
        metrics: what `/metrics` shows.
        ready: whether it has answered once with each adapter, and is not stopping.
        pending: requests that wait for an adapter.
    """

    settings: ServeSettings
    registry: Registry = field(default_factory=Registry)
    metrics: Metrics = field(default_factory=Metrics)
    ready: bool = False
    pending: Counter[ServedAdapter] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        limits = self.settings.max_queue, self.settings.max_batch_tokens, WAITING * self.settings.request_timeout
        self.engine = Engine(*limits, self.metrics)
        self.metrics.watch_queue(self.engine.queue.__len__)

    def check_ready(self) -> None:
        """Raise a RefusedError unless the server is ready."""
        if not self.ready:
            raise not_ready()

    def check_count(self, reviews: int) -> None:
        """Raise a RefusedError for more reviews than a request may have, or none."""
        most = self.settings.max_client_batch_size
        if reviews > most:
            raise too_large(f"The request has {reviews} reviews; the server takes {most} at once.")
        if not reviews:
            raise RefusedError("The request has no review.")

    async def answer(self, adapter: ServedAdapter, reviews: Sequence[object], **options: Any) -> list[list[Answer]]:
        """The answers to reviews, in order, of each all that the options ask for.

        Args:
            adapter: scores them.
            reviews: strings, or mappings with "text" and perhaps "title".
            **options: see `CallOptions`.

        Raises:
            RefusedError: an option or one of the reviews is invalid, or one of them cannot be scored.
        """
        found: list[list[Answer]] = []
        for outcome in await self.outcomes(adapter, reviews, **options):
            if isinstance(outcome, RefusedError):
                raise outcome
            found.append(outcome)
        return found

    async def outcomes(self, adapter: ServedAdapter, reviews: Sequence[object], **options: Any) -> list[Outcome]:
        """As `answer`, but a review that cannot be scored fails alone."""
        self.check_count(len(reviews))
        try:
            chosen = call_options(options, adapter.scorer.config)
            adapter.scorer.check_options(**chosen.scoring)
        except SentimentError as error:
            raise RefusedError(str(error)) from error
        read = [self._read(item, None if len(reviews) == 1 else place) for place, item in enumerate(reviews)]
        places = [place for place, each in enumerate(read) if isinstance(each, Review)]
        found: list[Outcome] = [each if isinstance(each, RefusedError) else [] for each in read]
        if places:
            self.pending[adapter] += 1
            try:
                answered = await self._scored(adapter, [each for each in read if isinstance(each, Review)], chosen)
            finally:
                self.pending[adapter] -= 1
            for place, outcome in zip(places, answered, strict=True):
                found[place] = outcome
        return found

    def _read(self, item: object, place: int | None) -> Review | RefusedError:
        try:
            review = as_review(item, place)
        except SentimentError as error:
            return RefusedError(str(error))
        length, most = len(review.title) + len(review.text), self.settings.max_text_chars
        if length > most:
            name = "The review" if place is None else f"Review {place + 1}"
            return too_large(f"{name} has {length} characters; the server takes {most}.")
        return review

    async def _scored(self, adapter: ServedAdapter, reviews: list[Review], options: CallOptions) -> list[Outcome]:
        scorer, seconds = adapter.scorer, self.settings.request_timeout
        texts = [scorer.config.render(*review) for review in reviews]
        # Before any work on it.
        self.engine.queue.check_room()
        size = sum(map(len, texts))
        rows, owners = await _off_the_loop(size, lambda: scorer.tokenize(texts, **options.scoring))
        ticket = Ticket(adapter, rows, time.monotonic() + seconds)
        self.engine.queue.put(ticket)
        try:
            async with asyncio.timeout(seconds):
                # If this task is cancelled, because the client has gone, so is the ticket.
                answer = await asyncio.wrap_future(ticket.future)
        except TimeoutError:
            raise too_late() from None
        self.metrics.waited.observe(answer.waited)
        self.metrics.reviews.labels(adapter.name).inc(len(reviews))
        windows = np.bincount(owners, minlength=len(texts))
        chunk = ScoredChunk(texts, scorer.calibrate(answer.logits, owners), windows)
        broken = {int(owners[window]) for window in answer.failed}
        if options.explain:
            explaining = QueuedScorer(
                scorer.config, scorer.encoder, scorer.backend, adapter=adapter, engine=self.engine, seconds=seconds
            )
            return await asyncio.to_thread(_explained, explaining, chunk, options, broken)
        answered = chunk_answers(scorer, chunk, options)
        return [failed() if place in broken else entries for place, entries in enumerate(answered)]


def _explained(scorer: QueuedScorer, chunk: ScoredChunk, options: CallOptions, broken: set[int]) -> list[Outcome]:
    """The answers to reviews, one by one, so that each may fail alone while it is explained."""
    found: list[Outcome] = []
    for place, (text, logits, windows) in enumerate(zip(*chunk, strict=True)):
        try:
            if place in broken:
                raise failed()
            found += chunk_answers(scorer, ScoredChunk([text], logits[None], windows[None]), options)
        except RefusedError as error:
            found.append(error)
    return found


async def _off_the_loop(characters: int, work: Callable[[], Any]) -> Any:
    return work() if characters <= ON_THE_LOOP else await asyncio.to_thread(work)
