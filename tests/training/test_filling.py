import pytest
from accelerate.data_loader import IterableDatasetShard
from datasets import Dataset, IterableDataset, concatenate_datasets

from hf_sentiment.training.filling import IGNORED, FilledStream, with_filling


def passes(rows, number):
    made = [{"input_ids": [row], "labels": row % 2} for row in range(rows)]
    return concatenate_datasets([IterableDataset.from_generator(lambda: iter(made)) for _ in range(number)])


@pytest.mark.parametrize("processes", [2, 3, 5])
@pytest.mark.parametrize("rows", [1, 7, 30])
def test_processes_read_every_row_of_a_stream_once_and_take_equally_many_steps(processes, rows):
    stream = FilledStream(passes(rows, 2), 4 * processes)
    shares = [list(IterableDatasetShard(stream, 4, False, processes, index)) for index in range(processes)]
    assert len({len(share) for share in shares}) == 1
    read = sorted(row["input_ids"][0] for share in shares for row in share if row["labels"] != IGNORED)
    assert read == sorted(2 * list(range(rows)))


@pytest.mark.parametrize("label", [1, [0.0, 1.0]])
def test_the_filling_is_the_shortest_row_without_a_label(label):
    rows = Dataset.from_list([{"length": length, "input_ids": [length], "labels": label} for length in (5, 2, 9)])
    filled = with_filling(rows)
    assert filled[:3] == rows[:]
    assert filled[3] == {"length": 2, "input_ids": [2], "labels": [-100.0, -100.0] if label != 1 else IGNORED}
