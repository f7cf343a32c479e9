"""Group reviews by length under a token budget, and put the answers back in order.

Batches padded in arrival order spend most of their time on padding (transformers issues 11678 and 14125): on a CPU
they are slower than no batches at all.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

# Padded tokens in one batch. On two cores, MiniLM and DistilBERT gain nothing beyond this.
TOKEN_BUDGET = 1024
# How many reviews of a stream are read ahead and sorted together: enough to fill every length with whole batches.
LOOK_AHEAD = 1024


def length_batches(
    lengths: Sequence[int], token_budget: int = TOKEN_BUDGET, batch_size: int | None = None
) -> list[list[int]]:
    """Indices of reviews, grouped so that reviews of a length share a batch.

    Args:
        lengths: tokens of each review.
        token_budget: most padded tokens in a batch: longest review times reviews. A longer review goes alone.
        batch_size: most reviews in a batch; given, it takes the token budget's place.

    Returns:
        Batches of indices, longest reviews first; every index once.
    """
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    batches: list[list[int]] = []
    for index in order:
        # Sorted downwards, the first review of a batch is its longest.
        limit = batch_size or max(1, token_budget // max(1, lengths[batches[-1][0]])) if batches else 0
        if not batches or len(batches[-1]) >= limit:
            batches.append([])
        batches[-1].append(index)
    return batches


def in_chunks(items: Iterable, size: int = LOOK_AHEAD) -> Iterator[list]:
    """Lists of up to `size` consecutive items, read only when they are asked for."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def encode(texts: list[str], tokenizer, max_length: int) -> list[dict[str, list[int]]]:
    """Token ids of each text, cut to the window and not padded; what the tokenizer's truncation side keeps is kept."""
    if not texts:
        return []
    encoded = tokenizer(texts, truncation=True, max_length=max_length, padding=False)
    return [{key: encoded[key][index] for key in encoded} for index in range(len(texts))]


def encode_windows(
    texts: list[str], tokenizer, max_length: int, overlap: int
) -> tuple[list[dict[str, list[int]]], np.ndarray]:
    """Token ids of each text in as many windows as it takes to hold all of it.

    Args:
        texts: rendered reviews.
        tokenizer: a transformers tokenizer; one without a fast form cuts instead.
        max_length: tokens in a window, special ones included.
        overlap: tokens that a window shares with the one before.

    Returns:
        The windows, and for each the index of its text: an array of shape (windows,), rising.
    """
    if not texts or not tokenizer.is_fast:
        return encode(texts, tokenizer, max_length), np.arange(len(texts))
    encoded = tokenizer(
        texts, truncation=True, max_length=max_length, stride=overlap, return_overflowing_tokens=True, padding=False
    )
    owners = np.array(encoded.pop("overflow_to_sample_mapping"))
    return [{key: encoded[key][index] for key in encoded} for index in range(len(owners))], owners


def window_spans(text: str, tokenizer, max_length: int, overlap: int | None) -> list[tuple[int, int]]:
    """Which characters of a text each of its windows reads: [(start, end)].

    Args:
        text: a rendered review.
        tokenizer: as of `encode_windows`.
        max_length: as there.
        overlap: as there; None where a long review is cut, and one window is all that is read.
    """
    if not tokenizer.is_fast:
        return [(0, len(text))]
    more = {} if overlap is None else {"stride": overlap, "return_overflowing_tokens": True}
    encoded = tokenizer(
        [text], truncation=True, max_length=max_length, padding=False, return_offsets_mapping=True, **more
    )
    # Special tokens stand for no characters.
    kept = [[(start, end) for start, end in offsets if end > start] for offsets in encoded["offset_mapping"]]
    return [(offsets[0][0], offsets[-1][1]) if offsets else (0, len(text)) for offsets in kept]


def mean_by_owner(logits: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Logits of windows to logits of texts: their mean, which for two classes is the mean of the log-odds.

    Args:
        logits: of shape (windows, labels).
        owners: the text of each window, rising from 0.
    """
    counts = np.bincount(owners)
    if counts.size == len(logits):
        return logits
    return np.add.reduceat(logits, np.concatenate([[0], np.cumsum(counts)[:-1]]), axis=0) / counts[:, None]


def padded_batches(
    rows: list[dict[str, list[int]]], tokenizer, *, length_step: int = 1, batch_size: int | None = None
) -> Iterator[tuple[list[int], dict[str, np.ndarray]]]:
    """Batches of texts of about one length, with their indices; arguments as of `score_encoded`."""
    window = tokenizer.model_max_length
    own = [len(row["input_ids"]) for row in rows]
    lengths = [max(length, min(-(-length // length_step) * length_step, window)) for length in own]
    for group in length_batches(lengths, batch_size=batch_size):
        yield group, _padded([rows[index] for index in group], tokenizer, max(lengths[index] for index in group))


def score_encoded(
    rows: list[dict[str, list[int]]],
    tokenizer,
    run: Callable[[Iterable[tuple[list[int], dict]]], Iterable[tuple[list[int], np.ndarray]]],
    *,
    length_step: int = 1,
    batch_size: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> np.ndarray:
    """Logits of many tokenised texts, in their order.

    Args:
        rows: what `encode` gives.
        tokenizer: whose padding is used, up to its `model_max_length`.
        run: a backend's `run`: padded batches with their indices in, logits with their indices out.
        length_step: batches are padded to a multiple of so many tokens, for a backend that prepares itself for each
            shape it meets.
        batch_size: see `length_batches`.
        progress: called after each batch with the number of its texts.

    Returns:
        float32 array of shape (rows, labels).
    """
    logits = np.empty((len(rows), 0), dtype=np.float32)
    for group, scores in run(padded_batches(rows, tokenizer, length_step=length_step, batch_size=batch_size)):
        if not logits.size:
            logits = np.empty((len(rows), scores.shape[1]), dtype=np.float32)
        logits[group] = scores
        if progress is not None:
            progress(len(group))
    return logits


def _padded(rows: list[dict[str, list[int]]], tokenizer, length: int) -> dict[str, np.ndarray]:
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    return dict(tokenizer.pad(columns, padding="max_length", max_length=length, return_tensors="np"))
