"""Files as people have them, read for training and evaluation by the rules that predict has."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Value
from review_files import write
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.labelling.tables import pick_rows
from hf_sentiment.reviews import labelled_source
from hf_sentiment.reviews.columns import ROW
from hf_sentiment.reviews.dataset import load_reviews, load_split, read_split
from hf_sentiment.reviews.left_out import LeftOut
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.read_source import read_source
from hf_sentiment.reviews.streaming import stream_reviews


def texts(reviews):
    """The texts of all three splits."""
    return [text for part in (reviews.train, reviews.validation, reviews.test) for text in part["text"]]


@pytest.mark.parametrize("word", ["None", "n/a", "NA", "null", "nan"])
def test_a_word_for_nothing_is_a_text_and_a_label(tmp_path, word):
    rows = [row | {"label": word if index % 3 else "Other"} for index, row in enumerate(tiny_reviews(60))]
    rows[0]["text"] = word
    path = str(write_csv(tmp_path / "rows.csv", rows))
    reviews = load_reviews(DataOptions(path))
    assert sorted(reviews.labels) == sorted([word, "Other"])
    assert sum(reviews.rows.values()) == 60 and word in texts(reviews)


def test_a_row_of_too_many_cells_is_left_out_by_its_number(tmp_path):
    lines = [f"{row['text']},{row['label']}" for row in tiny_reviews(60)]
    lines[4] = f"Well, {lines[4]}"
    (tmp_path / "rows.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    reviews = load_reviews(DataOptions(str(tmp_path / "rows.csv")))
    assert sum(reviews.rows.values()) == 59 and not any(text.startswith("Well") for text in texts(reviews))
    (note,) = (note for note in reviews.notes if "could not be read" in note)
    assert note.startswith("1 row of train could not be read; the first is row 5 of ") and "3 cells" in note


def test_only_the_columns_of_a_review_are_read(tmp_path):
    rows = [row | {"votes": index} for index, row in enumerate(tiny_reviews(60))]
    for row in rows[50:]:
        row["votes"] = {"up": 1}
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert sum(load_reviews(DataOptions(str(tmp_path / "rows.jsonl"))).rows.values()) == 60


def test_titles_count_as_for_predict(tmp_path):
    rows = [row | {"title": str(1900 + index)} for index, row in enumerate(tiny_reviews(60))]
    for row in rows[:10]:
        row["title"], row["text"] = f"{row['title']} {row['text']}", ""
    reviews = load_reviews(DataOptions(str(write_csv(tmp_path / "rows.csv", rows))))
    assert sum(reviews.rows.values()) == 60
    alone = [text for text in texts(reviews) if text.startswith("19")]
    titles = [title for part in (reviews.train, reviews.validation, reviews.test) for title in part["title"]]
    assert len(alone) == 10 and "1911" in titles


def test_each_reason_for_leaving_a_row_out_is_told_apart(tmp_path):
    rows = [row | {"label": index % 3} for index, row in enumerate(tiny_reviews(600))]
    rows[0]["text"] = rows[1]["text"] = rows[3]["label"] = ""
    path = str(write_csv(tmp_path / "rows.csv", rows))
    notes = load_reviews(DataOptions(path, label_map="0=Bad,1=Good,2=")).notes
    assert "2 rows of train left out: no text." in notes
    assert "1 row of train left out: no label." in notes
    assert "200 rows of train left out by the label map." in notes
    found = []
    load_split(DataOptions(path, labels=["Bad", "Good"], label_map="0=Bad,1=Good,2="), "test", notes=found)
    assert "1 row of train left out: no label." in found
    streamed = stream_reviews(DataOptions(path, label_map="0=Bad,1=Good,2=")).notes
    assert "2 rows of train left out: no text." in streamed


def test_a_split_without_labels_is_passed_over(tmp_path):
    write_csv(tmp_path / "train.csv", tiny_reviews(600))
    write_csv(tmp_path / "test.csv", [{"title": "", "text": row["text"]} for row in tiny_reviews(10, seed=1)])
    reviews = load_reviews(DataOptions(str(tmp_path)))
    assert f"The test split of {tmp_path.name} has no labels and is not used." in reviews.notes
    assert len(reviews.test) == 120 and reviews.test_rows_drawn
    with pytest.raises(SentimentError, match="The test split has no label column"):
        load_split(DataOptions(str(tmp_path), labels=["Negative", "Positive"]), "test")
    assert stream_reviews(DataOptions(str(tmp_path))).train_rows


def test_a_whole_number_written_as_a_decimal_is_the_same_label(tmp_path):
    rows = [row | {"label": ["1", "1.0", "2", "2.00"][index % 4]} for index, row in enumerate(tiny_reviews(60))]
    assert load_reviews(DataOptions(str(write_csv(tmp_path / "rows.csv", rows)))).labels == ["1", "2"]


@pytest.mark.parametrize("names", ["neg,pos", "POS,neg", "neg,pos,other"])
def test_the_sources_own_names_may_be_given(tmp_path, names):
    rows = [row | {"label": row["label"][:3].lower()} for row in tiny_reviews(60)]
    assert load_reviews(DataOptions(str(write_csv(tmp_path / "rows.csv", rows)), labels=names)).labels == names.split(
        ","
    )


def test_two_names_that_are_one_label_are_refused(tmp_path):
    path = str(write_csv(tmp_path / "rows.csv", tiny_reviews(60)))
    with pytest.raises(SentimentError, match="differ only in case or blanks: rename one"):
        load_reviews(DataOptions(path, labels="Negative,negative,Positive"))


def test_a_file_of_rejects_alone_has_no_rows(tmp_path):
    (tmp_path / "rows.csv").write_text("text,label,\n" + "soup,good\n" * 20)
    for load in (load_reviews, stream_reviews, lambda options: load_split(options, "test")):
        with pytest.raises(SentimentError, match="rows are left"):
            load(DataOptions(str(tmp_path / "rows.csv"), labels=["good", "bad"]))


def test_a_chunk_of_rejects_alone_costs_no_other_row(tmp_path, monkeypatch):
    monkeypatch.setattr(labelled_source, "CHUNK_ROWS", 20)
    lines = [
        json.dumps({"text": f"{row['text']} {i}", "label": row["label"]}) for i, row in enumerate(tiny_reviews(60))
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join([*lines[:40], *["{"] * 20, *lines[40:]]))
    reviews = load_reviews(DataOptions(str(tmp_path / "rows.jsonl")))
    assert sum(reviews.rows.values()) == 60 and any(note.startswith("20 rows of train could") for note in reviews.notes)


def test_a_number_that_is_none_is_an_empty_cell(tmp_path):
    rows = [{"text": f"{row['text']} {i}", "label": float(i % 2)} for i, row in enumerate(tiny_reviews(60))]
    rows[4]["label"] = float("nan")
    for suffix in ("jsonl", "parquet"):
        path = tmp_path / f"rows.{suffix}"
        if suffix == "jsonl":
            path.write_text("\n".join(map(json.dumps, [row | {"title": float("nan")} for row in rows])))
        else:
            pq.write_table(pa.Table.from_pylist([row | {"title": float("nan")} for row in rows]), path)
        reviews = load_reviews(DataOptions(str(path)))
        assert reviews.labels == ["Negative", "Positive"] and "1 row of train left out: no label." in reviews.notes
        assert set(reviews.train["title"]) == {""}


def test_a_long_cell_of_several_lines_is_one_review(tmp_path):
    rows = tiny_reviews(60)
    rows[5]["text"] = "x" * 140_000 + "\nsecond line"
    assert rows[5]["text"] in texts(load_reviews(DataOptions(str(write_csv(tmp_path / "rows.csv", rows)))))


def test_columns_that_datasets_does_not_know_are_no_obstacle(tmp_path):
    rows = tiny_reviews(60)
    columns = {name: [row[name] for row in rows] for name in ("text", "label")}
    table = pa.table(columns | {"more": pa.array([[("a", 1)]] * 60, pa.map_(pa.string(), pa.int64()))})
    table = table.replace_schema_metadata({"huggingface": '{"info": {"features": {"label": {"_type": "Newer"}}}}'})
    pq.write_table(table, tmp_path / "rows.parquet")
    assert load_reviews(DataOptions(str(tmp_path / "rows.parquet"))).labels == ["Negative", "Positive"]


def test_a_class_without_a_name_is_told(tmp_path):
    features = Features({"text": Value("string"), "label": ClassLabel(names=["a", "b"])})
    data = Dataset.from_list([{"text": f"lamp {i}", "label": i % 2} for i in range(60)], features=features)
    table = data.data.table.set_column(1, data.data.table.schema.field("label"), pa.array([*range(2), *[2] * 58]))
    pq.write_table(table, tmp_path / "rows.parquet")
    with pytest.raises(SentimentError, match="Column 'label' has the class 2, and its file names 2 classes"):
        load_reviews(DataOptions(str(tmp_path / "rows.parquet")))


def test_the_files_of_a_split_may_have_slices_of_different_types(tmp_path):
    for number, domains in enumerate(([1, 2], ["books", None])):
        rows = [{"text": f"lamp {i} {number}", "label": "ab"[i % 2], "domain": domains[i % 2]} for i in range(30)]
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"train-{number}.parquet")
    reviews = load_reviews(DataOptions(str(tmp_path)))
    assert {"1", "2", "books", None} >= set(reviews.train["slice: domain"]) > {"books"}


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(labelled_source, "CHUNK_ROWS", 10)
    path, rows = tmp_path / name, tiny_reviews(60)
    if name == "rows.csv":
        write_csv(path, rows)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = DataOptions(str(path))
    tables = read_source(options).tables("train", options.columns, LeftOut("train"), [])
    next(tables)
    with path.open("a") as file:
        file.write("\n")
    with pytest.raises(SentimentError, match=f"{name} changed while it was read .its size was .*: read a copy"):
        list(tables)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_rows_of_long_files_and_of_several_files_keep_their_positions(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(labelled_source, "CHUNK_ROWS", 20)
    rows = [{"text": f"review {number}", "label": "ab"[number % 2]} for number in range(100)]
    rows[30]["label"] = ""
    write(tmp_path / f"train-1.{suffix}", rows[:70])
    write(tmp_path / f"train-2.{suffix}", rows[70:])
    read = read_split(DataOptions(str(tmp_path)), "train", []).data
    assert read[ROW][:] == [number for number in range(100) if number != 30]
    assert all(row["text"] == f"review {row[ROW]}" for row in read)
    source = read_source(DataOptions(str(tmp_path)))
    picked = pick_rows(source.chunks("train"), [90, 31, 1])
    listed = picked if isinstance(picked, list) else picked.to_pylist()
    assert [row["text"] for row in listed] == ["review 89", "review 30", "review 0"]
