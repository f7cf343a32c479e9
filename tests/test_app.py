"""The app's logic: what its pages say, on the shipped adapter and on tiny ones, without a browser."""

import dataclasses
import html
import io
import json
import re
import shutil
import socket
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from tiny import tiny_reviews, write_csv

import hf_sentiment
from hf_sentiment.cli import main
from hf_sentiment.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.folder import DEFAULT_FOLDER, copy_adapter
from hf_sentiment.streamlit_app import answers, report, scoring
from hf_sentiment.streamlit_app.answers import Band, ask
from hf_sentiment.streamlit_app.charts import label_bars
from hf_sentiment.streamlit_app.examples import EXAMPLES
from hf_sentiment.streamlit_app.highlight import highlighted
from hf_sentiment.streamlit_app.loaded import load_classifier
from hf_sentiment.streamlit_app.palette import percent, tone
from hf_sentiment.streamlit_app.verdict import verdict

APP = Path(__file__).parent.parent / "streamlit_app" / "app.py"


@pytest.fixture
def started(monkeypatch):
    """A function that opens the app, started with some options, on one of its pages."""

    def open_page(page="page_review", *options):
        monkeypatch.setattr(sys, "argv", [str(APP), *options])
        if page == "page_review":
            test = AppTest.from_file(str(APP), default_timeout=60)
        else:
            test = AppTest.from_string(
                f"from hf_sentiment.streamlit_app import {page}\n{page}.show()", default_timeout=60
            )
        return test.run()

    return open_page


def shown(test: AppTest) -> str:
    """All HTML of a page, without the style sheet."""
    return "".join(each.proto.body for each in test.get("html") if "<style>" not in each.proto.body)


def label_of(drawn: str) -> str:
    return re.search(r'<p class="label \w+"><span aria-hidden="true">.</span> (.*?) <span', drawn)[1]


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
    dataclasses.replace(SentimentConfig.load(folder), abstention=None).save(folder)
    return str(folder)


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
    assert page.info[0].value.endswith(f"says: {best['label']} ({percent(best['score'])}).")
    assert label_of(shown(page)) == "Positive", "the first adapter still answers"


