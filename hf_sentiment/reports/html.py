"""report.html: the whole report in one file, which opens without network and scripts."""

import base64
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment

from hf_sentiment.reports import names, tables, wording

HTML = "report.html"
TEMPLATE = files("hf_sentiment.reports") / "report_template.html"


def write_html(report: dict[str, Any], folder: str | Path, pictures: list[str]) -> None:
    """Write report.html beside report.json.

    Args:
        report: as in report.json.
        folder: where the file goes, and where the pictures are.
        pictures: their file names, in the order in which they are shown.
    """
    # Reviews and label names come from untrusted sources, so everything is escaped.
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"percent": names.percent, "percent_range": names.percent_range}
    figures = [(names.CAPTIONS[name], _data_uri(Path(folder) / name)) for name in pictures]
    text = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        report=report,
        headlines=[metric for metric in names.METRICS if report.get(metric.key) is not None],
        tables=tables,
        wording=wording,
        figures=figures,
    )
    (Path(folder) / HTML).write_text(text.rstrip() + "\n", encoding="utf-8")


def _data_uri(picture: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()}"
