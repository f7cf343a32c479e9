"""report.html: complete, safe, and readable without network."""

import json
import re
from html.parser import HTMLParser

from hf_sentiment.reports.html import write_html


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


def test_the_html_report_needs_no_other_file(drawn, report):
    folder, names = drawn
    write_html(report, folder, names)
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = _Page(text)
    assert text.startswith("<!DOCTYPE html>")
    # Nothing is fetched from the network, and no script runs.
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "iframe")
        assert not {"href", "onload", "onclick"} & set(attributes)
        assert attributes.get("src", "data:").startswith("data:")
    assert "url(" not in text and "@import" not in text
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(images) == len(names) and all(each["alt"] for each in images)
    assert "prefers-color-scheme: dark" in text and "@media print" in text and 'name="viewport"' in text


def test_the_html_report_shows_the_numbers(drawn, report):
    folder, names = drawn
    write_html(report, folder, names)
    said = _Page((folder / "report.html").read_text(encoding="utf-8")).text
    low, high = report["accuracy_interval"]
    assert f"{100 * report['accuracy']:.1f} %" in said and f"{100 * low:.1f} to {100 * high:.1f} %" in said
    assert f"{report['roc_auc']:.3f}" in said
    for each in report["slices"]:
        assert said[said.index(each["name"]) + 1 :].count(each["description"]) == 1
    assert "TF-IDF and logistic regression, same rows" in said
    assert any(line.startswith("A score differs from the accuracy of answers with that score") for line in said)
    assert f"{100 * report['abstention'][-1]['undecided']:.1f} %" in said


def test_reviews_and_labels_cannot_break_the_html_report(report, tmp_path):
    nasty = '<img src=x onerror="alert(1)">& \u202e{{ 7 * 7 }}'
    mistakes = [report["mistakes"][0] | {"text": nasty, "true": "<b>"}]
    write_html(report | {"mistakes": mistakes, "adapter": nasty}, tmp_path, [])
    page = _Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert not [tag for tag, _ in page.tags if tag in ("img", "b")]
    assert nasty in page.text and "<b>" in page.text


def test_missing_texts_and_leaked_rows(report, tmp_path):
    bare = [{key: value for key, value in each.items() if key != "text"} for each in report["mistakes"]]
    write_html(json.loads(json.dumps(report | {"mistakes": bare, "leaked": 4, "duplicates": 3})), tmp_path, [])
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert report["mistakes"][0]["text"][:30] not in text
    assert re.search(
        r'class="mark">4 of the \d+ reviews were among the adapter\'s training rows', text.replace("&#39;", "'")
    )
    assert re.search(r">3 of the \d+ reviews repeat the text of another review", text)
