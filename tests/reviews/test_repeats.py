import random

import numpy as np
from datasets import Dataset

from hf_sentiment.reviews.fingerprints import text_key
from hf_sentiment.reviews.repeats import Texts, first_of


def texts_of(*texts):
    return Texts(Dataset.from_dict({"text": list(texts)}))


def test_texts_of_one_key_have_one_signature():
    draw = random.Random(3)
    pieces = [*"abikIKSZ .!\t\n\u00a0\u2003", "İ", "\u212a", "ß", "É", "é", "ǅ", "Ω", "\u2126", "ſ", "\x1c"]
    for _ in range(2000):
        text = "x" + "".join(draw.choices(pieces, k=draw.randint(1, 12)))
        other = draw.choice([text.upper(), text.lower(), text.swapcase(), text.replace(" ", "  ") + "\n", text.title()])
        if text_key(text) == text_key(other):
            assert len(set(texts_of(text, other).signatures.tolist())) == 1, (text, other)


def test_a_text_counts_once_and_its_letters_in_another_order_are_another():
    texts = texts_of("Great soup", "soup great", "bad tea", "great  SOUP", "bad tea", "warm")
    new = first_of({"test": (texts, np.array([0, 4])), "train": (texts, np.array([1, 2, 3, 5]))})
    assert new["test"].tolist() == [True, True] and new["train"].tolist() == [True, False, False, True]


def test_every_earlier_split_counts():
    parts = {name: (texts_of(*texts), np.arange(len(texts))) for name, texts in (("a", "xy"), ("b", "yz"), ("c", "xz"))}
    assert {name: new.tolist() for name, new in first_of(parts).items()} == {
        "a": [True, True],
        "b": [False, True],
        "c": [False, False],
    }


def test_a_slice_of_an_array_has_its_own_texts():
    data = Dataset(Dataset.from_dict({"text": ["one", "two", "three"]}).data.slice(1))
    assert Texts(data).signatures.tolist() == texts_of("two", "three").signatures.tolist()
