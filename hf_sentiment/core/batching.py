"""Group windows by length under a token budget, pad them, and put their logits back in order.

Batches padded in arrival order spend most of their time on padding (transformers issues 11678 and 14125): on a CPU
they are slower than no batches at all.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.core.backend import Backend, Batch
from hf_sentiment.core.text_encoder import TokenLayout

# Padded tokens in one batch. On two cores, MiniLM and DistilBERT gain nothing beyond this.
TOKEN_BUDGET = 1024
# Number of reviews read ahead from a stream and sorted together: enough to fill whole batches at every length.
LOOK_AHEAD = 1024

Item = TypeVar("Item")


def in_chunks(items: Iterable[Item], size: int = LOOK_AHEAD) -> Iterator[list[Item]]:
    """Yield lists of up to `size` consecutive items, reading lazily.

    An error of the input comes after the items that it gave before, so that none of their answers is lost.
    """
    iterator = iter(items)
    chunk: list[Item] = []
    try:
        for item in iterator:
            chunk.append(item)
            if len(chunk) == size:
                full, chunk = chunk, []
                yield full
    except Exception:
        # Whatever the input raises goes on to the caller, after what was read.
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def length_batches(
    lengths: Sequence[int], batch_size: int | None = None, budget: int = TOKEN_BUDGET
) -> list[list[int]]:
    """Group windows of similar length into batches.

    Args:
        lengths: tokens of each window.
        batch_size: maximum number of windows in a batch. Without it, a batch has at most `budget` padded tokens
            (longest window times number of windows), and a window longer than that is a batch of its own.
        budget: see `batch_size`.

    Returns:
        Batches of indices, longest windows first; each index appears once.
    """
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    batches: list[list[int]] = []
    limit = 0
    for index in order:
        if not batches or len(batches[-1]) >= limit:
            batches.append([])
            # Windows are sorted longest first, so the first window of a batch is its longest.
            limit = batch_size or max(1, budget // max(1, lengths[index]))
        batches[-1].append(index)
    return batches


def padded_batches(
    rows: Sequence[Sequence[int]],
    layout: TokenLayout,
    window: int,
    *,
    length_step: int = 1,
    least_length: int = 1,
    batch_size: int | None = None,
    budget: int = TOKEN_BUDGET,
) -> Iterator[Batch]:
    """Yield padded batches of windows of similar length.

    Args:
        rows: token ids of each window, without special tokens.
        layout: special tokens and padding.
        window: the model's window in tokens, special tokens included; nothing is padded beyond it.
        length_step: see `hf_sentiment.core.backend.Backend`.
        least_length: tokens of a batch at least.
        batch_size: see `length_batches`.
        budget: see `length_batches`.
    """
    own = [len(row) + layout.special_tokens for row in rows]
    lengths = [max(length, min(-(-length // length_step) * length_step, window), least_length) for length in own]
    for group in length_batches(lengths, batch_size, budget):
        yield Batch(group, _padded([rows[index] for index in group], layout, max(lengths[index] for index in group)))


def run_batches(
    rows: Sequence[Sequence[int]],
    layout: TokenLayout,
    window: int,
    backend: Backend,
    *,
    labels: int,
    batch_size: int | None = None,
    progress: Callable[[list[int]], object] | None = None,
) -> NDArray[np.float32]:
    """Compute the logits of many windows, in input order.

    Args:
        rows: token ids of each window, without special tokens.
        layout: special tokens and padding.
        window: the model's window in tokens, special tokens included.
        backend: runs the model.
        labels: number of logits per window.
        batch_size: see `length_batches`.
        progress: called after each batch with the indices of its windows.

    Returns:
        Array of shape (rows, labels), not calibrated.
    """
    logits = np.empty((len(rows), labels), dtype=np.float32)
    batches = padded_batches(rows, layout, window, length_step=backend.length_step, batch_size=batch_size)
    for indices, values in backend.run(batches):
        logits[indices] = values
        if progress is not None:
            progress(indices)
    return logits


def _padded(rows: list[Sequence[int]], layout: TokenLayout, length: int) -> dict[str, NDArray[np.int64]]:
    shape, form = (len(rows), length), layout.format
    ids = np.full(shape, form.pad_id, dtype=np.int64)
    types = np.full(shape, form.pad_type, dtype=np.int64)
    mask = np.zeros(shape, dtype=np.int64)
    for place, row in enumerate(rows):
        size = len(row) + layout.special_tokens
        start = length - size if form.pad_left else 0
        text, suffix, stop = start + len(layout.prefix), start + size - len(layout.suffix), start + size
        ids[place, start:text], types[place, start:text] = layout.prefix, layout.prefix_types
        ids[place, text:suffix], types[place, text:suffix] = row, layout.text_type
        ids[place, suffix:stop], types[place, suffix:stop] = layout.suffix, layout.suffix_types
        mask[place, start:stop] = 1
    arrays = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
    return {name: arrays[name] for name in form.names if name in arrays}
