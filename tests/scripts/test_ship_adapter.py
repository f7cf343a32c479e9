"""The script that makes the shipped adapters, as far as it goes without training."""

import json
import shutil
from pathlib import Path

import pytest

from hf_sentiment.adapter.folder import SHIPPED
from hf_sentiment.adapter.manifest import check_manifest
from hf_sentiment.core.config import SentimentConfig

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    import ship_adapter

    return ship_adapter


@pytest.mark.parametrize("name", SHIPPED)
def test_the_training_files_add_up_to_the_rows(script, name):
    provenance = SentimentConfig.load(SHIPPED[name]).provenance
    files = script.PLANS[name].mix.files(provenance["rows"]["train"])
    assert provenance["sources"] == files
    # Amazon Polarity's part is what the others leave: nine tenths of its training split, the same for both adapters.
    assert "8,990 rows for training" in files[0]["what"]


def test_report_and_card_are_written_again_without_training(script, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(SHIPPED["accurate"], tmp_path / "accurate"))
    monkeypatch.setitem(script.SHIPPED, "accurate", folder)
    config = SentimentConfig.load(folder)
    sources = config.provenance.pop("sources")
    config.save(folder)
    (folder / "README.md").write_text("# old\n")
    script.write_again("accurate", None, None)
    assert SentimentConfig.load(folder).provenance["sources"] == sources
    check_manifest(folder)
    for name in ("README.md", "sentiment_config.json", "evaluation/report.json"):
        assert (folder / name).read_text() == (SHIPPED["accurate"] / name).read_text()
    assert 'hf_sentiment.load("accurate")' in (folder / "README.md").read_text()
    assert sorted(path.name for path in (folder / "evaluation").iterdir()) == ["other_datasets.json", "report.json"]
    assert json.loads((folder / "evaluation" / "report.json").read_text())["adapter"] == "accurate"
