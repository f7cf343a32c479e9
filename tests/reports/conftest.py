import pytest
from reports import demo_report

from hf_sentiment.reports.html import write_html
from hf_sentiment.reports.plots import draw_pictures


@pytest.fixture(scope="module")
def report():
    return demo_report()


@pytest.fixture(scope="module")
def drawn(report, tmp_path_factory):
    """The folder of the report's pictures, and their names."""
    folder = tmp_path_factory.mktemp("pictures")
    return folder, draw_pictures(report, folder)


@pytest.fixture
def page_of(tmp_path):
    """A function that writes the page of a report and returns its text."""

    def write(report):
        write_html(report, tmp_path)
        return (tmp_path / "report.html").read_text(encoding="utf-8")

    return write
