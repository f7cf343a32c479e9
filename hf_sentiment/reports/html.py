"""report.html: a whole report in one file that opens anywhere, with no network and no scripts."""

import base64
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment

from hf_sentiment.reports import wording as words

TEMPLATE = files("hf_sentiment.reports") / "report_template.html"
CAPTIONS = {
    "confusion_matrix.png": "Confusion matrix: true labels in rows, answers in columns.",
    "reliability.png": "Calibration: how often answers of a score are right, and how many answers have it.",
    "slices.png": "Accuracy by kind of review, beside that of all.",
    "scores.png": "How sure the right and the wrong answers were.",
}


def write_html(report: dict, folder: str | Path, pictures: list[str]) -> None:
    """Write report.html beside report.json.

    Args:
        report: as in report.json.
        folder: where it goes, and where the pictures lie.
        pictures: file names, in the order in which they are shown.
    """
    # Reviews and label names come from anywhere: all of it is escaped.
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"percent": words.percent, "percents": words.percents}
    figures = [(CAPTIONS[name], _data_uri(Path(folder) / name)) for name in pictures]
    text = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        report=report, words=words, figures=figures
    )
    (Path(folder) / "report.html").write_text(text.rstrip() + "\n", encoding="utf-8")


def _data_uri(picture: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()}"
