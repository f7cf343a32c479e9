import json

import pytest
from peak_memory import needs_linux, run_measured

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files import json_array
from hf_sentiment.reviews.row_files.open_rows import open_rows

DEEP = "[" * 20_000 + "]" * 20_000


def whole(path):
    (chunk,) = open_rows(path, "mine").chunks(100_000)
    return [row["text"] for row in chunk.rows], [(reject.number, reject.reason) for reject in chunk.rejects]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_json_array_is_read_item_by_item(tmp_path, indent, codec):
    items = [{"text": "soup, [warm]"}, {"text": "café"}, 5, {"text": "x", "stars": [1, {"a": "}"}]}]
    path = tmp_path / "in.json"
    path.write_bytes(json.dumps(items, indent=indent, ensure_ascii=False).encode(codec))
    assert whole(path) == (["soup, [warm]", "café", "x"], [(3, "The line is JSON, but not an object.")])
    assert open_rows(path).columns == ["text", "stars"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "mine holds no rows"),
        ('[{"text": "a"}', "mine is a JSON array that is not complete or not JSON: Expecting ',' or ']'"),
        ('[{"text": "a"}, {"text": ]', "not complete or not JSON: Expecting value"),
        ('[{"text": "a"}]\n[{"text": "b"}]', "not complete or not JSON: Text after the array's end"),
    ],
)
def test_an_array_that_cannot_be_read_to_its_end_is_never_read_by_half(tmp_path, content, message):
    (tmp_path / "in.json").write_text(content)
    with pytest.raises(SentimentError, match=message):
        whole(tmp_path / "in.json")


def test_an_array_that_is_too_large_is_refused_with_the_command_that_converts(tmp_path, monkeypatch):
    monkeypatch.setattr(json_array, "LARGEST", 1_000_000)
    (tmp_path / "in.json").write_text(json.dumps([{"text": "x" * 1_000_000}]))
    with pytest.raises(SentimentError, match="more than 1 MB: write one object per line with jq"):
        open_rows(tmp_path / "in.json", "mine")


@pytest.mark.parametrize(
    "deep",
    [DEEP, "[" * 20_000, '{"a":' * 20_000 + "1" + "}" * 20_000, "[" * 150 + "]" * 150, '{"a":' * 900 + "1" + "}" * 900],
)
def test_deep_json_is_a_reject(tmp_path, deep):
    (tmp_path / "in.jsonl").write_text('{"text": "soup"}\n{"text": "x", "deep": ' + deep + '}\n{"text": "tea"}\n')
    assert whole(tmp_path / "in.jsonl") == (
        ["soup", "tea"],
        [(2, "Line 2: The row is nested more than 100 levels deep.")],
    )


@pytest.mark.parametrize("depth", [150, 20_000])
def test_a_deep_item_of_an_array_is_a_reject(tmp_path, depth):
    deep = "[" * depth + '"]"' + "]" * depth
    (tmp_path / "in.json").write_text('[{"text": "soup"}, {"text": "x", "deep": ' + deep + '}, {"text": "tea"}]')
    assert whole(tmp_path / "in.json") == (["soup", "tea"], [(2, "The row is nested more than 100 levels deep.")])


def test_many_brackets_are_not_deep(tmp_path):
    row = {"text": "soup", "images": [{"hi": "[" * 500, "res": [1]}] * 300}
    (tmp_path / "in.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "in.json").write_text(json.dumps([row]))
    assert whole(tmp_path / "in.jsonl") == whole(tmp_path / "in.json") == (["soup"], [])


# In a process of its own, because Python cannot recover from a stack overflow.
READ = """
import sys
from hf_sentiment.reviews.row_files.open_rows import open_rows
for path in sys.argv[1:]:
    (chunk,) = open_rows(path).chunks(10)
    print(len(chunk.rows), [reject.reason for reject in chunk.rejects])
"""


@needs_linux
def test_a_line_of_100_mb_or_of_a_million_levels_does_not_end_the_process(tmp_path):
    with (tmp_path / "long.jsonl").open("w") as file:
        file.write('{"text": "soup"}\n{"text": "')
        for _ in range(100):
            file.write("x" * 1_000_000)
        file.write('"}\n{"text": "tea"}\n')
    (tmp_path / "deep.jsonl").write_text('{"text": "soup"}\n{"text":' + "[" * 1_000_000 + "\n")
    lines, peak = run_measured(READ, tmp_path / "long.jsonl", tmp_path / "deep.jsonl")
    assert lines == [
        "2 ['Line 2: The line has more than 10,000,000 characters.']",
        "1 ['Line 2: The row is nested more than 100 levels deep.']",
    ]
    assert peak < 300, "MiB: a line that is too long is not held whole"
