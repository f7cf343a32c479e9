"""Several adapters on one base: each review is for one of them, or for all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from hf_sentiment.adapter.base_model import Base
from hf_sentiment.backends.mixed import MixedBackend
from hf_sentiment.core.answers import answers
from hf_sentiment.core.batching import in_chunks, run_batches
from hf_sentiment.core.call_options import CallOptions, call_options
from hf_sentiment.core.inputs import read_inputs
from hf_sentiment.core.windows import count_owners, mean_by_owner
from hf_sentiment.errors import SentimentError
from hf_sentiment.inference.members import Member, open_members
from hf_sentiment.reviews.review import Review, as_review

# Not Sequence: a single name is a sequence of letters.
Adapters: TypeAlias = list[str] | list[Path] | list[str | Path] | tuple[str | Path, ...] | Mapping[str, str | Path]


class _Job(NamedTuple):
    """One review for one adapter."""

    place: int
    name: str
    review: Review


class MultiAdapterPipeline:
    """Classifies reviews with several adapters that share one base.

    Attributes:
        members: adapter name -> Member.
        base: the base that all of them are on.
    """

    def __init__(self, members: dict[str, Member], base: Base) -> None:
        self.members = members
        self.base = base

    def __call__(self, inputs: Any, adapter: str | Sequence[str] | None = None, **options: Any) -> Any:
        """Classify one review or many.

        Args:
            inputs: a review as the pipeline accepts it, or an iterable of them. A mapping may name its "adapter".
            adapter: one name for all reviews, or one name per review; by default each review's own, and if it names
                none, every adapter answers.
            **options: as in SentimentPipeline, except `explain`.

        Returns:
            One answer per review, in order, in the format of SentimentPipeline; if every adapter answers, a dictionary
            of adapter name -> answer. For one review, one answer.

        Raises:
            SentimentError: a review is invalid, an adapter's name or an option is unknown, or `explain` is set.
        """
        if options.get("explain"):
            raise SentimentError("explain=True needs an adapter that is loaded alone: hf_sentiment.load(ADAPTER).")
        given = read_inputs(inputs)
        if adapter is not None and not isinstance(adapter, str):
            adapter = list(adapter)
        for member in self.members.values():
            call_options(options, member.scorer.config)
        if isinstance(adapter, list) and not given.lazy and len(list(given.reviews)) != len(adapter):
            raise SentimentError(
                f"{len(adapter)} adapters are named for {len(list(given.reviews))} reviews: name one for each."
            )
        found = self._answers(given.reviews, adapter, options, single=given.single)
        if given.lazy:
            return found
        return next(found) if given.single else list(found)

    def _answers(
        self, reviews: Iterable[object], adapter: str | list[str] | None, options: dict[str, Any], *, single: bool
    ) -> Iterator[Any]:
        read: Iterable[tuple[str | None, Review]] = (
            (self._named(item, adapter, position), as_review(item, None if single else position))
            for position, item in enumerate(reviews)
        )
        if not isinstance(reviews, Iterator):
            # As in ReviewScorer.chunks.
            read = list(read)
        for chunk in in_chunks(read):
            jobs = [
                _Job(index, each, review)
                for index, (name, review) in enumerate(chunk)
                for each in ([name] if name else self.members)
            ]
            found: list[dict[str, Any]] = [{} for _ in chunk]
            for job, answer in zip(jobs, self._answer(jobs, options), strict=True):
                found[job.place][job.name] = answer
            for (name, _), by_adapter in zip(chunk, found, strict=True):
                yield by_adapter[name] if name else by_adapter

    def _named(self, item: object, adapter: str | list[str] | None, position: int) -> str | None:
        """The one adapter that a review is for; None for all of them."""
        if isinstance(adapter, list) and position >= len(adapter):
            raise SentimentError(f"{len(adapter)} adapters are named for more reviews: name one for each.")
        name = adapter[position] if isinstance(adapter, list) else adapter
        if name is None and isinstance(item, Mapping):
            name = item.get("adapter")
        if name is not None and not (isinstance(name, str) and name in self.members):
            raise SentimentError(f"No adapter {name!r} is loaded; the loaded adapters are {', '.join(self.members)}.")
        return name

    def _answer(self, jobs: list[_Job], options: dict[str, Any]) -> list[Any]:
        """The answer of each job, in order."""
        found: list[Any] = [None] * len(jobs)
        parts: dict[Any, list[int]] = {}
        for index, job in enumerate(jobs):
            parts.setdefault(self.members[job.name].together, []).append(index)
        for part in parts.values():
            for index, answer in zip(
                part, self._answer_together([jobs[index] for index in part], options), strict=True
            ):
                found[index] = answer
        return found

    def _answer_together(self, jobs: list[_Job], options: dict[str, Any]) -> list[Any]:
        by_name = {name: call_options(options, self.members[name].scorer.config) for name in {j.name for j in jobs}}
        rows: list[list[int]] = []
        owners: list[int] = []
        # Call each tokenizer once, then put the windows in the order of the jobs.
        windows = self._tokenize(jobs, by_name)
        for place, own in enumerate(windows):
            rows += own
            owners += [place] * len(own)
        first = self.members[jobs[0].name]
        group = first.adapter.group
        keys = [self.members[jobs[owner].name].adapter.key for owner in owners]
        one, owner_of = next(iter(by_name.values())), np.array(owners, dtype=np.intp)
        raw = run_batches(
            rows,
            first.scorer.encoder.layout,
            max(self.members[job.name].scorer.config.max_length for job in jobs),
            MixedBackend(group, keys),
            labels=len(first.scorer.config.labels),
            batch_size=one.batch_size,
            progress=count_owners(one.progress, owner_of),
        )
        return [
            self._shown(
                job, logits, len(own), by_name[job.name], listed=by_name[job.name].present or "top_k" in options
            )
            for job, own, logits in zip(jobs, windows, mean_by_owner(raw, owner_of), strict=True)
        ]

    def _tokenize(self, jobs: list[_Job], options: dict[str, CallOptions]) -> list[list[list[int]]]:
        """The windows of each job."""
        windows: list[list[list[int]]] = [[] for _ in jobs]
        for name, chosen in options.items():
            scorer = self.members[name].scorer
            scorer.check_options(**chosen.scoring)
            mine = [place for place, job in enumerate(jobs) if job.name == name]
            texts = [scorer.config.render(*jobs[place].review) for place in mine]
            rows, owners = scorer.tokenize(texts, **chosen.scoring)
            for row, owner in zip(rows, owners.tolist(), strict=True):
                windows[mine[owner]].append(row)
        return windows

    def _shown(
        self, job: _Job, logits: NDArray[np.floating], windows: int, options: CallOptions, *, listed: bool
    ) -> Any:
        config = self.members[job.name].scorer.config
        calibrated = (logits[None] / config.temperature).astype(np.float32, copy=False)
        (entries,) = answers(calibrated, config, options)
        for entry in entries if options.windows else []:
            entry["windows"] = windows
        return entries if listed else entries[0]


def load_many(
    adapters: Adapters,
    *,
    base_model: str | None = None,
    device: int | str | torch.device | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    trust_remote_code: bool = False,
) -> MultiAdapterPipeline:
    """Load several adapters of one base.

    Args:
        adapters: Hub ids, folders or "default"; as a mapping, under names of your own.
        base_model: a folder or Hub id to take the base from.
        device: the model's device; by default an accelerator, if there is one.
        token: for private repositories.
        local_files_only: do not ask the Hub.
        trust_remote_code: allow a base that brings its own Python code.

    Raises:
        SentimentError: see `load_adapter`; or the adapters are on different bases.
    """
    named = dict(adapters) if isinstance(adapters, Mapping) else {str(adapter): adapter for adapter in adapters}
    if not named:
        raise SentimentError("No adapter is named: give one or more.")
    if len(named) < len(adapters):
        raise SentimentError("An adapter is named twice: name each one once, or give a mapping of names to adapters.")
    shared, members = open_members(
        named,
        base_model=base_model,
        device=device,
        token=token,
        local_files_only=local_files_only,
        trust_remote_code=trust_remote_code,
    )
    return MultiAdapterPipeline(members, shared.base)
