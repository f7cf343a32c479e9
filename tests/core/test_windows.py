import random

import numpy as np
import pytest
from tiny import FILLER, tiny_tokenizer

from hf_sentiment.adapter.tokenizer import text_encoder
from hf_sentiment.core.text_encoder import encode_truncated
from hf_sentiment.core.windows import mean_by_owner, split_into_windows


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize(("max_length", "overlap"), [(48, 12), (9, 2), (5, 1), (3, 0)])
def test_windows_lie_where_the_tokenizers_library_puts_them(side, max_length, overlap):
    tokenizer, draw = tiny_tokenizer(), random.Random(max_length)
    texts = [" ".join(draw.choices(FILLER, k=draw.randint(1, 150))) for _ in range(60)]
    tokenizer.truncation_side = side
    encoder = text_encoder(tokenizer)
    theirs = tokenizer(texts, truncation=True, max_length=max_length, stride=overlap, return_overflowing_tokens=True)
    cut = tokenizer(texts, truncation=True, max_length=max_length)["input_ids"]
    tokens, layout = encoder.encode(texts), encoder.layout
    windows = split_into_windows([len(each) for each in tokens], max_length - 2, overlap, from_end=side == "left")
    rows = [layout.model_inputs(tokens[owner][start:stop])["input_ids"] for owner, start, stop in windows]
    assert rows == theirs["input_ids"]
    assert [window.owner for window in windows] == theirs["overflow_to_sample_mapping"]
    short = [layout.model_inputs(row)["input_ids"] for row in encode_truncated(encoder, texts, max_length)]
    assert short == cut


def test_a_text_without_tokens_has_one_window():
    assert split_into_windows([0, 3], 10, 2) == [(0, 0, 0), (1, 0, 3)]


def test_windows_of_a_text_count_as_their_mean():
    logits = np.array([[1, 0], [3, 2], [5, 4], [9, 9]], dtype=np.float32)
    np.testing.assert_array_equal(mean_by_owner(logits, np.array([0, 1, 1, 2])), [[1, 0], [4, 3], [9, 9]])
    assert mean_by_owner(logits, np.arange(4)) is logits