def test_an_adapter_that_is_not_there_is_said_kindly(started):
    page = started("page_review", "--adapter", "no/such")
    assert "no/such cannot be used. There is no adapter 'no/such'" in page.error[0].value and not page.exception


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
        ("wide.csv", "text\nhi\n".encode("utf-16"), "wide.csv is UTF-16"),
        ("list.json", b'[{"text": "a"}]', "list.json is a JSON array"),
        ("broken.parquet", b"PAR1nothing", "broken.parquet cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_kindly_by_its_own_name(started, name, data, message):
    page = started("page_many")
    page.button_group(key="way").set_value("Upload a file").run()
    page.file_uploader[0].set_value((name, data, "text/plain")).run()
    assert not page.exception and [message in each.value for each in page.error] == ([True] if message else [])


def test_an_upload_is_scored_as_the_command_line_scores_it(binary_adapter, tmp_path):
    rows = tiny_reviews(30, seed=3)
    source = write_csv(tmp_path / "in.csv", rows)
    upload = scoring.look_into("in.csv", source.read_bytes())
    assert (upload.text, upload.title, upload.rows) == ("text", "title", 30)
    seen = []
    scored = scoring.score_upload(hf_sentiment.load(binary_adapter), "mine", upload, "text", "title", seen.append)
    words = ["predict", "--adapter", str(binary_adapter), "--input", str(source), "--output", str(tmp_path / "o.csv")]
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
    with pytest.raises(SentimentError, match=r"three.csv has 3 rows, and a page scores up to 2"):
        scoring.look_into("three.csv", b"text\na\nb\nc\n")


def test_a_parquet_column_that_is_no_text_is_not_offered(tmp_path):
    pd.DataFrame({"stars": [1, 5], "review": ["bad", "good"]}).to_parquet(tmp_path / "in.parquet")
    upload = scoring.look_into("in.parquet", (tmp_path / "in.parquet").read_bytes())
    assert (upload.columns, upload.text) == (["review"], "review")
    pd.DataFrame({"stars": [1, 5]}).to_parquet(tmp_path / "none.parquet")
    with pytest.raises(SentimentError, match=r"none.parquet has no column of text"):
        scoring.look_into("none.parquet", (tmp_path / "none.parquet").read_bytes())


def test_the_model_page_shows_the_reports_numbers(started):
    page = started("page_model")
    assert not page.exception
    shipped = json.loads((hf_sentiment.load().adapter.folder / "evaluation" / "report.json").read_text())
    assert page.metric[0].value == f"{100 * shipped['accuracy']:.1f} %"
    tables = [each.value for each in page.table]
    assert "sentence-transformers/all-MiniLM-L6-v2" in tables[0].to_string()
    assert list(tables[2]["label"]) == ["Negative", "Positive"]
    assert "Yelp" in list(tables[-1]["reviews"])


def test_another_adapter_is_chosen_kept_and_left(started, binary_adapter, hub):
    page = started("page_model")
    page.text_input(key="adapter").set_value("no/such")
    use = next(each for each in page.button if each.label == "Use this adapter")
    use.click().run()
    assert "There is no adapter 'no/such'" in page.error[0].value and not page.exception
    page.text_input(key="adapter").set_value(str(binary_adapter))
    next(each for each in page.button if each.label == "Use this adapter").click().run()
    assert page.session_state["choice"] == (str(binary_adapter), None)
    assert str(binary_adapter) in page.text[0].value
    next(each for each in page.button if each.label == "Back to the shipped adapter").click().run()
    assert "the shipped adapter" in page.text[0].value


@pytest.mark.parametrize("name", ["../..", "a/b/c", "with space", "<b>", "/nowhere", "x" * 300, "~nobody/x"])
def test_no_name_of_an_adapter_breaks_the_page(started, name):
    page = started("page_model")
    page.text_input(key="adapter").set_value(name)
    next(each for each in page.button if each.label == "Use this adapter").click().run()
    assert len(page.error) == 1 and not page.exception


def test_two_adapters_are_compared_on_the_same_text(started, binary_adapter):
    page = started("page_model")
    page.text_input(key="other").set_value(str(binary_adapter))
    page.text_area(key="compared").set_value("great lovely happy")
    next(each for each in page.button if each.label == "Compare").click().run()
    assert not page.exception and shown(page).count('<section class="verdict"') == 2


def test_the_report_of_an_adapter_with_all_the_keys():
    numbers = {"accuracy": 0.9, "macro_f1": 0.89, "accuracy_interval": [0.88, 0.92]}
    slices = [
        {
            "name": "short",
            "description": "of ten words or fewer",
            "rows": 50,
            "accuracy": 0.95,
            "interval": [0.9, 0.97],
        },
        {"name": "contrast", "rows": 20, "accuracy": 0.7, "interval": [0.5, 0.8], "differs": True},
    ]
    full = numbers | {
        "roc_auc": 0.961,
        "intervals": {"roc_auc": [0.95, 0.97]},
        "baseline": {"tfidf_logistic_regression": {"accuracy": 0.85, "macro_f1": 0.84}},
        "calibration": {"ece": 0.012, "ece_uncalibrated": 0.051},
        "slices": slices,
        "abstention": [{"target_error": 0.05, "threshold": 0.8, "undecided": 0.1, "error": 0.045}],
    }
    assert report.headlines(full)[0] == ("Accuracy", "90.0 %", "88.0 % to 92.0 %")
    assert report.headlines(full)[2] == ("ROC AUC", "0.961", "0.950 to 0.970")
    assert report.baselines(full)[""].tolist() == ["this adapter", "tfidf logistic regression"]
    assert report.weak_slices(full)["reviews that are"].tolist() == ["contrast", "of ten words or fewer"]
    assert report.weak_slices(full)["differs"].tolist() == ["yes", "not for sure"]
    assert report.abstention(full)["wrong among the rest"].tolist() == ["4.5 %"]
    assert report.calibration(full) == "Expected calibration error 1.2 %, 5.1 % before calibration."


def test_a_report_of_another_make_is_left_out(started, binary_adapter, tmp_path):
    folder = shutil.copytree(binary_adapter, tmp_path / "adapter")
    (folder / "evaluation" / "report.json").write_text('{"accuracy": "high", "per_class": [], "slices": [{}]}')
    (folder / "README.md").write_text("# Card\n\n![far](http://far.invalid/a.png)\n\n<script>x</script> words")
    page = started("page_model", "--adapter", str(folder))
    assert not page.exception and len(page.info) == 2
    assert "far.invalid" not in "".join(each.value for each in page.markdown)
    (folder / "evaluation" / "report.json").write_text("nothing")
    assert "has no report" in started("page_model", "--adapter", str(folder)).info[0].value


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
