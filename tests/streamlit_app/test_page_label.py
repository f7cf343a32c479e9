"""The page where a visitor labels the reviews that the adapter is undecided about."""

import io

import pandas as pd
import pytest
from app_pages import shown, words
from streamlit.testing.v1 import AppTest
from tiny import tiny_reviews, write_csv

import hf_sentiment
from hf_sentiment.errors import SentimentError
from hf_sentiment.labelling import suggest
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.streamlit_app import scoring
from hf_sentiment.streamlit_app.label_queue import label_words, make_queue, read_labels
from hf_sentiment.streamlit_app.upload_form import PickedReviews

LABELS = ["Negative", "Positive"]


def asked(path, text="text", title="title"):
    return PickedReviews(scoring.look_into(path.name, path.read_bytes()), text, title)


def queue_of(adapter, picked, count=5):
    return make_queue(hf_sentiment.load(adapter), "mine", picked, LABELS, count, lambda done: None)


@pytest.fixture
def unlabelled(tmp_path):
    """A file of 80 reviews and their true labels, by text."""
    rows = tiny_reviews(80, seed=5)
    truth = {row["text"]: row.pop("label") for row in rows}
    return write_csv(tmp_path / "mine.csv", rows), truth


def test_the_queue_is_that_of_suggest(binary_adapter, unlabelled):
    path, _ = unlabelled
    classify, seen = hf_sentiment.load(binary_adapter), []
    queue = make_queue(classify, "mine", asked(path), LABELS, 12, seen.append)
    found = suggest(classify, path, 12)
    assert queue.frame["row"].astype(int).tolist() == [each.row for each in found.rows]
    assert queue.texts == [each.text for each in found.rows]
    assert seen == sorted(seen) and seen[-1] == len(pd.read_csv(path)) - trained_on(queue)


def trained_on(queue):
    """The rows that suggest left out because the adapter was trained on them."""
    return sum(int(note.split()[0]) for note in queue.notes if "training or validation rows" in note)


def test_what_is_labelled_is_read_and_trained_on(binary_adapter, unlabelled, train_tiny, tmp_path):
    path, truth = unlabelled
    queue = queue_of(binary_adapter, asked(path), count=60)
    for place, text in enumerate(queue.frame["text"]):
        queue.given.append("" if place == 1 else truth[text])
    (tmp_path / "labelled.csv").write_bytes(queue.csv())
    assert queue.is_done and queue.labelled == len(queue.texts) - 1
    reviews = load_reviews(DataOptions(str(tmp_path / "labelled.csv"), train_size=None, test_size=10))
    read = {}
    for split in (reviews.train, reviews.validation, reviews.test):
        read |= {text: reviews.labels[label] for text, label in zip(split["text"], split["label"], strict=True)}
    assert read == {text: truth[text] for place, text in enumerate(queue.frame["text"]) if place != 1}
    result = train_tiny(dataset=str(tmp_path / "labelled.csv"), epochs=1)
    assert hf_sentiment.load(result.output_dir).sentiment_config.labels == LABELS


def test_columns_without_a_usual_name_are_named_to_train(binary_adapter, tmp_path):
    rows = [{"what was said": f"{row['text']} {number}"} for number, row in enumerate(tiny_reviews(20, seed=6))]
    pd.DataFrame(rows).to_csv(tmp_path / "mine.csv", index=False)
    queue = queue_of(binary_adapter, asked(tmp_path / "mine.csv", "what was said", None))
    assert queue.command() == (
        "hf-sentiment train --dataset labelled.csv --output-dir my-adapter --text-column 'what was said'"
    )


def test_formulas_are_escaped_for_a_spreadsheet_only_if_wanted(binary_adapter, tmp_path):
    (tmp_path / "mine.csv").write_text("text\n=1+1 great\n- lovely\n")
    queue = queue_of(binary_adapter, asked(tmp_path / "mine.csv", "text", None))
    queue.given = ["Positive", "Negative"]
    kept = pd.read_csv(io.BytesIO(queue.csv()))["text"]
    assert sorted(kept) == ["- lovely", "=1+1 great"]
    assert b"'=1+1 great" in queue.csv(escape_formulas=True) and b"'- lovely" in queue.csv(escape_formulas=True)


