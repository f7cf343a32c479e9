"""report.html: complete, safe, and readable without network."""

import json
import re
from html.parser import HTMLParser

import numpy as np

from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig
from hf_sentiment.evaluation import make_report

VOID = ("meta", "img", "input")
WHERE = {"dataset": "d", "split": "test", "adapter": "a"}


class _Page(HTMLParser):
    """The tags with their attributes, and the text, of a page whose tags must close in order."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(" ".join(data.split()))


def test_the_html_report_needs_no_other_file(report, page_of):
    text = page_of(report)
    page = _Page(text)
    assert text.startswith("<!DOCTYPE html>")
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "img", "image", "object")
        assert not {"src", "onload", "onclick"} & set(attributes)
        assert attributes.get("href", "#").startswith("#")
    assert set(re.findall(r"url\((.)", text)) <= {"#"} and "@import" not in text
    # The one script asks for nothing.
    assert not re.search(r"fetch|XMLHttpRequest|import\(|WebSocket|sendBeacon", text)
    assert "prefers-color-scheme: dark" in text and "@media print" in text and 'name="viewport"' in text


def test_every_id_is_there_once_and_every_reference_has_its_id(report, page_of):
    text = page_of(report)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids)) > 10
    assert set(re.findall(r'(?:href="|url\()#([\w-]+)', text)) <= set(ids)


def test_the_pictures_have_the_colours_of_the_page_and_one_size(report, page_of):
    pictures = re.findall(r"<svg[^>]*viewBox.*?</svg>", page_of(report), re.DOTALL)
    assert len(pictures) == 4
    assert len({re.search(r'viewBox="([^"]+)"', picture)[1] for picture in pictures}) == 1
    for picture in pictures:
        # Every colour is one of the page's.
        assert not re.search(r"#[0-9a-f]{6}", picture) and "var(--ink)" in picture and "var(--main)" in picture
        assert re.search(r'role="img" aria-label="[^"]{20,}"', picture)
        assert "DejaVu" not in picture and "<image" not in picture


def test_the_html_report_shows_the_numbers(report, page_of):
    text = page_of(report)
    page = _Page(text)
    said = page.text
    low, high = report["accuracy_interval"]
    assert f"{100 * report['accuracy']:.1f} %" in said and f"{100 * low:.1f} to {100 * high:.1f} %" in said
    assert f"{report['roc_auc']:.3f}" in said
    for each in report["slices"]:
        assert said[said.index(each["name"]) + 1 :].count(each["description"]) == 1
    assert "TF-IDF and logistic regression, same rows" in said
    assert any(line.startswith("A score differs from the accuracy of answers with that score") for line in said)
    assert f"{100 * report['abstention'][-1]['undecided']:.1f} %" in said
    heading = "How well default classifies reviews of demo.csv"
    assert heading in said and f"<title>default on demo.csv: {100 * report['accuracy']:.1f} % accuracy</title>" in text
    # One way of writing per cent.
    assert not re.search(r"\d%", " ".join(said))


def test_errors_of_the_matrix_are_shaded_by_their_share_of_the_row(report, page_of):
    text = page_of(report | {"confusion_matrix": [[80, 20, 0], [1, 99, 0], [0, 0, 0]], "labels": ["a", "b", "c"]})
    shaded = re.findall(r'<td class="error" style="--part: ([\d.]+)%">(\d+)<small>([\d.]+ %)', text)
    assert [(count, share) for _, count, share in shaded] == [("20", "20.0 %"), ("1", "1.0 %")]
    assert 50 > float(shaded[0][0]) > 4 * float(shaded[1][0]) > 0


def test_the_script_has_counts_and_no_texts(report, page_of):
    told = re.search(r'<script type="application/json" id="by-threshold">(.*?)</script>', page_of(report), re.DOTALL)
    assert json.loads(told[1]) == report["by_threshold"] | {"rows": 180}


def test_reviews_and_labels_cannot_break_the_html_report(report, page_of):
    nasty = '</script><img src=x onerror="alert(1)">& \u202e{{ 7 * 7 }}\x0b$x$'
    per_class = {nasty: report["per_class"]["Negative"], "Positive": report["per_class"]["Positive"]}
    renamed = {
        name: {nasty if label == "Negative" else label: value for label, value in report[name].items()}
        for name in ("curves",)
    }
    counts = report["by_threshold"]["labels"]
    renamed["by_threshold"] = report["by_threshold"] | {"labels": {nasty: counts["Negative"], "b": counts["Positive"]}}
    mistakes = [report["mistakes"][0] | {"text": nasty, "true": "<b>"}]
    changed = {"mistakes": mistakes, "adapter": nasty, "labels": [nasty, "Positive"], "per_class": per_class}
    page = _Page(page_of(report | renamed | changed))
    assert not [tag for tag, _ in page.tags if tag in ("img", "b")]
    assert sum(tag == "script" for tag, _ in page.tags) == 2
    assert " ".join(nasty.split()) in page.text and "<b>" in page.text


def test_missing_texts_and_leaked_rows(report, page_of):
    bare = [{key: value for key, value in each.items() if key != "text"} for each in report["mistakes"]]
    text = page_of(json.loads(json.dumps(report | {"mistakes": bare, "leaked": 4, "duplicates": 3})))
    assert report["mistakes"][0]["text"][:30] not in text
    assert re.search(
        r'class="mark">4 of the \d+ reviews were among the adapter\'s training rows', text.replace("&#39;", "'")
    )
    assert re.search(r">3 of the \d+ reviews repeat the text of another review", text)


def test_reports_of_earlier_versions_lack_curves_and_show_no_small_slices(report, page_of):
    older = {key: value for key, value in report.items() if key not in ("curves", "by_threshold", "histogram")}
    small = report["slices"][0] | {"name": "tiny kind", "rows": 12}
    text = page_of(older | {"slices": [*report["slices"], small], "calibration": {}})
    assert "tiny kind" not in text and "<script" not in text and "Curves" not in text
    assert report["slices"][0]["name"] in text


def test_a_report_of_many_and_of_several_labels_has_a_page(page_of):
    rng = np.random.default_rng(0)
    many = [f"label {number}" for number in range(20)]
    report = make_report(rng.normal(size=(300, 20)), rng.integers(0, 20, 300).tolist(), SentimentConfig(many), **WHERE)
    text = page_of(report.to_dict())
    assert "F1 of each label" in text and 'class="matrix"' not in text and "<script" not in text
    config = SentimentConfig(["joy", "anger"], problem_type=MULTI_LABEL)
    logits = rng.normal(size=(60, 2))
    report = make_report(logits, [[0], [0, 1], []] * 20, config, **WHERE)
    text = page_of(report.to_dict())
    assert "A label is given if its score reaches the threshold" in text and 'max="99" value="50"' in text
    assert text.count("<figure>") == 5
