"""A report's numbers in words and in rows of tables, for the card and the HTML report alike.

Every function takes a report as in report.json, and gives nothing where the report lacks the numbers.
"""

BASELINES = {
    "before_fine_tuning": "before fine-tuning",
    "majority_class": "always the commonest label",
    "tfidf_logistic_regression": "TF-IDF and logistic regression, same rows",
}
# key of the report, heading, whether it is a share
NUMBERS = (
    ("accuracy", "accuracy", True),
    ("macro_f1", "macro F1", True),
    ("micro_f1", "micro F1", True),
    ("roc_auc", "ROC-AUC", False),
    ("matthews", "Matthews", False),
)


def percent(share: float) -> str:
    """0.9012 as "90.1 %"."""
    return f"{100 * share:.1f} %"


def percents(interval: list[float]) -> str:
    """[0.89, 0.911] as "89.0 to 91.1 %"."""
    return f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f} %"


def comparison(report: dict) -> tuple[list[str], list[list[str]]]:
    """The headings and rows of a table: this adapter, and what it is better than."""
    named = [("this adapter", report)]
    named += [(BASELINES.get(name, name.replace("_", " ")), each) for name, each in report.get("baseline", {}).items()]
    there = [number for number in NUMBERS if report.get(number[0]) is not None]
    headings = ["", "accuracy", "95 % interval", *(heading for _, heading, _ in there[1:])]
    rows = []
    for name, numbers in named:
        shown = [_number(numbers.get(key), share) for key, _, share in there]
        rows.append([name, shown[0], percents(numbers["accuracy_interval"]), *shown[1:]])
    return headings, rows


def other_intervals(report: dict) -> list[str]:
    """The 95 % intervals of the numbers beside accuracy: ["macro F1 89.0 to 91.1 %", "ROC-AUC 0.951 to 0.967"]."""
    found = []
    for key, heading, share in NUMBERS:
        if interval := (report.get("intervals") or {}).get(key):
            found.append(f"{heading} {percents(interval) if share else f'{interval[0]:.3f} to {interval[1]:.3f}'}")
    return found


def about_rows(report: dict) -> list[str]:
    """What to know of the rows: notes, duplicates, rows that were in training."""
    said = list(report.get("notes") or [])
    if report.get("duplicates"):
        said.append(f"{report['duplicates']:,} of the {report['rows']:,} reviews stand there more than once.")
    if report.get("leaked"):
        said.append(
            f"{report['leaked']:,} of the {report['rows']:,} reviews were among the adapter's training rows: the "
            "numbers are better than they should be."
        )
    return said


def about_calibration(report: dict) -> list[str]:
    """What a score is worth."""
    numbers = report.get("calibration") or {}
    said = []
    if numbers.get("ece") is not None:
        before = numbers.get("ece_uncalibrated")
        said.append(
            f"A score differs from the share of right answers at that score by {100 * numbers['ece']:.1f} points on "
            "average (expected calibration error)"
            + (f"; by {100 * before:.1f} before calibration." if before is not None else ".")
        )
    if numbers.get("brier") is not None:
        before = numbers.get("brier_uncalibrated")
        said.append(f"Brier score {numbers['brier']:.3f}" + (f", {before:.3f} before." if before is not None else "."))
    if said and numbers.get("temperature") not in (None, 1):
        said.append(f"Logits are divided by the temperature {numbers['temperature']:.2f}, chosen on validation rows.")
    return said


def abstention_table(report: dict) -> tuple[list[str], list[list[str]]] | None:
    """The headings and rows of a table: what it costs to be wrong less often."""
    if not report.get("abstention"):
        return None
    headings = ["wrong at most", "undecided below", "left undecided", "wrong among the rest", "95 % interval"]
    rows = [
        [
            f"{100 * each['target_error']:g} %",
            f"{each['threshold']:.3f}" if each.get("threshold") is not None else "-",
            percent(each["undecided"]),
            percent(each["error"]) if each.get("error") is not None else "-",
            percents(each["error_interval"]) if each.get("error_interval") else "-",
        ]
        for each in report["abstention"]
    ]
    return headings, rows


def about_abstention(report: dict) -> list[str]:
    """What it costs to be wrong at most once in twenty, or as close to that as the report has it."""
    table = [
        each for each in report.get("abstention") or [] if each.get("error") is not None and each.get("error_interval")
    ]
    if not table:
        return []
    each = min(table, key=lambda each: abs(each["target_error"] - 0.05))
    return [
        f"To be wrong on about {100 * each['target_error']:g} % of the answers and no more, leave what scores below "
        f"{each['threshold']:.3f} undecided: {percent(each['undecided'])} of the reviews. Of the rest, "
        f"{percent(each['error'])} were wrong ({percents(each['error_interval'])})."
    ]


def weak_spots(report: dict) -> list[str]:
    """The kinds of review on which it errs more than on the rest, beyond chance; the worst first."""
    worse = [each for each in report.get("slices") or [] if each.get("differs") and each.get("difference", 0) < 0]
    return [
        f"{each['name']} ({each['description']}): {percent(each['accuracy'])} of {each['rows']:,} right "
        f"({percents(each['interval'])}), {-100 * each['difference']:.1f} points fewer than of the rest"
        for each in sorted(worse, key=lambda each: each["accuracy"])
    ]


def elsewhere_table(entries: list[dict]) -> tuple[list[str], list[list[str]]]:
    """The headings and rows of a table: other reviews, and the kinds they were sliced into."""
    headings = ["reviews", "how many", "accuracy", "95 % interval", "macro F1", "always the commonest label"]
    rows = []
    for each in entries:
        shares = [percent(each["accuracy"]), percents(each["accuracy_interval"])]
        rows.append([each["name"], f"{each['rows']:,}", *shares, percent(each["macro_f1"]), percent(each["majority"])])
        for kind in each["kinds"]:
            shares = [percent(kind["accuracy"]), percents(kind["interval"])]
            rows.append([f"{each['name']}, {kind['name']}", f"{kind['rows']:,}", *shares, "-", "-"])
    return headings, rows


def weak_elsewhere(report: dict, entries: list[dict]) -> list[str]:
    """The other reviews on which it errs more than on its test reviews, beyond chance; the worst first."""
    found = [(each["accuracy"], each["accuracy_interval"], each["name"], each["rows"]) for each in entries]
    for each in entries:
        found += [
            (kind["accuracy"], kind["interval"], f"{each['name']}, {kind['name']}", kind["rows"])
            for kind in each["kinds"]
        ]
    return [
        f"{name}: {percent(accuracy)} of {rows:,} right ({percents(interval)}), "
        f"{100 * (report['accuracy'] - accuracy):.1f} points fewer than of its test reviews"
        for accuracy, interval, name, rows in sorted(found)
        if interval[1] < report["accuracy_interval"][0]
    ]


def about_elsewhere(entries: list[dict]) -> list[str]:
    """What to know of other reviews: those that were in training."""
    return [
        f"{each['leaked']:,} of the {each['rows']:,} reviews of {each['name']} were among the adapter's training rows."
        for each in entries
        if each.get("leaked")
    ]


def _number(value: float | None, share: bool) -> str:
    if value is None:
        return "-"
    return percent(value) if share else f"{value:.3f}"
