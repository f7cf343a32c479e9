import random

import numpy as np
import pytest
from tiny import tiny_tokenizer

from hf_sentiment.core.batching import encode, in_chunks, length_batches, score_encoded


@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_every_review_is_in_one_batch_of_its_length(batch_size):
    draw = random.Random(0)
    lengths = [draw.randint(1, 300) for _ in range(500)] + [5000]
    batches = length_batches(lengths, token_budget=1024, batch_size=batch_size)
    assert sorted(index for batch in batches for index in batch) == list(range(501))
    for batch in batches:
        longest = max(lengths[index] for index in batch)
        assert len(batch) <= batch_size if batch_size else len(batch) == 1 or longest * len(batch) <= 1024
    assert batches[0][0] == 500


def test_a_stream_is_cut_into_chunks_as_it_is_read():
    read = []
    chunks = in_chunks((read.append(i) or i for i in range(10)), size=4)
    assert next(chunks) == [0, 1, 2, 3] and read == [0, 1, 2, 3]
    assert list(chunks) == [[4, 5, 6, 7], [8, 9]]


def test_scores_come_back_in_order_and_padding_is_small():
    tokenizer = tiny_tokenizer()
    rows = encode(["great " * n for n in (40, 1, 17, 3, 40, 2, 1)], tokenizer, max_length=30)
    seen, progress = [], []

    def run(batches):
        # Backwards: a backend may answer in any order.
        for indices, batch in reversed(list(batches)):
            seen.append(batch["input_ids"].shape)
            assert [len(rows[index]["input_ids"]) for index in indices] == batch["attention_mask"].sum(1).tolist()
            yield indices, batch["attention_mask"].sum(1, keepdims=True)

    lengths = score_encoded(rows, tokenizer, run, progress=progress.append)
    assert lengths[:, 0].tolist() == [len(row["input_ids"]) for row in rows] and lengths.dtype == np.float32
    assert sum(progress) == len(rows) and max(shape[1] for shape in seen) == 30
    assert len(score_encoded(encode([], tokenizer, 30), tokenizer, run)) == 0


def test_lengths_are_rounded_up_to_a_step_but_not_beyond_the_window():
    tokenizer, seen = tiny_tokenizer(), []
    tokenizer.model_max_length = 30
    rows = encode(["great " * n for n in (40, 1, 10, 20)], tokenizer, max_length=30)

    def run(batches):
        for indices, batch in batches:
            seen.append(batch["input_ids"].shape)
            yield indices, batch["attention_mask"].sum(1, keepdims=True)

    lengths = score_encoded(rows, tokenizer, run, length_step=8, batch_size=1)
    assert sorted(seen) == [(1, 8), (1, 16), (1, 24), (1, 30)]
    assert lengths[:, 0].tolist() == [len(row["input_ids"]) for row in rows]
