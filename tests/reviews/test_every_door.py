"""Faults that files have: training, evaluation and prediction read the same rows, and each says what was lost."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook
from scoring_doors import texts_scored
from tiny import tiny_reviews

from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.row_files.open_rows import open_rows
from hf_sentiment.reviews.streaming import stream_reviews

ROWS = 60
REVIEWS = [row | {"text": f"{row['text']}, number {i}", "title": ""} for i, row in enumerate(tiny_reviews(ROWS))]


def reviews():
    return [dict(row) for row in REVIEWS]


def csv_text(rows, separator=",", header=("text", "label")):
    return "\n".join([separator.join(header), *(separator.join(str(row[name]) for name in header) for row in rows)])


def plain(rows):
    """Rows whose texts need no quotes in a CSV file."""
    return [row | {"text": row["text"].replace(",", "").replace('"', "")} for row in rows]


def stray_quote(folder):
    rows = plain(reviews())
    for place in (6, 41):
        rows[place]["text"] = f'"{rows[place]["text"]}'
    (folder / "in.tsv").write_text(csv_text(rows, "\t"))
    return folder / "in.tsv", [row["text"] for row in rows]


def one_cell_more(folder):
    rows = plain(reviews())
    lines = csv_text(rows).split("\n")
    for place in (1, 31):
        lines[place] = f"Well, {lines[place]}"
    # An empty cell at the end is nothing.
    lines[12] += ","
    (folder / "in.csv").write_text("\n".join(lines))
    return folder / "in.csv", [row["text"] for place, row in enumerate(rows) if place not in (0, 30)]


def words_for_nothing(folder):
    rows = plain(reviews())
    for place, word in enumerate(("None", "null", "NA", "nan", "n/a")):
        rows[place]["text"] = word
    (folder / "in.csv").write_text(csv_text(rows))
    return folder / "in.csv", [row["text"] for row in rows]


def late_types(folder):
    rows = [
        row | {"reply": None if i < 50 else {"by": i}, "votes": i if i < 40 else "x"} for i, row in enumerate(reviews())
    ]
    (folder / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder / "in.jsonl", [row["text"] for row in rows]


def titles_alone(folder):
    rows = reviews()
    for row in rows[::2]:
        row["title"], row["text"] = row["text"], ""
    (folder / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder / "in.jsonl", [row["text"] or row["title"] for row in rows]


def numbers_as_titles(folder):
    rows = [row | {"title": 1900 + i} for i, row in enumerate(reviews())]
    pq.write_table(pa.Table.from_pylist(rows), folder / "in.parquet")
    return folder / "in.parquet", [row["text"] for row in rows]


def western_letters(folder):
    rows = [row | {"text": f"{row['text']} café"} for row in plain(reviews())]
    (folder / "in.csv").write_bytes(csv_text(rows).encode("cp1252"))
    return folder / "in.csv", [row["text"] for row in rows]


def utf16(folder):
    rows = plain(reviews())
    (folder / "in.csv").write_text(csv_text(rows), encoding="utf-16")
    return folder / "in.csv", [row["text"] for row in rows]


def bars(folder):
    rows = reviews()
    (folder / "in.csv").write_text(csv_text(rows, "|"))
    return folder / "in.csv", [row["text"] for row in rows]


def compressed(folder):
    import bz2

    rows = plain(reviews())
    (folder / "in.csv.bz2").write_bytes(bz2.compress(csv_text(rows).encode()))
    return folder / "in.csv.bz2", [row["text"] for row in rows]


def array(folder):
    (folder / "in.json").write_text(json.dumps(reviews(), indent=1))
    return folder / "in.json", [row["text"] for row in reviews()]


def spreadsheet(folder):
    book = Workbook()
    book.active.append(["Review Text", "Stars", "Date"])
    for place, row in enumerate(reviews()):
        book.active.append([row["text"], 1 + 4 * (place % 2), None])
    book.active.append([None, None, None])
    book.active.append([None, 5])
    book.save(folder / "in.xlsx")
    return folder / "in.xlsx", [row["text"] for row in reviews()]


def nothing_said(folder):
    rows = plain(reviews())
    for place in (3, 4):
        rows[place]["text"] = " "
    (folder / "in.csv").write_text(csv_text(rows))
    return folder / "in.csv", [row["text"] for place, row in enumerate(rows) if place not in (3, 4)]


def late_keys(folder):
    """A title alone is a review, and the first title is in row 1,101."""
    rows = [{"text": f"{row['text']} {i}", "label": row["label"]} for i, row in enumerate(tiny_reviews(1200))]
    for row in rows[1100:]:
        row["title"] = row.pop("text")
    (folder / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder / "in.jsonl", [row.get("text") or row["title"] for row in rows]


def views(folder):
    rows = reviews()
    columns = {name: pa.array([row[name] for row in rows], pa.string_view()) for name in ("text", "label")}
    columns["raw"] = pa.array([b"x"] * ROWS, pa.binary_view())
    columns["tags"] = pa.array([["a", None]] * ROWS, pa.list_(pa.string_view()))
    columns["by"] = pa.array([{"name": "a"}] * ROWS, pa.struct([("name", pa.string_view())]))
    pq.write_table(pa.table(columns), folder / "in.parquet")
    return folder / "in.parquet", [row["text"] for row in rows]


def large_and_encoded(folder):
    rows = reviews()
    text = pa.array([row["text"] for row in rows], pa.large_string()).dictionary_encode()
    label = pa.array([row["label"] for row in rows]).dictionary_encode()
    pq.write_table(pa.table({"text": text, "label": label}), folder / "in.parquet")
    return folder / "in.parquet", [row["text"] for row in rows]


def two_marks(folder):
    rows = plain(reviews())
    (folder / "in.csv").write_text("\ufeff" + csv_text(rows), encoding="utf-8-sig")
    return folder / "in.csv", [row["text"] for row in rows]


def two_marks_in_json(folder):
    rows = reviews()
    (folder / "in.jsonl").write_text("\ufeff" + "\n".join(map(json.dumps, rows)), encoding="utf-16")
    return folder / "in.jsonl", [row["text"] for row in rows]


def separator_named(folder):
    rows = reviews()
    (folder / "in.csv").write_text("sep=;\n" + csv_text(rows, ";"))
    return folder / "in.csv", [row["text"] for row in rows]


def separator_named_in_utf16(folder):
    rows = reviews()
    (folder / "in.csv").write_bytes(f"SEP=\t\r\n{csv_text(rows, chr(9))}".encode("utf-16"))
    return folder / "in.csv", [row["text"] for row in rows]


def commas_in_tsv(folder):
    rows = plain(reviews())
    (folder / "in.tsv").write_text(csv_text(rows))
    return folder / "in.tsv", [row["text"] for row in rows]


def columns_without_names(folder):
    rows = [row | {"": "x"} for row in plain(reviews())]
    (folder / "in.csv").write_text(csv_text(rows, header=("", "text", "", "label")))
    return folder / "in.csv", [row["text"] for row in rows]


def second_sheet(folder):
    book = Workbook()
    book.active.append(["About these reviews"])
    sheet = book.create_sheet("Data")
    sheet.append(["text", "label"])
    for row in reviews():
        sheet.append([row["text"], row["label"]])
    book.save(folder / "in.xlsx")
    return folder / "in.xlsx", [row["text"] for row in reviews()]


def array_after_blanks(folder):
    (folder / "in.json").write_text(" " * 100 + json.dumps(reviews()))
    return folder / "in.json", [row["text"] for row in reviews()]


def split_of_lists(folder):
    rows = [row | {"split": ["train"] if i % 2 else 1.5} for i, row in enumerate(reviews())]
    (folder / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder / "in.jsonl", [row["text"] for row in rows]


CASES = [
    stray_quote,
    one_cell_more,
    words_for_nothing,
    late_types,
    titles_alone,
    numbers_as_titles,
    western_letters,
    utf16,
    bars,
    compressed,
    array,
    spreadsheet,
    nothing_said,
    late_keys,
    views,
    large_and_encoded,
    two_marks,
    two_marks_in_json,
    separator_named,
    separator_named_in_utf16,
    commas_in_tsv,
    columns_without_names,
    second_sheet,
    array_after_blanks,
    split_of_lists,
]
LOST = {one_cell_more: 2, nothing_said: 2, spreadsheet: 1}


@pytest.mark.parametrize("case", CASES)
def test_every_door_reads_the_same_reviews_and_tells_what_was_lost(tmp_path, case):
    path, texts = case(tmp_path)
    trained = load_reviews(DataOptions(str(path), rejects=str(tmp_path / "train.jsonl")))
    read = [text for part in (trained.train, trained.validation, trained.test) for text in part["text"]]
    assert sorted(read) == sorted(texts)
    notes = []
    options = DataOptions(str(path), labels=trained.labels, rejects=str(tmp_path / "evaluate.jsonl"))
    assert sorted(load_split(options, "test", notes=notes)["text"]) == sorted(texts)
    assert [text for _, text in texts_scored(path, tmp_path / "out.jsonl")] == texts
    streamed = stream_reviews(DataOptions(str(path)))
    held = [*streamed.validation["text"], *streamed.test["text"]]
    assert sorted(held + [row["text"] for row in streamed.train]) == sorted(texts)
    lost = LOST.get(case, 0)
    for name in ("train.jsonl", "evaluate.jsonl", "out.rejects.jsonl"):
        rejects = tmp_path / name
        entries = [json.loads(line) for line in rejects.read_text().splitlines()] if lost else []
        assert rejects.exists() is bool(lost) and len({entry["row"] for entry in entries}) == len(entries) == lost
    for told in (trained.notes, notes, streamed.notes):
        assert any("of train" in note for note in told) is bool(lost), told


@pytest.mark.parametrize(
    ("case", "note"),
    [
        (western_letters, "in.csv: read as cp1252, because it is not UTF-8."),
        (utf16, "in.csv: read as UTF-16, because it begins with the byte order mark of UTF-16."),
        (bars, 'in.csv: the separator is "|".'),
        (separator_named, 'in.csv: the separator is ";".'),
        (commas_in_tsv, 'in.tsv: the separator is ",".'),
        (columns_without_names, "in.csv: its columns without a name were named by their numbers: 1, 3."),
    ],
)
def test_how_a_file_was_read_is_told(tmp_path, case, note):
    path, _ = case(tmp_path)
    assert note in load_reviews(DataOptions(str(path))).notes
    notes = []
    load_split(DataOptions(str(path), labels=["Negative", "Positive"]), "test", notes=notes)
    assert note in notes and note in [each.replace(f"{path}", path.name) for each in open_rows(path).notes]


def test_a_note_says_where_the_first_lost_row_is(tmp_path):
    path, _ = one_cell_more(tmp_path)
    told = "2 rows of train could not be read; the first is row 1 of in.csv: Line 2: The row has 3 cells, and the"
    assert any(note.startswith(told) for note in load_reviews(DataOptions(str(path))).notes)
