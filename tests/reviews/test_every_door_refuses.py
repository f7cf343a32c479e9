"""Files that cannot be read: training, evaluation, streams and prediction refuse them by the same sentence."""

import pytest
from scoring_doors import texts_scored

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.streaming import stream_reviews

REFUSED = [
    ("in.csv", "text,label\n1,a\n2.5,b\n,a\n", "Column 'text' of .*in.csv holds numbers such as 1, not text"),
    (
        "in.jsonl",
        '{"text": 1, "label": 1}\n{"text": 2}',
        "Column 'text' of .*in.jsonl holds numbers such as 1, not text",
    ),
    ("in.csv", "My reviews\ntext,label\na,b\nc,d", "in.csv has 1 cell, and the lines after it 2: if it is a title"),
    ("in.csv", "My reviews,,\ntext,label,id\na,b,1", "does not name every column: if it is a title, delete the lines"),
    ("in.csv", "My soup,good\nMy tea,bad\nA pie,good", "looks like data.*--no-header.*such as --text-column 1"),
    ("in.csv", "My soup\nMy tea", "it has My soup. .* or give --no-header if these are the cells of a first row"),
    ("in.jsonl", "{}\n{}\n", "The objects of .*in.jsonl have no keys"),
    ("in.jsonl", '["My soup", 1]\n["My tea", 0]', r"If each line is an array, write objects with jq -c '{text: .\[0\]"),
    ("in.json", '[["My soup", 1]]', r"No item of the JSON array .* write objects with jq -c '.\[\] \| {text"),
    (
        "in.json",
        '{\n "text": "a"\n}\n{\n "text": "b"\n}',
        "over several lines: write one per line with jq -c . .*in",
    ),
    (
        "in.json",
        '{"rows": [{"text": "a", "label": 1}]}',
        r"is one object: write the rows of 'rows' .* jq",
    ),
]


@pytest.mark.parametrize(("name", "content", "message"), REFUSED)
def test_every_door_refuses_alike(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_text(content)
    doors = [
        lambda: load_reviews(DataOptions(str(path))),
        lambda: load_split(DataOptions(str(path), labels=["a", "b"]), "test"),
        lambda: stream_reviews(DataOptions(str(path))),
        lambda: texts_scored(path, tmp_path / "out.csv"),
    ]
    for door in doors:
        with pytest.raises(SentimentError, match=message):
            door()
