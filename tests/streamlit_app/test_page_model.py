"""The page about the adapter: its report, choosing another one."""

import html
import json
import re
import shutil

import pytest
from app_pages import shown, words

import hf_sentiment
from hf_sentiment.reports.tables import Table
from hf_sentiment.streamlit_app import report
from hf_sentiment.streamlit_app.html_table import html_table


def table_rows(drawn):
    """The cells of each table of a page, by the table's name."""
    return {
        html.unescape(name): [
            [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
            for row in re.findall(r"<tr>(.*?)</tr>", rows)
        ]
        for name, rows in re.findall(r'<table class="wide" aria-label="(.*?)">(.*?)</table>', drawn)
    }


def test_the_model_page_shows_the_reports_numbers(started):
    page = started("page_model")
    assert not page.exception
    shipped = json.loads((hf_sentiment.load().adapter.folder / "evaluation" / "report.json").read_text())
    assert page.metric[0].value == f"{100 * shipped['accuracy']:.1f} %"
    tables = table_rows(shown(page))
    assert ["Base", "sentence-transformers/all-MiniLM-L6-v2"] in tables["Facts"]
    assert [row[0] for row in tables["Precision, recall and F1 of each label"][1:]] == ["Negative", "Positive"]
    assert "Yelp" in [row[0] for row in tables["Accuracy on other datasets"]]
    kinds = [row for row in shipped["slices"] if row["rows"] >= 30]
    assert len(kinds) < len(shipped["slices"]), "one of the kinds has too few reviews"
    rows = [int(row[2].replace(",", "")) for row in tables["Accuracy by kind of review, most frequent first"][1:]]
    assert rows == sorted((row["rows"] for row in kinds), reverse=True)


def test_another_adapter_is_chosen_kept_and_left(started, binary_adapter, hub):
    page = started("page_model")
    page.text_input(key="adapter").set_value("no/such")
    use = next(each for each in page.button if each.label == "Use this adapter")
    use.click().run()
    assert "There is no adapter 'no/such'" in words(page.error[0].value) and not page.exception
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
        {"name": "negation", "rows": 90, "accuracy": 0.8, "interval": [0.7, 0.87], "differs": True},
        {"name": "contrast", "rows": 29, "accuracy": 0.7, "interval": [0.5, 0.8], "differs": True},
    ]
    full = numbers | {
        "roc_auc": 0.961,
        "intervals": {"roc_auc": [0.95, 0.97]},
        "slices": slices,
    }
    assert report.headlines(full)[0] == ("Accuracy", "90.0 %", "88.0 to 92.0 %")
    assert report.headlines(full)[2] == ("ROC-AUC", "0.961", "0.950 to 0.970")
    assert report.slices(full).rows == [
        ["negation", "-", "90", "80.0 %", "70.0 to 87.0 %", "yes"],
        ["short", "of ten words or fewer", "50", "95.0 %", "90.0 to 97.0 %", "no"],
    ]


def test_a_tables_cells_are_text():
    drawn = html_table(Table(["<i>", "b"], [["<b>x", "&"]]), 'a "name"')
    assert "<i>" not in drawn and "<b>" not in drawn
    assert table_rows(drawn) == {'a "name"': [["<i>", "b"], ["<b>x", "&"]]}


def test_a_report_of_another_make_is_left_out(started, binary_adapter, tmp_path):
    folder = shutil.copytree(binary_adapter, tmp_path / "adapter")
    (folder / "evaluation" / "report.json").write_text('{"accuracy": "high", "per_class": [], "slices": [{}]}')
    page = started("page_model", "--adapter", str(folder))
    assert not page.exception and len(page.info) == 4
    (folder / "evaluation" / "report.json").write_text("nothing")
    assert "has no report" in started("page_model", "--adapter", str(folder)).info[0].value
