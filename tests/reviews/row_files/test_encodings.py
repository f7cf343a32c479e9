import json

import pytest

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.open_rows import open_rows

TEXTS = ["plain soup", "crème brûlée, très bonne", "äußerst schön", "plain tea", "it’s – fine", "niño"]


def content(suffix, texts):
    if suffix == "jsonl":
        return "".join(json.dumps({"text": text, "label": "x"}, ensure_ascii=False) + "\n" for text in texts)
    between = "\t" if suffix == "tsv" else ","
    return "".join(
        f"{first}{between}{second}\r\n" for first, second in [("text", "label"), *((f'"{t}"', "x") for t in texts)]
    )


def read(path):
    rows = open_rows(path, "mine")
    (chunk,) = rows.chunks(100)
    return rows.notes, [row["text"] for row in chunk.rows], [(reject.number, reject.reason) for reject in chunk.rejects]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl"])
@pytest.mark.parametrize(
    ("codec", "note"),
    [
        ("utf-8", []),
        ("utf-8-sig", []),
        ("cp1252", ["mine: read as cp1252, because it is not UTF-8."]),
        ("utf-16", ["mine: read as UTF-16, because it begins with the byte order mark of UTF-16."]),
        ("utf-32", ["mine: read as UTF-32, because it begins with the byte order mark of UTF-32."]),
    ],
)
def test_every_row_of_a_usual_encoding_is_read_and_the_encoding_is_told(tmp_path, suffix, codec, note):
    path = tmp_path / f"in.{suffix}"
    path.write_bytes(content(suffix, TEXTS).encode(codec))
    assert read(path) == (note, TEXTS, [])


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl"])
def test_rows_of_a_utf8_file_in_another_encoding_are_rejects(tmp_path, suffix):
    path = tmp_path / f"in.{suffix}"
    path.write_bytes(content(suffix, TEXTS).encode().replace("niño".encode(), "niño".encode("cp1252")))
    notes, texts, rejects = read(path)
    assert (notes, texts) == ([], TEXTS[:-1])
    assert [(number, reason.split(" is ")[1]) for number, reason in rejects] == [(6, "not UTF-8.")]


def test_bytes_that_cp1252_does_not_have_cost_their_row(tmp_path):
    (tmp_path / "in.csv").write_bytes(b"text,label\ncaf\xe9,x\nodd \x81 byte,y\n")
    notes, texts, rejects = read(tmp_path / "in.csv")
    assert texts == ["café"] and rejects == [(2, "Line 3: The row is not cp1252.")] and len(notes) == 1


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1251", "Очень хороший суп"),
        ("gb18030", "这个汤非常好喝"),
        ("shift_jis", "とても美味しいスープ"),
        ("cp1253", "πολύ καλή σούπα"),
    ],
)
def test_other_encodings_are_refused_with_the_command_that_converts(tmp_path, codec, text):
    (tmp_path / "in.csv").write_bytes(content("csv", [text] * 9).encode(codec))
    with pytest.raises(SentimentError, match="mine is neither UTF-8 nor cp1252.*iconv -f ENCODING -t UTF-8 mine"):
        open_rows(tmp_path / "in.csv", "mine")
