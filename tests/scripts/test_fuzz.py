"""The fuzzers: each of them runs, and tells what it finds."""

from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def fuzz(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    import fuzz

    return fuzz


NAMES = ["sentiment_config", "adapter_config", "card", "csv", "tsv", "jsonl", "json"]


@pytest.mark.parametrize("name", NAMES)
def test_every_target_takes_damaged_files(fuzz, name):
    assert list(fuzz.TARGETS) == NAMES
    fuzz.fuzz(name, examples=20, number=0)


def test_a_find_is_told_with_its_smallest_file(fuzz, monkeypatch, capsys):
    def faulty(content):
        if b"lovely" not in content:
            raise KeyError("a fault")

    monkeypatch.setitem(fuzz.TARGETS, "csv", (faulty, fuzz.TARGETS["csv"][1]))
    assert fuzz.main(["csv", "--seconds", "0.01"]) == 1
    told = capsys.readouterr().err
    assert "KeyError: 'a fault'" in told and "content=" in told
