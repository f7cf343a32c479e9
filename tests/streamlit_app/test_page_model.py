"""The page about the adapter: its report, choosing another one, comparing two."""

import json
import shutil

import pytest
from app_pages import shown, words

import hf_sentiment
from hf_sentiment.streamlit_app import report


def test_the_model_page_shows_the_reports_numbers(started):
    page = started("page_model")
    assert not page.exception
    shipped = json.loads((hf_sentiment.load().adapter.folder / "evaluation" / "report.json").read_text())
    assert page.metric[0].value == f"{100 * shipped['accuracy']:.1f} %"
    tables = [each.value for each in page.table]
    assert "sentence-transformers/all-MiniLM-L6-v2" in words(tables[0].to_string())
    assert list(tables[2]["label"]) == ["Negative", "Positive"]
    assert "Yelp" in list(tables[-1]["dataset"])


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
    assert report.headlines(full)[0] == ("Accuracy", "90.0 %", "88.0 to 92.0 %")
    assert report.headlines(full)[2] == ("ROC-AUC", "0.961", "0.950 to 0.970")
    assert report.baselines(full)[""].tolist() == ["this adapter", "TF-IDF and logistic regression, same rows"]
    assert report.slices(full)["kind of review"].tolist() == ["contrast", "of ten words or fewer"]
    assert report.slices(full)["significant difference"].tolist() == ["yes", "no"]
    assert report.abstention(full)["error among the rest"].tolist() == ["4.5 %"]
    assert report.calibration(full) == "Expected calibration error 1.2 %, 5.1 % before calibration."


def test_a_report_of_another_make_is_left_out(started, binary_adapter, tmp_path):
    folder = shutil.copytree(binary_adapter, tmp_path / "adapter")
    (folder / "evaluation" / "report.json").write_text('{"accuracy": "high", "per_class": [], "slices": [{}]}')
    page = started("page_model", "--adapter", str(folder))
    assert not page.exception and len(page.info) == 2
    (folder / "evaluation" / "report.json").write_text("nothing")
    assert "has no report" in started("page_model", "--adapter", str(folder)).info[0].value
