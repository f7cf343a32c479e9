"""The page for one review, on the shipped adapter and on tiny ones, and the command that serves the app."""

import html
import json
import re
import socket
import threading
from pathlib import Path

import pandas as pd
import pytest
from altered import change_config
from app_pages import label_of, shown, words
from tiny import tiny_reviews

import hf_sentiment
from hf_sentiment.adapter.folder import DEFAULT_FOLDER, copy_adapter
from hf_sentiment.cli import main
from hf_sentiment.streamlit_app import answers
from hf_sentiment.streamlit_app.answers import Band, ask
from hf_sentiment.streamlit_app.charts import label_bars
from hf_sentiment.streamlit_app.examples import EXAMPLES
from hf_sentiment.streamlit_app.highlight import highlighted
from hf_sentiment.streamlit_app.loaded import load_classifier
from hf_sentiment.streamlit_app.palette import percent, tone
from hf_sentiment.streamlit_app.verdict import verdict


def test_a_review_is_answered_with_label_sign_score_and_band(started, hub):
    page = started()
    assert "the answer appears here" in shown(page)
    page.text_area(key="text").set_value("I loved this product! It exceeded my expectations.").run()
    assert label_of(shown(page)) == "Positive" and "▲" in shown(page) and "No label reaches" not in shown(page)
    best = hf_sentiment.load()("I loved this product! It exceeded my expectations.")[0]
    assert percent(best["score"]) in shown(page)
    assert 'class="band"' in shown(page)
    assert not page.exception and hub.requests == []


def test_the_examples_fill_the_fields_and_clear_empties_them(started):
    seeds = [
        "I loved this product! It exceeded my expectations.",
        "Terrible experience. It broke after two days.",
        "It was just okay. Not great, not terrible.",
        "I'm not sure how I feel about this. It has pros and cons.",
        "Absolutely amazing! Will buy again.",
    ]
    page = started()
    for index, (title, text) in enumerate(EXAMPLES.values()):
        page.button(key=f"example-{index}").click().run()
        assert (page.text_input(key="title").value, page.text_area(key="text").value) == (title, text)
        assert label_of(shown(page)) in ("Negative", "Positive", "Undecided")
        if index < len(seeds):
            assert text == seeds[index]
    assert any("overlapping windows" in each.value for each in page.caption)
    next(button for button in page.button if button.label == "Clear").click().run()
    assert page.text_area(key="text").value == "" and "the answer appears here" in shown(page)


def test_what_a_title_says_counts(started):
    page = started()
    page.text_input(key="title").set_value("Terrible, broken, a waste of money").run()
    assert label_of(shown(page)) == "Negative"


def without_bands(adapter: Path, folder: Path) -> str:
    """A copy of an adapter for which no thresholds were measured."""
    copy_adapter(adapter, folder)
    return str(change_config(folder, abstention=None))


def test_a_wider_band_leaves_more_undecided(started, tmp_path):
    page = started("page_review", "--adapter", without_bands(DEFAULT_FOLDER, tmp_path))
    text = "It was just okay. Not great, not terrible."
    page.text_area(key="text").set_value(text).run()
    assert max(ask(hf_sentiment.load(), "", text).scores.values()) < 0.98
    page.slider(key="least").set_value(99).run()
    assert label_of(shown(page)) == "Undecided" and "leans to" in shown(page)
    page.slider(key="least").set_value(50).run()
    assert label_of(shown(page)) in ("Negative", "Positive")


def test_the_shipped_adapter_takes_no_side_where_a_review_takes_none(started):
    page = started()
    page.text_area(key="text").set_value("It was just okay. Not great, not terrible.").run()
    assert label_of(shown(page)) == "Undecided"
    page.session_state["target"] = "Never"
    page.run()
    assert label_of(shown(page)) in ("Negative", "Positive")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "😡😡😡", "x" * 5000, "\u202eabc\x00", "]]>&amp;<b>"])
def test_odd_reviews_are_answered_and_shown_as_text(started, text):
    page = started()
    page.text_area(key="text").set_value(text).run()
    assert not page.exception and "<script" not in shown(page) and "<b>" not in shown(page)
    assert label_of(shown(page)) in ("Negative", "Positive", "Undecided")


def test_a_second_adapter_hints_at_sarcasm(started, three_class_adapter):
    page = started("page_review", "--sarcasm", str(three_class_adapter))
    page.text_area(key="text").set_value("great lovely happy").run()
    best = hf_sentiment.load(three_class_adapter)("great lovely happy")[0]
    assert words(page.info[0].value).endswith(f"says: {best['label']} ({percent(best['score'])}).")
    assert label_of(shown(page)) == "Positive", "the first adapter still answers"


def test_an_adapter_that_is_not_there_is_said_kindly(started):
    page = started("page_review", "--adapter", "no/such")
    assert "no/such cannot be used. There is no adapter 'no/such'" in words(page.error[0].value) and not page.exception


def test_three_labels_have_a_bar_each(started, three_class_adapter, tmp_path):
    page = started("page_review", "--adapter", without_bands(three_class_adapter, tmp_path))
    page.text_area(key="text").set_value("okay average plain").run()
    page.slider(key="least").set_value(33).run()
    best = hf_sentiment.load(three_class_adapter)("okay average plain")[0]["label"]
    assert label_of(shown(page)) == best and all(sign in shown(page) for sign in "▲▼●")
    assert shown(page).count('class="fill') == 3 and shown(page).count('class="tick"') == 3


