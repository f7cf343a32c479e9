"""Files without a header, through every door."""

import pytest
from scoring_doors import texts_scored
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.reviews.columns import Columns
from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions

NUMBERED = Columns(text="3", label="1")


@pytest.fixture(params=[".csv", ".tsv"])
def headless(request, tmp_path):
    rows = [f"{row['label']}|2020-01-{1 + i % 28}|{row['text']} {i}" for i, row in enumerate(tiny_reviews(60))]
    between = "\t" if request.param == ".tsv" else ";"
    path = tmp_path / f"rows{request.param}"
    path.write_text("\n".join(rows).replace("|", between))
    return path, [row.split("|")[2] for row in rows]


def test_a_first_row_that_looks_like_data_is_asked_about(headless, tmp_path):
    path, _ = headless
    asked = f"{path.name} looks like data, not like a header: without a header \\(--no-header\\), columns are named by"
    with pytest.raises(SentimentError, match=asked):
        load_reviews(DataOptions(str(path)))
    with pytest.raises(SentimentError, match=asked):
        texts_scored(path, tmp_path / "out.csv")


def test_columns_are_named_by_their_number(headless, tmp_path):
    path, texts = headless
    options = DataOptions(str(path), columns=NUMBERED, header=False)
    reviews = load_reviews(options)
    read = [text for part in (reviews.train, reviews.validation, reviews.test) for text in part["text"]]
    assert sorted(read) == sorted(texts)
    assert len(load_split(DataOptions(str(path), columns=NUMBERED, header=False, labels=reviews.labels), "test")) == 60
    scored = texts_scored(path, tmp_path / "out.csv", header=False, text_column="3")
    assert [text for _, text in scored] == texts


def test_a_header_is_no_data(tmp_path):
    path = write_csv(
        tmp_path / "rows.csv", [{"Opinion": row["text"], "label": row["label"]} for row in tiny_reviews(9)]
    )
    with pytest.raises(
        SentimentError, match="has no text column; it has Opinion, label. Name the right one with --text"
    ):
        load_reviews(DataOptions(str(path)))


def test_formats_that_name_their_columns_have_no_such_option(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"text": "soup"}')
    with pytest.raises(SentimentError, match="--no-header is for CSV, TSV and Excel files"):
        texts_scored(tmp_path / "rows.jsonl", tmp_path / "out.csv", header=False)
