"""The table and the picture of learning_curve.py, from its runs."""

import csv
import io
import statistics
from pathlib import Path

from learning_curve_systems import ADAPTERS

from hf_sentiment.errors import SentimentError
from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.reports.names import TFIDF, percent, percent_range
from hf_sentiment.reports.style import MAIN, MARKED, QUIET, paper

NAMES = {
    "minilm": "{recipe}",
    "minilm-warm": "{recipe}",
    "tfidf": TFIDF,
    "setfit": "SetFit, {steps} steps",
}
# SetFit's own value for as many steps as its pairs take.
UNBOUNDED = -1
# Colour, marker, the marker as a character, and line style; shapes distinguish all four without colour.
LOOKS = {
    "minilm": (MAIN, "o", "●", "-"),
    "minilm-warm": (MAIN, "D", "◆", "--"),
    "tfidf": (QUIET, "^", "▲", "-."),
    "setfit": (MARKED, "s", "■", ":"),
}
# The share of the picture's height that a line of text needs.
LABEL_ROOM = 0.05


def write_report(runs: list[dict], order: list[str], folder: Path) -> str:
    """Write table.md, table.csv and curve.png, and return the table.

    Args:
        runs: as in runs.jsonl.
        order: the systems in the order of the columns.
        folder: where the files go.

    Raises:
        SentimentError: there are no runs.
    """
    if not runs:
        raise SentimentError("There are no runs to show: give --systems one that can run.")
    points = summarise(runs, order)
    text = markdown(points)
    (folder / "table.md").write_text(text + "\n", encoding="utf-8")
    (folder / "table.csv").write_text(table_csv(points), encoding="utf-8")
    draw(points, folder / "curve.png")
    return text


def _name(system: str, settings: dict) -> str:
    if settings.get("steps") == UNBOUNDED:
        return "SetFit, its own defaults"
    return NAMES[system].format(**settings)


def summarise(runs: list[dict], order: list[str]) -> list[dict]:
    """Summarise the seeds of each system and size in one row.

    The interval is the Wilson interval of a single run with the mean accuracy. Pooling the seeds would make it too
    narrow: they are scored on the same test rows, so a hard test set is hard for all of them.
    """
    groups: dict[tuple[str, int], list[dict]] = {}
    for run in sorted(runs, key=lambda run: (order.index(run["system"]), run["size"], run["seed"])):
        groups.setdefault((run["system"], run["size"]), []).append(run)
    points = []
    for (system, size), group in groups.items():
        accuracies = [run["accuracy"] for run in group]
        mean, rows = statistics.mean(accuracies), group[0]["test_rows"]
        low, high = wilson_interval(round(mean * rows), rows)
        points.append(
            {
                "system": system,
                "name": _name(system, group[0]["settings"]),
                "size": size,
                "seeds": len(group),
                "accuracy": mean,
                "lowest": min(accuracies),
                "highest": max(accuracies),
                "single_run_low": low,
                "single_run_high": high,
                "test_rows": rows,
                "seconds": statistics.mean(run["seconds"] for run in group),
                "accuracies": accuracies,
            }
        )
    return points


def markdown(points: list[dict]) -> str:
    """A Markdown table with a row for each size and a column for each system, and an explanation of the numbers."""
    names = list(dict.fromkeys(point["name"] for point in points))
    cells = {(point["name"], point["size"]): _cell(point) for point in points}
    lines = [f"| training reviews | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for size in sorted({point["size"] for point in points}):
        lines.append(f"| {size:,} | {' | '.join(cells.get((name, size), '-') for name in names)} |")
    rows = " or ".join(f"{count:,}" for count in sorted({point["test_rows"] for point in points}))
    meaning = f"Accuracy on {rows} test reviews. One seed: accuracy with its 95 % Wilson interval."
    if any(point["seeds"] > 1 for point in points):
        meaning += (
            " Several seeds: their mean accuracy, ± half the 95 % Wilson interval of a single run (seeds are scored on "
            "the same test reviews and do not make it narrower), and the lowest and highest seed."
        )
    if ours := {point["name"]: None for point in points if point["system"] in ADAPTERS}:
        meaning += (
            f" The epoch of {' and of '.join(ours)} is chosen on additional validation reviews, at most a quarter of "
            "the number of training reviews."
        )
    return "\n".join([*lines, "", meaning])


def _cell(point: dict) -> str:
    low, high = point["single_run_low"], point["single_run_high"]
    if point["seeds"] == 1:
        return f"{percent(point['accuracy'])} ({percent_range([low, high])})"
    span = percent_range([point["lowest"], point["highest"]])
    return f"{percent(point['accuracy'])} ± {50 * (high - low):.1f} ({point['seeds']} seeds: {span})"


def table_csv(points: list[dict]) -> str:
    """A row for each system and size; shares are between 0 and 1, seconds are the mean of the runs."""
    file = io.StringIO()
    writer = csv.DictWriter(file, [key for key in points[0] if key != "accuracies"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(points)
    return file.getvalue()


def draw(points: list[dict], path: Path) -> None:
    """Draw accuracy by training reviews: a point for each seed, a line through the means, a band for a single run."""
    systems = {point["system"]: [each for each in points if each["system"] == point["system"]] for point in points}
    with paper(path, 8.4, 5) as axes:
        for system, line in systems.items():
            colour, marker, _, style = LOOKS[system]
            sizes = [point["size"] for point in line]
            axes.fill_between(
                sizes,
                [point["single_run_low"] for point in line],
                [point["single_run_high"] for point in line],
                color=colour,
                alpha=0.12,
                linewidth=0,
            )
            axes.plot(sizes, [point["accuracy"] for point in line], style, color=colour, linewidth=1.8)
            seeds = [(point["size"], accuracy) for point in line for accuracy in point["accuracies"]]
            axes.scatter(*zip(*seeds, strict=True), marker=marker, s=26, color=colour, edgecolors="white", zorder=3)
        axes.set_xscale("log")
        ticks = sorted({point["size"] for point in points})
        axes.set_xticks(ticks, [f"{size:,}" for size in ticks])
        axes.set_xticks([], minor=True)
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        axes.grid(axis="y")
        axes.set_xlabel("training reviews")
        axes.set_ylabel("accuracy on the test reviews")
        axes.set_title("Accuracy by labelled reviews: a point for each seed, a band for one run's 95 % interval")
        _label_ends(axes, systems)


def _label_ends(axes, systems: dict[str, list[dict]]) -> None:
    """Name each line at its end, and separate names that would overlap."""
    low, high = axes.get_ylim()
    taken: dict[int, float] = {}
    for system, line in sorted(systems.items(), key=lambda each: each[1][-1]["accuracy"]):
        end = line[-1]
        place = max(end["accuracy"], taken.get(end["size"], low) + LABEL_ROOM * (high - low))
        taken[end["size"]] = place
        colour, _, mark, _ = LOOKS[system]
        weight = "bold" if colour == MAIN else "normal"
        axes.text(end["size"], place, f"   {mark} {end['name']}", color=colour, va="center", fontweight=weight)
