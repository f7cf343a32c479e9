"""An adapter folder with a complete report and its card."""

import shutil

import pytest
from cards import write_report
from reports import demo_report

from hf_sentiment.hub import write_card
from hf_sentiment.reports.plots import draw_pictures


@pytest.fixture(scope="module")
def report():
    return demo_report()


@pytest.fixture
def adapter(binary_adapter, report, tmp_path):
    """A tiny adapter's folder with a report that has every key, its pictures and its card."""
    folder = shutil.copytree(binary_adapter, tmp_path / "adapter")
    (folder / "README.md").unlink()
    write_report(folder, report)
    draw_pictures(report, folder / "evaluation")
    write_card(folder)
    return folder
