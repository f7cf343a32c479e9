"""The page that compares two adapters on the same reviews."""

import io

import numpy as np
import pandas as pd
import pytest
from app_pages import words
from tiny import tiny_reviews, write_csv

import hf_sentiment
from hf_sentiment.errors import SentimentError
from hf_sentiment.streamlit_app import scoring
from hf_sentiment.streamlit_app.comparing import ADDED, compare


def scored(adapter, rows, tmp_path, name):
    source = write_csv(tmp_path / "in.csv", rows)
    upload = scoring.look_into("in.csv", source.read_bytes())
    return scoring.score_upload(hf_sentiment.load(adapter), name, upload, "text", "title", lambda done: None)


@pytest.fixture
def compared(binary_adapter, three_class_adapter, tmp_path):
    """Two tiny adapters compared on 60 reviews, of which one has no text."""
    rows = tiny_reviews(60, labels=("Negative", "Neutral", "Positive"), seed=4)
    rows[3] |= {"text": "", "title": ""}
    first, second = (
        scored(path, rows, tmp_path, name) for path, name in ((binary_adapter, "A"), (three_class_adapter, "B"))
    )
    return rows, compare(first, second)


def test_the_scores_are_the_packages_own(compared, binary_adapter, three_class_adapter):
    rows, found = compared
    reviews = [{"title": row.get("title"), "text": row["text"]} for row in rows if row["text"]]
    frame = found.frame.sort_values("row", kind="stable")
    for place, path in (("first", binary_adapter), ("second", three_class_adapter)):
        classify = hf_sentiment.load(path)
        scores = classify.scores(reviews)
        assert frame[f"{place}_label"].tolist() == [
            classify.sentiment_config.labels[best] for best in scores.argmax(axis=1)
        ]
        np.testing.assert_allclose(frame[f"{place}_score"], scores.max(axis=1), atol=1e-5)
    assert frame["row"].tolist() == [number for number in range(1, 61) if number != 4]
    assert found.bad["row"].tolist() == [4]


def test_disagreements_come_first_and_the_surest_of_them_at_the_top(compared):
    _, found = compared
    frame = found.frame
    differs = frame["first_label"] != frame["second_label"]
    assert 0 < found.differing < len(frame), "reviews of both kinds"
    assert frame["differs"].tolist() == differs.tolist() == sorted(differs, reverse=True)
    surer = frame[differs][["first_score", "second_score"]].min(axis=1)
    assert surer.tolist() == sorted(surer, reverse=True)
    assert frame[~differs]["row"].is_monotonic_increasing
    pairs = found.pairs()
    assert pairs["reviews"].sum() == len(frame) and pairs["reviews"].is_monotonic_decreasing


def test_the_download_is_what_the_page_shows_without_formulas(compared):
    _, found = compared
    table = pd.read_csv(io.BytesIO(found.csv), dtype=str, keep_default_na=False)
    assert list(table.columns[:6]) == ADDED and "input_label" not in ADDED
    assert table["row"].astype(int).tolist() == found.frame["row"].tolist()
    first, second = (scoring.Scored("f", name, ["a"], None, frame(name), b"", no_rows()) for name in "AB")
    assert b"'=1+1" in compare(first, second).csv


def frame(label):
    return pd.DataFrame({"text": ["=1+1"], "row": ["mine"], "label": [label], "score": [0.9], "score_a": [0.9]})


def no_rows():
    return pd.DataFrame(columns=["row", "reason", "input"])


def test_a_column_of_the_files_own_keeps_its_values():
    first, second = (scoring.Scored("f", name, ["a"], None, frame(name), b"", no_rows()) for name in ("a", "A"))
    found = compare(first, second)
    assert found.frame["input_row"].tolist() == ["mine"] and found.differing == 0, "only the case of the label differs"


def test_files_that_were_not_scored_alike_are_refused():
    first, second = (scoring.Scored("f", name, ["a"], None, frame(name), b"", no_rows()) for name in "AB")
    second.frame = pd.concat([second.frame, second.frame])
    with pytest.raises(SentimentError, match="did not score the same rows"):
        compare(first, second)


def test_the_page_compares_pasted_lines(started, three_class_adapter):
    page = started("page_compare")
    go = page.button(key="go")
    assert go.label == "Compare on"
    page.button(key="go").click().run()
    assert "There are no reviews yet" in page.info[0].value
    page.text_area(key="lines").set_value("great lovely happy\n\nokay average plain\nawful broken sad").run()
    page.button(key="go").click().run()
    assert "Name a second adapter first." in page.info[0].value
    page.text_input(key="second").set_value(str(three_class_adapter)).run()
    page.button(key="go").click().run()
    assert not page.exception and not page.error
    table = page.dataframe[0].value
    lines = ["great lovely happy", "okay average plain", "awful broken sad"]
    labels = {
        path: [each["label"] for each in hf_sentiment.load(path)(lines)] for path in ("default", three_class_adapter)
    }
    differing = [text for text, *pair in zip(lines, *labels.values(), strict=True) if pair[0] != pair[1]]
    assert "okay average plain" in differing and len(differing) < 3
    assert set(table["text"][: len(differing)]) == set(differing) and table["differs"].sum() == len(differing)
    assert page.metric[0].value == f"{len(differing)} of 3"
    page.button_group(key="differing").set_value("Only where they differ").run()
    assert len(page.dataframe[0].value) == len(differing)
    assert page.download_button[0].label == "Download all 3 as CSV"


def test_the_second_adapter_is_checked_as_any_choice(started, binary_adapter):
    page = started("page_compare", "--choose", "hub")
    page.text_area(key="lines").set_value("great lovely happy").run()
    page.text_input(key="second").set_value(str(binary_adapter)).run()
    page.button(key="go").click().run()
    assert "this app opens no folders" in words(page.error[0].value) and not page.dataframe and not page.exception


def test_there_is_no_page_to_compare_where_nothing_can_be_chosen(started):
    # The page of the whole app, with its navigation.
    assert [each.label for each in started().get("page_link")] == [
        "One review",
        "Many",
        "Compare",
        "Label",
        "The model",
    ]
    assert "Compare" not in [each.label for each in started("page_review", "--choose", "none").get("page_link")]
