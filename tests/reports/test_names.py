"""Display names and number formats."""

from reports import demo_report

from hf_sentiment.reports import names
from hf_sentiment.reports.tables import comparison_table, other_datasets_table


def test_shares_and_other_metrics_have_their_format():
    assert names.percent(0.9012) == "90.1 %" and names.percent_range([0.89, 0.911]) == "89.0 to 91.1 %"
    assert names.percent(None) == names.percent_range(None) == names.ACCURACY.number(None) == "-"
    auc = next(metric for metric in names.METRICS if metric.key == "roc_auc")
    assert (auc.number(0.9617), auc.interval([0.951, 0.967])) == ("0.962", "0.951 to 0.967")


def test_baselines_and_metrics_have_one_name_in_every_table():
    headings, rows = comparison_table(demo_report())
    assert headings == ["", "accuracy", "95 % interval", "macro F1", "ROC-AUC", "Matthews correlation"]
    assert [row[0] for row in rows] == [
        "this adapter",
        "majority class",
        "TF-IDF and logistic regression, same rows",
    ]
    assert other_datasets_table([]).headings[-1] == "majority class"
