"""The page for many reviews: lines and uploads, scored, filtered, downloaded."""

import io

import pandas as pd
import pytest
from app_pages import shown, words
from tiny import tiny_reviews, write_csv

import hf_sentiment
from hf_sentiment.cli import main
from hf_sentiment.errors import SentimentError
from hf_sentiment.streamlit_app import scoring


def test_pasted_lines_are_scored_filtered_and_downloaded(started):
    page = started("page_many")
    page.text_area(key="lines").set_value("I loved it, amazing\n\nterrible, it broke\n  \nabsolutely perfect\n").run()
    button = next(each for each in page.button if each.label == "Classify 3 reviews")
    button.click().run()
    assert not page.exception
    assert list(page.dataframe[0].value["label"]) == ["Positive", "Negative", "Positive"]
    assert "2 (66.7 %)" in shown(page)
    page.button_group(key="labels").set_value(["Negative"]).run()
    assert list(page.dataframe[0].value["text"]) == ["terrible, it broke"]
    page.button_group(key="labels").set_value(["Negative", "Positive"]).run()
    page.text_input(key="containing").set_value("PERFECT").run()
    assert list(page.dataframe[0].value["text"]) == ["absolutely perfect"]
    page.text_input(key="containing").set_value("").run()
    page.slider(key="scores").set_value((0.0, 0.01)).run()
    assert len(page.dataframe[0].value) == 0 and not page.exception
    assert page.download_button[0].label == "Download all 3 as CSV"


def test_a_file_with_bad_rows(started):
    page = started("page_many")
    page.button_group(key="way").set_value("Upload a file").run()
    data = b"id,said,head\n1,great and lovely,Yes\n2,,\n3,one,two,many\n4,broken and awful,No\n"
    page.file_uploader[0].set_value(("mine.csv", data, "text/csv")).run()
    text, title = page.selectbox
    assert text.options == ["id", "said", "head"] and title.value == "(none)"
    text.set_value("said").run()
    page.selectbox[1].set_value("head").run()
    next(each for each in page.button if each.label == "Classify 4 reviews").click().run()
    assert not page.exception
    good, bad = (each.value for each in page.dataframe)
    assert list(good["id"]) == ["1", "4"] and list(good["label"]) == ["Positive", "Negative"]
    assert list(bad["row"]) == [2, 3] and "The row has 4 cells" in bad["reason"][1]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.csv", b"", None),
        ("head.csv", b"text\n", "head.csv holds no rows."),
        ("wide.csv", "text\nhi\n".encode("utf-16")[:-1], "wide.csv begins as UTF-16"),
        ("list.json", b'[{"text": "a"}', "list.json is a JSON array that is not complete"),
        ("broken.parquet", b"PAR1nothing", "broken.parquet cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_kindly_by_its_own_name(started, name, data, message):
    page = started("page_many")
    page.button_group(key="way").set_value("Upload a file").run()
    page.file_uploader[0].set_value((name, data, "text/plain")).run()
    assert not page.exception and [message in words(each.value) for each in page.error] == ([True] if message else [])


def test_an_upload_is_scored_as_the_command_line_scores_it(binary_adapter, tmp_path):
    rows = tiny_reviews(30, seed=3)
    source = write_csv(tmp_path / "in.csv", rows)
    upload = scoring.look_into("in.csv", source.read_bytes())
    assert (upload.text, upload.title, upload.rows) == ("text", "title", 30)
    seen = []
    scored = scoring.score_upload(hf_sentiment.load(binary_adapter), "mine", upload, "text", "title", seen.append)
    words = ["predict", "--adapter", str(binary_adapter), "--input", str(source), "--output", str(tmp_path / "o.csv")]
    words += ["--backend", "torch"]
    assert main(words) == 0
    assert scored.csv == (tmp_path / "o.csv").read_bytes()
    assert pd.read_csv(io.BytesIO(scored.csv))["label"].tolist() == scored.frame["label"].tolist()
    assert seen[0] == 0 and seen[-1] == 30


def test_nothing_is_left_on_disk(tmp_path, monkeypatch, binary_adapter):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    name, data = scoring.lines_as_file("great lovely\nawful broken")
    upload = scoring.look_into(name, data)
    scoring.score_upload(hf_sentiment.load(binary_adapter), "mine", upload, "text", None, lambda rows: None)

    def give_up(rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scoring.score_upload(hf_sentiment.load(binary_adapter), "mine", upload, "text", None, give_up)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_too_many_rows_is_for_the_command_line(monkeypatch):
    monkeypatch.setattr(scoring, "MOST_ROWS", 2)
    with pytest.raises(SentimentError, match=r"three.csv has more than 2 rows, and a page scores no more"):
        scoring.look_into("three.csv", b"text\na\nb\nc\n")


def test_a_parquet_column_that_is_no_text_is_not_offered(tmp_path):
    pd.DataFrame({"stars": [1, 5], "review": ["bad", "good"]}).to_parquet(tmp_path / "in.parquet")
    upload = scoring.look_into("in.parquet", (tmp_path / "in.parquet").read_bytes())
    assert (upload.columns, upload.text) == (["review"], "review")
    pd.DataFrame({"stars": [1, 5]}).to_parquet(tmp_path / "none.parquet")
    with pytest.raises(SentimentError, match=r"none.parquet has no column of text"):
        scoring.look_into("none.parquet", (tmp_path / "none.parquet").read_bytes())


def test_how_the_file_was_read_is_shown(started):
    page = started("page_many")
    page.button_group(key="way").set_value("Upload a file").run()
    page.file_uploader[0].set_value(("mine.csv", "text;id\ncafé, lovely;1\n".encode("cp1252"), "text/csv")).run()
    notes = [words(each.value) for each in page.caption]
    assert "mine.csv: read as cp1252, because it is not UTF-8." in notes and 'mine.csv: the separator is ";".' in notes


def test_a_file_without_a_header_is_read_when_the_visitor_says_so(started):
    page = started("page_many")
    page.button_group(key="way").set_value("Upload a file").run()
    page.file_uploader[0].set_value(("mine.csv", b"17,awful and broken\n18,great and lovely\n", "text/csv")).run()
    assert any("looks like data, not like a header" in words(each.value) for each in page.caption)
    page.checkbox[0].set_value(False).run()
    assert page.selectbox[0].options == ["1", "2"]
    page.selectbox[0].set_value("2").run()
    next(each for each in page.button if each.label == "Classify 2 reviews").click().run()
    assert not page.exception and list(page.dataframe[0].value["label"]) == ["Negative", "Positive"]


@pytest.mark.parametrize("name", ["mine.xlsx", "my.reviews.csv.gz"])
def test_spreadsheets_and_compressed_files_are_read(tmp_path, name):
    frame = pd.DataFrame({"review": ["lovely", "broken"], "stars": [5, 1]})
    if name.endswith("xlsx"):
        frame.to_excel(tmp_path / name, index=False)
    else:
        frame.to_csv(tmp_path / name, index=False)
    upload = scoring.look_into(name, (tmp_path / name).read_bytes())
    assert (upload.columns, upload.text, upload.rows) == (["review", "stars"], "review", 2)
