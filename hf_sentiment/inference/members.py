"""Open adapters that share one base."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from hf_sentiment.adapter.folder import find_adapter
from hf_sentiment.adapter.loading import locate_base_of
from hf_sentiment.adapter.shared_base import SharedAdapter, SharedBase
from hf_sentiment.adapter.tokenizer import text_encoder
from hf_sentiment.adapter.weights import AdapterWeights, read_weights
from hf_sentiment.backends.mixed import MixedBackend
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.errors import SentimentError


@dataclass
class Member:
    """One of several adapters, ready to read reviews.

    Attributes:
        adapter: where its weights are.
        scorer: its template, tokenizer, window and calibration.
    """

    adapter: SharedAdapter
    scorer: ReviewScorer

    @property
    def together(self) -> tuple[object, ...]:
        """What adapters must have in common for their reviews to go through the model together."""
        group = self.adapter.group
        return id(group), self.scorer.encoder.layout, group.mixable or self.adapter.key


def open_members(
    named: Mapping[str, str | Path],
    *,
    base_model: str | None = None,
    device: int | str | torch.device | None = None,
    trust_remote_code: bool = False,
    revisions: Mapping[str, str | None] | None = None,
    **fetching: Any,
) -> tuple[SharedBase, dict[str, Member]]:
    """Open adapters on one copy of their base.

    Args:
        named: name -> Hub id, folder or "default".
        base_model: a folder or Hub id to take the base from.
        device: the model's device; by default an accelerator, if there is one.
        trust_remote_code: allow a base that brings its own Python code.
        revisions: name -> revision of the adapter on the Hub.
        **fetching: `token` and `local_files_only`.

    Raises:
        SentimentError: see `hf_sentiment.adapter.loading.load_adapter`; or the adapters are on different bases.
    """
    weights = {
        name: read_weights(find_adapter(adapter, (revisions or {}).get(name), **fetching))
        for name, adapter in named.items()
    }
    bases = {
        name: locate_base_of(each, base_model, trust_remote_code=trust_remote_code, **fetching)
        for name, each in weights.items()
    }
    first, base = next(iter(bases.items()))
    for name, other in bases.items():
        if other.path != base.path:
            raise SentimentError(f"The adapters are on different bases: {first} on {base}, {name} on {other}.")
    shared = SharedBase(base, trust_remote_code)
    return shared, {name: _member(shared, each, device) for name, each in weights.items()}


def add_member(shared: SharedBase, adapter: str | Path, revision: str | None = None) -> Member:
    """Open one more adapter, whose model is its own while its base is that of the others, which may be running.

    Args:
        shared: the base, with the adapters that are open.
        adapter: a Hub id or a folder.
        revision: of the adapter on the Hub.

    Raises:
        SentimentError: see `open_members`.
    """
    weights = read_weights(find_adapter(adapter, revision))
    base = locate_base_of(weights, None, trust_remote_code=shared.trust_remote_code)
    if base.path != shared.base.path:
        raise SentimentError(f"The adapters are on different bases: the others on {shared.base}, {adapter} on {base}.")
    return _member(shared, weights, None, alone=True)


def _member(
    shared: SharedBase, weights: AdapterWeights, device: int | str | torch.device | None, *, alone: bool = False
) -> Member:
    adapter = shared.add(weights, alone=alone)
    place = device if device is not None else torch.accelerator.current_accelerator(check_available=True) or "cpu"
    adapter.group.model.to(place)
    return Member(
        adapter,
        ReviewScorer(adapter.config, text_encoder(adapter.tokenizer), MixedBackend(adapter.group, [adapter.key])),
    )
