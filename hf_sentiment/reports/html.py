"""report.html: the whole report in one file, which opens without network."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment

from hf_sentiment.files.whole_file import whole_file
from hf_sentiment.reports import names, tables, wording
from hf_sentiment.reports.plots import draw_figures, has_matrix
from hf_sentiment.reports.style import error_shade

HTML = "report.html"
PARTS = files("hf_sentiment.reports")
# With fewer labels than this beside each other, the matrix fits a phone.
WIDE_MATRIX = 3


def write_html(report: dict[str, Any], folder: str | Path) -> None:
    """Write report.html beside report.json.

    The page follows the light or dark colours of its reader. Its one script, for the threshold slider, asks for
    nothing; without scripts the page lacks the slider only.

    Args:
        report: as in report.json.
        folder: where the file goes.
    """
    # Reviews and label names come from untrusted sources, so everything is escaped but our own pictures.
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"percent": names.percent, "percent_range": names.percent_range, "points": names.points}
    text = environment.from_string(_part("report_template.html")).render(
        report=report,
        headlines=[metric for metric in names.METRICS if report.get(metric.key) is not None],
        tables=tables,
        wording=wording,
        style=_part("report.css"),
        script=_part("threshold.js"),
        shade=error_shade,
        matrix=_shares(report) if has_matrix(report) else [],
        wide_matrix=len(report["labels"]) > WIDE_MATRIX,
        slices=tables.slice_rows(report),
        figures=draw_figures(report),
        multi_label=tables.is_multi_label(report),
    )
    with whole_file(Path(folder) / HTML) as file:
        file.write((text.rstrip() + "\n").encode())


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


def _shares(report: dict[str, Any]) -> list[list[tuple[int, float]]]:
    """The rows of the confusion matrix, each count with its share of its row."""
    return [[(count, count / max(sum(row), 1)) for count in row] for row in report["confusion_matrix"]]
