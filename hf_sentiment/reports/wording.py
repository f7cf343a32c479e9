"""The sentences about a report's numbers, for the card, the HTML report and the app.

Every function takes a report as in report.json. It returns an empty list if the report lacks its numbers.
"""

from typing import Any

from hf_sentiment.adapter.folder import SHIPPED
from hf_sentiment.core.target_errors import TARGET_ERRORS, rows_needed
from hf_sentiment.metrics.abstention import exceeds_target
from hf_sentiment.metrics.leakage import RowsFound
from hf_sentiment.reports.names import METRICS, TFIDF, baseline_name, metric_name, percent, percent_range, points
from hf_sentiment.reports.tables import kinds_of, slice_rows


def notes_on_rows(found: RowsFound, *, streamed: bool) -> list[str]:
    """What a reader of the numbers should know about leaked and repeated rows.

    Args:
        found: among the rows of the evaluation.
        streamed: whether the adapter was trained on a stream, which explains a missing list of training rows.
    """
    notes = []
    if found.leaked is None:
        notes.append(
            f"The adapter keeps no list of its training rows{' (it was trained on a stream)' if streamed else ''}, so "
            "these rows could not be checked for leakage."
        )
    elif found.leaked:
        leak = f"LEAKED: the adapter was trained or validated on {found.leaked} of these {found.rows} rows. "
        if found.unseen_accuracy is None:
            leak += "These numbers do not show how good it is on unseen reviews."
        else:
            leak += (
                "The numbers are better than they should be; "
                f"on the {found.rows - found.leaked} other rows the accuracy is {percent(found.unseen_accuracy)}."
            )
        notes.append(leak)
    if found.duplicates:
        notes.append(
            f"{found.duplicates} of the {found.rows} rows repeat the text of another row. They are counted separately, "
            "so the intervals are narrower than they should be."
        )
    return notes


def other_intervals(report: dict[str, Any]) -> list[str]:
    """The 95 % intervals of the metrics other than accuracy: ["macro F1 89.0 to 91.1 %", "ROC-AUC 0.951 to 0.967"]."""
    intervals = report.get("intervals") or {}
    return [f"{metric.name} {metric.interval(intervals[metric.key])}" for metric in METRICS if metric.key in intervals]


def about_rows(report: dict[str, Any]) -> list[str]:
    """The notes on the rows, and how many of them are repeated or leaked."""
    told = {
        "duplicates": "repeat the text of another review.",
        "leaked": "were among the adapter's training rows: the numbers are better than they should be.",
    }
    counts = [
        f"{report[key]:,} of the {report['rows']:,} reviews {what}" for key, what in told.items() if report.get(key)
    ]
    return [*(report.get("notes") or []), *counts]


def about_start(report: dict[str, Any]) -> list[str]:
    """What training started from, and what "before fine-tuning" is if that adapter has other labels."""
    start = report.get("starting_adapter")
    if not start:
        return []
    name, rows = start["name"], start.get("rows")
    what = f"{rows:,} labelled reviews" if rows else "reviews"
    trained = f"trained on {what} of {start['dataset']}" if start.get("dataset") else "which does not say on what"
    lines = [f"Training started from the adapter {name}, {trained}."]
    if report.get("labelled_rows") == 0:
        lines.append("This is that adapter, unchanged: only temperature and thresholds were chosen on these reviews.")
    if not start.get("labels_fit"):
        labels = f" ({', '.join(start['labels'])})" if start.get("labels") else ""
        lines.append(
            f"The labels of {name}{labels} are not those of this adapter, so the numbers before fine-tuning are those "
            "of the base model with a newly initialized head."
        )
    return lines


def about_baselines(report: dict[str, Any]) -> list[str]:
    """The accuracies of the baselines on the same reviews, in a sentence."""
    found = [
        f"{baseline_name(key)} {percent(numbers['accuracy'])}"
        for key, numbers in (report.get("baseline") or {}).items()
        if numbers.get("accuracy") is not None
    ]
    return [f"For comparison, on the same reviews: {'; '.join(found)}."] if found else []


