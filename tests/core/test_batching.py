import random

import numpy as np
import pytest
from tiny import tiny_tokenizer

from hf_sentiment.adapter.tokenizer import text_encoder
from hf_sentiment.core.backend import BatchLogits
from hf_sentiment.core.batching import in_chunks, length_batches, padded_batches, run_batches
from hf_sentiment.core.text_encoder import InputFormat, TokenLayout, encode_truncated


@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_every_window_is_in_one_batch_of_its_length(batch_size):
    draw = random.Random(0)
    lengths = [draw.randint(1, 300) for _ in range(500)] + [5000]
    batches = length_batches(lengths, batch_size=batch_size)
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


class CountsTokens:
    """A backend whose logit is the number of tokens; it answers backwards, as a backend may."""

    def __init__(self, length_step=1):
        self.length_step = length_step
        self.shapes = []

    def run(self, batches):
        for indices, inputs in reversed(list(batches)):
            self.shapes.append(inputs["input_ids"].shape)
            yield BatchLogits(indices, inputs["attention_mask"].sum(1, keepdims=True).astype(np.float32))


def test_logits_come_back_in_order_and_padding_is_small():
    encoder, backend, progress = text_encoder(tiny_tokenizer()), CountsTokens(), []
    rows = encode_truncated(encoder, ["great " * n for n in (40, 1, 17, 3, 40, 2, 1)], 30)
    lengths = run_batches(rows, encoder.layout, 30, backend, labels=1, progress=progress.append)
    assert lengths[:, 0].tolist() == [len(row) + 2 for row in rows] and lengths.dtype == np.float32
    assert sorted(sum(progress, [])) == list(range(len(rows))) and max(shape[1] for shape in backend.shapes) == 30
    assert run_batches([], encoder.layout, 30, backend, labels=3).shape == (0, 3)


def test_lengths_are_rounded_up_to_a_step_but_not_beyond_the_window():
    encoder, backend = text_encoder(tiny_tokenizer()), CountsTokens(length_step=8)
    rows = encode_truncated(encoder, ["great " * n for n in (40, 1, 10, 20)], 30)
    lengths = run_batches(rows, encoder.layout, 30, backend, labels=1, batch_size=1)
    assert sorted(backend.shapes) == [(1, 8), (1, 16), (1, 24), (1, 30)]
    assert lengths[:, 0].tolist() == [len(row) + 2 for row in rows]


def test_special_tokens_and_padding_lie_as_the_layout_says():
    names = ("input_ids", "attention_mask", "token_type_ids")
    # XLNet: both special tokens at the end, padding at the beginning, and types of their own.
    form = InputFormat(names, pad_id=5, pad_type=3, pad_left=True)
    layout = TokenLayout(form, prefix=(), suffix=(4, 3), prefix_types=(), suffix_types=(0, 2))
    (batch,) = padded_batches([[11, 12, 13], [21]], layout, 64)
    assert batch.indices == [0, 1] and list(batch.inputs) == list(names)
    assert batch.inputs["input_ids"].tolist() == [[11, 12, 13, 4, 3], [5, 5, 21, 4, 3]]
    assert batch.inputs["attention_mask"].tolist() == [[1, 1, 1, 1, 1], [0, 0, 1, 1, 1]]
    assert batch.inputs["token_type_ids"].tolist() == [[0, 0, 0, 0, 2], [3, 3, 0, 0, 2]]
    assert all(array.dtype == np.int64 for array in batch.inputs.values())
