"""Which rows each process reads: every row of an epoch once, whatever the number of processes."""

import pytest
import torch
from accelerate.data_loader import BatchSamplerShard
from torch.utils.data import BatchSampler

from hf_sentiment.training.review_order import ReviewOrder

LENGTHS = [(7 * row) % 23 + 1 for row in range(83)]


def steps(processes, per_process, epoch=0, grouped=True):
    """The rows of each step, as accelerate gives them to the processes."""
    order = ReviewOrder(
        LENGTHS, lambda: epoch, batch=per_process * processes, seed=3, grouped=grouped, filled=processes > 1
    )
    batches = BatchSampler(order, per_process, drop_last=False)
    if processes == 1:
        return list(batches)
    shares = [list(BatchSamplerShard(batches, processes, index)) for index in range(processes)]
    return [sum(parts, []) for parts in zip(*shares, strict=True)]


@pytest.mark.parametrize("grouped", [True, False])
@pytest.mark.parametrize(("processes", "per_process"), [(2, 8), (4, 4), (16, 1)])
def test_any_number_of_processes_reads_the_same_rows_in_each_step(grouped, processes, per_process):
    alone = steps(1, 16, grouped=grouped)
    filling = len(LENGTHS)
    together = [[row for row in step if row != filling] for step in steps(processes, per_process, grouped=grouped)]
    assert together == alone
    assert sorted(sum(alone, [])) == list(range(len(LENGTHS)))


def test_the_order_depends_on_seed_and_epoch_alone():
    first = steps(1, 16)
    torch.randn(5)
    assert steps(1, 16) == first
    assert steps(1, 16, epoch=1) != first
