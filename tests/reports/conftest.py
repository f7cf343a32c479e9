import pytest
from reports import demo_report

from hf_sentiment.reports.plots import draw_pictures


@pytest.fixture(scope="module")
def report():
    return demo_report()


@pytest.fixture(scope="module")
def drawn(report, tmp_path_factory):
    """The folder of the report's pictures, and their names."""
    folder = tmp_path_factory.mktemp("pictures")
    return folder, draw_pictures(report, folder)
