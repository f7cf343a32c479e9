"""The pictures of a report and the HTML report, from real predictions."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image
from reports import demo_report

from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig
from hf_sentiment.evaluation import make_report
from hf_sentiment.reports.html import write_html
from hf_sentiment.reports.plots import MAIN, MARKED, PICTURES, draw_pictures

WHERE = {"dataset": "d", "split": "test", "adapter": "a"}


@pytest.fixture(scope="module")
def report():
    return demo_report()


@pytest.fixture(scope="module")
def drawn(report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    return folder, draw_pictures(report, folder)


def _colours(path) -> dict:
    return {colour: count for count, colour in Image.open(path).convert("RGB").getcolors(1 << 24)}


def test_every_picture_is_drawn_on_white_paper(drawn):
    folder, names = drawn
    assert names == list(PICTURES)
    for name in names:
        picture = Image.open(folder / name)
        assert min(picture.size) > 400 and max(picture.size) < 1400
        assert picture.getpixel((1, 1)) == (255, 255, 255, 255)
        assert len(_colours(folder / name)) > 50


def test_slices_that_differ_and_wrong_answers_have_the_marking_colour(drawn, report):
    folder, _ = drawn
    main, marked = (tuple(bytes.fromhex(colour[1:])) for colour in (MAIN, MARKED))
    assert any(each["differs"] for each in report["slices"])
    for name in ("slices.png", "scores.png"):
        colours = _colours(folder / name)
        assert colours[main] > 100 and colours[marked] > 100
    assert marked not in _colours(folder / "reliability.png")


def test_an_older_report_has_fewer_pictures_and_none_of_a_later_one(tmp_path, report):
    (tmp_path / "slices.png").write_bytes(b"of another report")
    older = {key: value for key, value in report.items() if key not in ("slices", "histogram")}
    older["calibration"] = {"temperature": 1.0}
    assert draw_pictures(older, tmp_path) == ["confusion_matrix.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["confusion_matrix.png"]


@pytest.mark.parametrize("labels", [["$low$", "mid", "high"], [f"label {index}" for index in range(20)]])
def test_other_labels_are_drawn_too(labels, tmp_path):
    rng = np.random.default_rng(0)
    logits, truth = rng.normal(size=(300, len(labels))), rng.integers(0, len(labels), 300)
    report = make_report(logits, truth.tolist(), SentimentConfig(labels), **WHERE)
    report.save(tmp_path)
    assert len(_colours(tmp_path / "confusion_matrix.png")) > 50
    assert labels[0] in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_labels_that_go_together_are_drawn_and_written(tmp_path):
    config = SentimentConfig(["joy", "anger"], problem_type=MULTI_LABEL)
    make_report(np.array([[3.0, -3.0], [-3.0, 3.0]]), [[0], [0, 1]], config, **WHERE).save(tmp_path)
    assert len(_colours(tmp_path / "confusion_matrix.png")) > 20
    assert "true \\ predicted" not in (tmp_path / "report.html").read_text(encoding="utf-8")


class _Page(HTMLParser):
    """The tags with their attributes, and the text, of a page whose tags must close in order."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(" ".join(data.split()))


def test_the_html_report_opens_alone(drawn, report):
    folder, names = drawn
    write_html(report, folder, names)
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = _Page(text)
    assert text.startswith("<!DOCTYPE html>")
    # Nothing is asked of the network, and nothing runs.
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "iframe")
        assert not {"href", "onload", "onclick"} & set(attributes)
        assert attributes.get("src", "data:").startswith("data:")
    assert "url(" not in text and "@import" not in text
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(images) == len(names) and all(each["alt"] for each in images)
    assert "prefers-color-scheme: dark" in text and "@media print" in text and 'name="viewport"' in text


def test_the_html_report_says_the_numbers(drawn, report):
    folder, names = drawn
    write_html(report, folder, names)
    said = _Page((folder / "report.html").read_text(encoding="utf-8")).text
    low, high = report["accuracy_interval"]
    assert f"{100 * report['accuracy']:.1f} %" in said and f"{100 * low:.1f} to {100 * high:.1f} %" in said
    assert f"{report['roc_auc']:.3f}" in said
    for each in report["slices"]:
        assert said[said.index(each["name"]) + 1 :].count(each["description"]) == 1
    assert "TF-IDF and logistic regression, same rows" in said
    assert any(line.startswith("A score differs from the share of right answers") for line in said)
    assert f"{100 * report['abstention'][-1]['undecided']:.1f} %" in said


def test_reviews_and_labels_cannot_break_the_html_report(report, tmp_path):
    nasty = '<img src=x onerror="alert(1)">& \u202e{{ 7 * 7 }}'
    mistakes = [report["mistakes"][0] | {"text": nasty, "true": "<b>"}]
    write_html(report | {"mistakes": mistakes, "adapter": nasty}, tmp_path, [])
    page = _Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert not [tag for tag, _ in page.tags if tag in ("img", "b")]
    assert nasty in page.text and "<b>" in page.text


def test_a_report_without_texts_or_with_leaks_says_so(report, tmp_path):
    bare = [{key: value for key, value in each.items() if key != "text"} for each in report["mistakes"]]
    write_html(json.loads(json.dumps(report | {"mistakes": bare, "leaked": 4, "duplicates": 3})), tmp_path, [])
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert report["mistakes"][0]["text"][:30] not in text
    assert re.search(
        r'class="mark">4 of the \d+ reviews were among the adapter\'s training rows', text.replace("&#39;", "'")
    )
    assert re.search(r">3 of the \d+ reviews stand there more than once", text)