@pytest.fixture(scope="module")
def multi_label_adapter(train_tiny, tmp_path_factory):
    rows = [
        {"text": row["text"], "label": [row["label"]] + ["Kettle"] * ("kettle" in row["text"])}
        for row in tiny_reviews(200)
    ]
    path = tmp_path_factory.mktemp("several") / "reviews.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return train_tiny(dataset=str(path)).output_dir


def test_several_labels_can_hold(started, multi_label_adapter):
    classify = hf_sentiment.load(multi_label_adapter)
    text = "the kettle great lovely happy"
    expected = [entry["label"] for entry in classify([text], present=True)[0]]
    assert ask(classify, "", text, Band(0.99)).present == expected
    assert not ask(classify, "", text, Band(0.99)).undecided
    page = started("page_review", "--adapter", str(multi_label_adapter))
    page.text_area(key="text").set_value(text).run()
    assert not page.exception and shown(page).count('<p class="label ') == max(len(expected), 1)
    # Two labels that do not exclude each other share no bar.
    two = answers.Answer({"Kettle": 0.9, "Good": 0.2}, ["Kettle"], True, 1, False)
    assert "needle" not in verdict(two, ["Kettle", "Good"]) and "20.0 %" in verdict(two, ["Kettle", "Good"])


def test_measured_bands_are_those_of_the_config(binary_adapter):
    config = hf_sentiment.load(binary_adapter).sentiment_config
    # An adapter trained before thresholds were measured has none.
    config.abstention = None
    assert answers.measured_bands(config) == []
    config.abstention = [{"target_error": 0.1, "threshold": 0.7}, {"target_error": 0.01, "threshold": 0.97}]
    assert answers.measured_bands(config) == [Band(0.97, 0.01), Band(0.7, 0.1)]
    assert answers.usual_band(answers.measured_bands(config)) is None
    assert answers.usual_band([Band(0.97, 0.01), Band(0.9, 0.05)]) == Band(0.9, 0.05)


def test_a_target_that_is_out_of_reach_leaves_the_whole_bar_undecided():
    drawn = verdict(
        answers.Answer({"Bad": 0.9, "Good": 0.1}, ["Bad"], False, 1, True, Band(1.01, 0.01)), ["Bad", "Good"]
    )
    assert label_of(drawn) == "Undecided" and "left: 0.00%; width: 100.00%" in drawn and "reaches 100 %" in drawn


def test_words_are_marked_by_weight_and_escaped():
    text = "A <b>great</b> thing & <i>lovely</i>, but it is broken."
    weights = {
        "A": 0.1,
        "<b>great</b>": 2.0,
        "thing": 0.0,
        "<i>lovely</i>": 1.0,
        "but": -0.3,
        "broken": -1.0,
        "it": 0.2,
    }
    words = [{"start": text.index(w), "end": text.index(w) + len(w), "weight": weights[w]} for w in weights]
    marked, legend = highlighted({"text": text, "words": words}, "Pos<i>").split('<p class="legend">')
    # The two strongest of seven; the third, as strong as the second, finds no place.
    assert re.findall(r'<mark class="(\w+)" style="--strength: (\d+)%" title="[^"]*">(.*?)</mark>', marked) == [
        ("for", "100", "&lt;b&gt;great&lt;/b&gt;"),
        ("for", "50", "&lt;i&gt;lovely&lt;/i&gt;"),
    ]
    assert html.unescape(re.sub(r"<[^>]+>", "", marked)) == text and "<i>" not in marked + legend
    only = highlighted({"text": "bad", "words": [{"start": 0, "end": 3, "weight": -0.5}]}, "Positive")
    assert '<mark class="against" style="--strength: 100%"' in only
    nothing = highlighted({"text": "so", "words": [{"start": 0, "end": 2, "weight": 0.0}]}, "Positive")
    assert "<mark" not in nothing.split('<p class="legend">')[0]


def test_a_label_is_never_colour_alone_and_never_html():
    classify_scores = {"<b>Good": 0.7, "Bad": 0.3}
    drawn = verdict(answers.Answer(classify_scores, ["<b>Good"], False, 1, False), ["<b>Good", "Bad"])
    assert "&lt;b&gt;Good" in drawn and "<b>" not in drawn and "◆" in drawn
    assert "<b>" not in label_bars(pd.DataFrame({"label": ["<b>Good"]}), ["<b>Good", "Bad"])
    assert [tone(name) for name in ("POSITIVE", "neg", "Neutral", "3 stars")] == [
        "positive",
        "negative",
        "neutral",
        "other",
    ]


@pytest.mark.slow
def test_many_visitors_share_one_adapter_and_get_their_own_answers():
    texts = [f"{word} " * length for length in range(1, 9) for word in ("great", "awful", "okay")]
    alone = {text: ask(hf_sentiment.load(), "", text).scores for text in texts}
    together, failed = {}, []

    def visit(mine):
        try:
            for text in mine:
                together[text] = ask(load_classifier("default", None), "", text).scores
        except Exception as error:  # noqa: BLE001 - a thread's errors would be lost
            failed.append(error)

    visitors = [threading.Thread(target=visit, args=(texts[i::4],)) for i in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert not failed
    for text in texts:
        assert together[text] == pytest.approx(alone[text], abs=1e-3)
    assert load_classifier("default", None) is load_classifier("default", None)


def test_the_command_says_what_is_wrong_before_it_serves(capsys):
    assert main(["app", "--adapter", "no/such", "--port", "0"]) == 2
    assert "There is no adapter 'no/such'" in capsys.readouterr().err


def test_the_command_refuses_a_port_that_is_taken(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["app", "--port", str(taken.getsockname()[1])]) == 2
    assert "give another --port" in capsys.readouterr().err