# What an adapter is compared with, in a sentence.
_THAN = {
    "starting_adapter": "the starting adapter {starting_adapter[name]}",
    "before_fine_tuning": "the base model before fine-tuning",
    "majority_class": "the majority class",
    "tfidf_logistic_regression": TFIDF,
}


def shortfalls(report: dict[str, Any]) -> list[str]:
    """Which baselines the adapter does not beat on the same rows, and what to do about it; empty if it beats all.

    An accuracy below a baseline's is "worse" if McNemar's exact test finds the difference significant, else it is "not
    better".
    """
    lines = []
    for key, numbers in (report.get("baseline") or {}).items():
        paired = numbers.get("paired")
        if not paired or key not in _THAN or paired["difference"] > 0:
            continue
        if key == "starting_adapter" and report.get("labelled_rows") == 0:
            # It is that adapter.
            continue
        if numbers["accuracy"] == 1 and (paired["difference"] == 0 or key == "majority_class"):
            # Nothing is better than no error, nor than a class that is read off rows which all have it.
            continue
        if paired["difference"] == 0:
            size = "the same accuracy"
        else:
            low, high = (100 * bound for bound in paired["interval"])
            size = (
                f"the accuracy is {points(-paired['difference'])} lower (95 % interval of the difference {low:+.1f} to "
                f"{high:+.1f}, McNemar's exact test p = {paired['p_value']:.2g})"
            )
        verdict = "Worse" if paired["differs"] else "Not better"
        lines.append(f"{verdict} than {_THAN[key].format(**report)} on the same {report['split']} reviews: {size}.")
    return [*lines, _advice(report)] if lines else []


def _advice(report: dict[str, Any]) -> str:
    if not report.get("splits"):
        # Evaluated on reviews of which none were for training.
        return (
            "What to do: check that the labels of these reviews mean the same as the adapter's, or train an adapter "
            "on such reviews (hf-sentiment train)."
        )
    start = report.get("starting_adapter")
    if start and start["name"] in SHIPPED:
        other = "start from another adapter (--init-adapter) or from the base model"
    else:
        other = f"start from an{'other' if start else ''} adapter (--init-adapter default, for the base minilm)"
    return f"What to do: train on more labelled reviews; {other}; check the labels of the most confident errors."


def about_choices(training: dict[str, Any]) -> list[str]:
    """What was chosen on the validation reviews of a training run, whose entry in the provenance this takes."""
    name = training.get("chosen_by")
    epoch = [f"The epoch was chosen by {metric_name(name)} on the validation reviews."] if name else []
    return epoch + about_adjustment(training)


def about_adjustment(training: dict[str, Any]) -> list[str]:
    """The logit adjustment of a training run, if there was one."""
    if not (tau := training.get("logit_adjustment")):
        return []
    return [
        f"For the rare labels, the logits are lowered by {tau:g} times the log of each label's share of the training "
        "reviews (Menon et al. 2021), in the head's bias. The factor was chosen where temperature and thresholds were."
    ]


def about_calibration(report: dict[str, Any]) -> list[str]:
    """Expected calibration error, Brier score and temperature."""
    numbers = report.get("calibration") or {}
    lines = []
    if numbers.get("ece") is not None:
        before = numbers.get("ece_uncalibrated")
        lines.append(
            "A score differs from the accuracy of answers with that score by "
            f"{points(numbers['ece'])} on average (expected calibration error)"
            + (f"; before calibration, by {points(before)}." if before is not None else ".")
        )
    if numbers.get("brier") is not None:
        before = numbers.get("brier_uncalibrated")
        lines.append(
            f"Brier score {numbers['brier']:.3f}"
            + (f"; before calibration, {before:.3f}." if before is not None else ".")
        )
    if lines and numbers.get("temperature") not in (None, 1):
        lines.append(
            f"Logits are divided by a temperature of {numbers['temperature']:.2f}, fitted on {chosen_on(report)}."
        )
    return lines


def chosen_on(report: dict[str, Any]) -> str:
    """Which reviews the temperature and the thresholds were chosen on."""
    more = report.get("cross_validated_rows")
    return "validation reviews" + (f" and {more:,} training reviews, by models that had not seen them" if more else "")


