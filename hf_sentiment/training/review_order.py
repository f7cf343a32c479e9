"""The order in which an epoch reads the training rows: the same in every process, and after an interruption."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch.utils.data import Sampler
from transformers.trainer_pt_utils import get_length_grouped_indices


class ReviewOrder(Sampler[int]):
    """Draws the order of each epoch from the seed and the epoch alone.

    Trainer's own sampler for reviews of similar length draws from torch's global generator. Dropout draws from it too,
    and differently in each process: from the second epoch on, processes would read some rows twice and others not at
    all, and so would a run that resumes within an epoch.

    Args:
        lengths: of the rows, in tokens.
        epoch: returns the number of complete epochs.
        batch: rows of a step, in all processes together.
        seed: of the run.
        grouped: whether the rows of a step have similar lengths.
        filled: whether the last step is filled up with the number after the last row's, see `filling`.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        epoch: Callable[[], int],
        *,
        batch: int,
        seed: int,
        grouped: bool,
        filled: bool,
    ) -> None:
        self.lengths = lengths
        self.epoch = epoch
        self.batch = batch
        self.seed = seed
        self.grouped = grouped
        self.missing = -len(lengths) % batch if filled else 0

    def __len__(self) -> int:
        return len(self.lengths) + self.missing

    def __iter__(self) -> Iterator[int]:
        rows = len(self.lengths)
        generator = torch.Generator().manual_seed(self.seed + self.epoch())
        if self.grouped:
            order = get_length_grouped_indices(self.lengths, self.batch, generator=generator)
        else:
            order = torch.randperm(rows, generator=generator).tolist()
        return iter([*order, *[rows] * self.missing])