@pytest.mark.parametrize("words", ["", "one", ",,", "a, a", ",".join("abcdefghij"), f"a, {'b' * 61}"])
def test_labels_that_cannot_be_keys_are_refused(words):
    with pytest.raises(SentimentError, match="label"):
        read_labels(words)


def test_labels_are_read_as_a_visitor_writes_them():
    assert read_labels(" Good ,  not  so good,Bad,, Good") == ["Good", "not so good", "Bad"]


def test_an_adapters_own_labels_are_offered_if_they_can_be_keys():
    assert label_words(["Not, so good", "Good"]) == label_words([str(each) for each in range(28)]) == ""
    assert label_words(LABELS) == "Negative, Positive"


def test_a_name_of_the_server_is_in_no_message(binary_adapter, tmp_path):
    (tmp_path / "mine.csv").write_text("text\n\n")
    upload = scoring.Upload("mine.csv", b'text\n""\n', ["text"], "text", None, 1, True, [])
    with pytest.raises(SentimentError, match=r"No row of mine\.csv is left to suggest") as caught:
        queue_of(binary_adapter, PickedReviews(upload, "text", None))
    assert "hf-sentiment-" not in str(caught.value)


def give(page, label):
    next(each for each in page.button if words(each.label).endswith(label) and "label-" in str(each.key)).click().run()


def test_reviews_are_labelled_skipped_and_undone(started, unlabelled):
    page = started("page_label")
    page.text_input(key="label-names").set_value("Good, Bad, <b>So-so").run()
    page.number_input(key="label-count").set_value(4).run()
    page.text_area(key="lines").set_value("I loved it\nit broke\nnot great, not terrible\n<b>okay</b>\nawful").run()
    page.button(key="go").click().run()
    assert not page.exception and "<b>okay" not in shown(page)
    queue = page.session_state["queue"]
    assert len(queue.texts) == 4 and [words(each.label) for each in page.button if "label-" in str(each.key)] == [
        "◆ Good",
        "◆ Bad",
        "◆ <b>So-so",
    ]
    give(page, "Good")
    give(page, "Bad")
    assert page.session_state["queue"].given == ["Good", "Bad"]
    next(each for each in page.button if each.label == "Undo").click().run()
    next(each for each in page.button if each.label == "Skip").click().run()
    give(page, "<b>So-so")
    assert page.session_state["queue"].given == ["Good", "", "<b>So-so"]
    assert page.download_button[0].label == "Download 2 reviews as CSV"
    give(page, "Bad")
    assert "All of them are done" in page.success[0].value and not page.exception
    table = pd.read_csv(io.BytesIO(page.session_state["queue"].csv()))
    assert table["label"].tolist() == ["Good", "<b>So-so", "Bad"]
    assert {"row", "predicted_label", "score", "text"} <= set(table.columns)
    next(each for each in page.button if each.label == "Start again with other reviews").click().run()
    assert "queue" not in page.session_state and page.button(key="go").label == "Choose from 5 reviews"


def test_labels_that_cannot_be_used_are_said_kindly(started):
    page = started("page_label")
    page.text_input(key="label-names").set_value("only one").run()
    page.text_area(key="lines").set_value("great").run()
    page.button(key="go").click().run()
    assert "separated by commas" in words(page.error[0].value) and "queue" not in page.session_state


def test_a_key_that_is_pressed_twice_counts_once(started):
    page = started("page_label")
    page.text_area(key="lines").set_value("I loved it\nit broke").run()
    page.button(key="go").click().run()
    # Both presses were made while the first review was on the screen.
    script = "from hf_sentiment.streamlit_app import page_label\npage_label._give(0, 'Positive')\n" * 2
    twice = AppTest.from_string(script)
    twice.session_state["queue"] = page.session_state["queue"]
    twice.run()
    assert twice.session_state["queue"].given == ["Positive"] and not twice.exception