def about_abstention(report: dict[str, Any]) -> list[str]:
    """The cost of a target error rate of 5 %, or of the nearest one that the report has."""
    measured = [
        each for each in report.get("abstention") or [] if each.get("error") is not None and each.get("error_interval")
    ]
    if not measured:
        return []
    each = min(measured, key=lambda each: abs(each["target_error"] - 0.05))
    return [
        f"For an error rate of at most {100 * each['target_error']:g} % (with 95 % confidence, on reviews like the "
        "validation reviews), leave reviews with a score below "
        f"{each['threshold']:.3f} undecided: {percent(each['undecided'])} of the {report['split']} reviews. Of the "
        f"rest, {percent(each['error'])} were wrong ({percent_range(each['error_interval'])})."
    ]


def missed_targets(report: dict[str, Any]) -> list[str]:
    """The target errors that the reviews of this report clearly exceed: they differ from the validation reviews."""
    above = [
        f"{100 * each['target_error']:g} % ({percent(each['error'])})"
        for each in report.get("abstention") or []
        if None not in (report.get("rows"), each.get("error"), each.get("undecided"))
        and exceeds_target(each, report["rows"])
    ]
    if not above:
        return []
    return [
        f"These {report['split']} reviews exceed the target errors of {', '.join(above)}, by more than chance: they "
        "are probably harder than the reviews that the thresholds were chosen on."
    ]


def missing_targets(report: dict[str, Any]) -> list[str]:
    """The target errors that have no threshold, and how many reviews each takes."""
    validation = (report.get("splits") or {}).get("validation")
    # Multi-label adapters have a threshold for each label instead.
    if validation is None or report.get("micro_f1") is not None or "abstention" not in report:
        return []
    there = {each["target_error"] for each in report["abstention"]}
    needed = [f"{100 * each:g} % ({rows_needed(each):,})" for each in TARGET_ERRORS if each not in there]
    if not needed:
        return []
    more = report.get("cross_validated_rows") or 0
    of_them = f", {more:,} of them by cross-validation" if more else ""
    return [
        f"No threshold for target errors of {', '.join(needed)}: in brackets the reviews that each takes, and more for "
        f"each wrong answer among them; there were {validation + more:,}{of_them} (--validation-size)."
    ]


def weak_slices(report: dict[str, Any]) -> list[str]:
    """The slices with a significantly lower accuracy than the rest, lowest first."""
    worse = [each for each in slice_rows(report) if each.get("differs") and each.get("difference", 0) < 0]
    return [
        f"{each['name']} ({each['description']}): {percent(each['accuracy'])} of {each['rows']:,} correct "
        f"({percent_range(each['interval'])}), {points(-each['difference'])} below the rest"
        for each in worse
    ]


def weak_other_datasets(report: dict[str, Any], entries: list[dict[str, Any]]) -> list[str]:
    """The other datasets whose interval is below that of the report's reviews, lowest accuracy first."""
    found = [(each["accuracy"], each["accuracy_interval"], each["name"], each["rows"]) for each in entries]
    for each in entries:
        found += [
            (kind["accuracy"], kind["interval"], f"{each['name']}, {kind['name']}", kind["rows"])
            for kind in kinds_of(each)
        ]
    return [
        f"{name}: {percent(accuracy)} of {rows:,} correct ({percent_range(interval)}), "
        f"{points(report['accuracy'] - accuracy)} below the {report['split']} reviews"
        for accuracy, interval, name, rows in sorted(found)
        if interval[1] < report["accuracy_interval"][0]
    ]


def is_unseen(report: dict[str, Any]) -> bool:
    """Whether the adapter is known not to have been trained on these reviews, or the run that trained it held them out.

    Args:
        report: of these reviews, or the entry of another dataset.
    """
    leaked = report.get("leaked")
    return leaked == 0 or (leaked is None and bool(report.get("splits")))


def about_other_datasets(entries: list[dict[str, Any]]) -> list[str]:
    """How many rows of other datasets were among the training rows."""
    return [
        f"{each['leaked']:,} of the {each['rows']:,} reviews of {each['name']} were among the adapter's training rows."
        for each in entries
        if each.get("leaked")
    ]
