"""The sentences about a report's numbers, made from its fields."""

from hf_sentiment.reports.wording import missed_targets, missing_targets, shortfalls

LOST = {"difference": -0.1, "interval": [-0.15, -0.05], "p_value": 0.0004, "differs": True}
EVEN = {"difference": -0.01, "interval": [-0.04, 0.02], "p_value": 0.6, "differs": False}
WON = {"difference": 0.1, "interval": [0.05, 0.15], "p_value": 0.0004, "differs": True}


def told(paired: dict, key: str = "majority_class", **more) -> list[str]:
    return shortfalls({"split": "test", "baseline": {key: {"accuracy": 0.8, "paired": paired}}, **more})


def test_worse_is_significant_and_not_better_is_not():
    assert told(LOST)[0] == (
        "Worse than the majority class on the same test reviews: the accuracy is 10.0 points lower "
        "(95 % interval of the difference -15.0 to -5.0, McNemar's exact test p = 0.0004)."
    )
    assert told(EVEN)[0].startswith("Not better than the majority class on the same test reviews: the accuracy is 1.0")
    # An adapter that always answers with the majority class.
    same = EVEN | {"difference": 0.0, "p_value": 1.0}
    assert told(same)[0].endswith("test reviews: the same accuracy.")
    perfect = {"majority_class": {"accuracy": 1.0, "paired": same}}
    assert shortfalls({"split": "test", "baseline": perfect}) == []
    assert told(WON) == [] and shortfalls({"split": "test", "baseline": {"majority_class": {"accuracy": 0.8}}}) == []


def test_the_advice_fits_the_run():
    run = {"splits": {"train": 100}}
    assert "start from an adapter (--init-adapter default, " in told(LOST, **run)[-1]
    default = run | {"starting_adapter": {"name": "default", "labels_fit": True}}
    lines = told(LOST, "starting_adapter", **default)
    assert lines[0].startswith("Worse than the starting adapter default on") and "start from another" in lines[-1]
    # Without a run there is nothing to train anew.
    assert "check that the labels of these reviews mean the same" in told(LOST)[-1]


def test_targets_without_a_threshold_say_what_they_take():
    five = {"target_error": 0.05, "error": 0.08, "undecided": 0.0}
    report = {"split": "test", "rows": 500, "splits": {"validation": 100}, "abstention": [five]}
    (line,) = missing_targets(report)
    assert "target errors of 1 % (299), 2 % (149), 10 % (29): " in line and "there were 100 (--validation-size)" in line
    assert missed_targets(report)[0].startswith("These test reviews exceed the target errors of 5 % (8.0 %), by ")
    # Multi-label adapters have other thresholds; without a run, nobody can be asked for more rows.
    assert missing_targets(report | {"micro_f1": 0.5}) == missing_targets({"abstention": []}) == []
    assert missed_targets(report | {"rows": 100}) == []


def test_one_wrong_answer_of_few_is_no_sign_of_harder_reviews():
    few = {"target_error": 0.01, "error": 1 / 17, "undecided": 0.15}
    assert missed_targets({"split": "test", "rows": 20, "abstention": [few]}) == []


def test_rows_of_one_label_are_not_compared_with_a_class_read_off_them():
    lost = {"majority_class": {"accuracy": 1.0, "paired": LOST}}
    assert shortfalls({"split": "test", "baseline": lost}) == []
