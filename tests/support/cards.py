"""Helpers for tests of model cards: write a folder's report, read its card, edit it."""

import json
from pathlib import Path
from typing import Any


def write_report(folder: Path, report: dict[str, Any]) -> None:
    """Replace a folder's evaluation/report.json."""
    (folder / "evaluation" / "report.json").write_text(json.dumps(report), encoding="utf-8")


def card_text(folder: Path) -> str:
    """The text of a folder's card."""
    return (folder / "README.md").read_text(encoding="utf-8")


def edit_card(folder: Path, *changes: tuple[str, str]) -> None:
    """Replace old text with new text in a folder's card; each old text must be in it."""
    text = card_text(folder)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "README.md").write_text(text, encoding="utf-8")
