"""Display names and number formats."""

from reports import demo_report

from hf_sentiment.reports import names
from hf_sentiment.reports.tables import comparison_table, labelled_rows, other_datasets_table


def test_shares_and_other_metrics_have_their_format():
    assert names.percent(0.9012) == "90.1 %" and names.percent_range([0.89, 0.911]) == "89.0 to 91.1 %"
    assert names.percent(None) == names.percent_range(None) == names.ACCURACY.number(None) == "-"
    auc = next(metric for metric in names.METRICS if metric.key == "roc_auc")
    assert (auc.number(0.9617), auc.interval([0.951, 0.967])) == ("0.962", "0.951 to 0.967")


def test_baselines_and_metrics_have_one_name_in_every_table():
    headings, rows = comparison_table(demo_report())
    metrics = ["accuracy", "95 % interval", "macro F1", "ROC-AUC", "Matthews correlation"]
    assert headings == ["", *metrics, "labelled reviews seen"]
    assert [row[0] for row in rows] == [
        "this adapter",
        "majority class",
        "TF-IDF and logistic regression, same rows",
    ]
    assert other_datasets_table([]).headings[-1] == "majority class"


def test_the_rows_of_the_starting_adapter_are_counted():
    assert labelled_rows({"labelled_rows": 3000}) == "3,000" and labelled_rows({}) == "-"
    start = {"name": "default", "rows": 36375}
    assert (
        labelled_rows({"labelled_rows": 3000, "starting_adapter": start})
        == "3,000, after 36,375 of its starting adapter"
    )
    unknown = {"labelled_rows": 3000, "starting_adapter": {"name": "a/b", "rows": None}}
    assert labelled_rows(unknown) == "3,000, after an unknown number of its starting adapter"
