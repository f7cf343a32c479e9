"""The model card: data gathered from the adapter folder, rendered once, after everything else is written.

Trainer and PEFT both write a README.md of their own; this card replaces it.
"""

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCardData
from jinja2 import Environment, StrictUndefined

from hf_sentiment.adapter.folder import ADAPTER_CONFIG, SHIPPED
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.hub.edits import REPO_PLACEHOLDER, keep_edits, sign
from hf_sentiment.hub.markdown import code, escape, render_table
from hf_sentiment.hub.metadata import card_metadata, card_title, check_card
from hf_sentiment.hub.reproduce import evaluate_command
from hf_sentiment.install import pip_install
from hf_sentiment.reports import names, tables, wording
from hf_sentiment.reports.html import HTML
from hf_sentiment.reports.other_datasets import add_other_dataset, read_other_datasets
from hf_sentiment.reports.report import EvaluationReport
from hf_sentiment.reviews.fingerprints import FILE_NAME as TRAINING_ROWS

TEMPLATE = files("hf_sentiment.model_card") / "template.md"
# Kinds of review and datasets that the first screen names; the tables below have all of them.
MOST_LIMITS = 3


@dataclass
class AdapterCard:
    """Everything that a card shows.

    Attributes:
        title: its heading.
        metadata: its front matter.
        report: as in evaluation/report.json.
        pictures: file names of the pictures beside the report.
        labels: in the order of the head's outputs.
        multi_label: whether a review can have several labels.
        max_length: the window in tokens.
        base: id and revision or SHA-256 of the base model.
        lora: adapter_config.json.
        arguments: of the training run; empty for an adapter that was not trained with this package.
        dataset: what it was trained on.
        splits: labelled rows of the training, validation and test split.
        versions: of the packages that trained it.
        other_datasets: its numbers on other datasets, see `hf_sentiment.reports.other_datasets`.
        training: `seconds` and `device` of the training run; empty if they are unknown.
        sources: the files that it was trained on, `name` and `what` of each; empty if only `dataset` is known.
        has_page: whether evaluation/report.html is there.
        lists_rows: whether the fingerprints of its training rows are there.
        train_command: the command that trains it again.
        evaluate_command: the command that evaluates it again; None if `evaluate` cannot load the same rows.
        repo: a placeholder until `publish` knows the repository; the name of a shipped adapter.
    """

    title: str
    metadata: ModelCardData
    report: dict[str, Any]
    pictures: list[str]
    labels: list[str]
    multi_label: bool
    max_length: int
    base: dict[str, Any]
    lora: dict[str, Any]
    arguments: dict[str, Any]
    dataset: str
    splits: dict[str, int]
    versions: dict[str, str]
    other_datasets: list[dict[str, Any]]
    training: dict[str, Any]
    sources: list[dict[str, str]]
    has_page: bool
    lists_rows: bool
    train_command: str
    evaluate_command: str | None
    repo: str = REPO_PLACEHOLDER

    @classmethod
    def from_folder(cls, folder: Path, *, license: str, language: str) -> "AdapterCard":
        """Gather the card's data from an adapter folder; arguments as for `write_card`."""
        config = SentimentConfig.load(folder)
        report = json.loads((folder / "evaluation" / "report.json").read_text(encoding="utf-8"))
        other_datasets = read_other_datasets(folder / "evaluation")
        provenance = config.provenance
        shipped = [name for name, place in SHIPPED.items() if place.resolve() == folder.resolve()]
        repo = shipped[0] if shipped else REPO_PLACEHOLDER
        return cls(
            title=card_title(config),
            metadata=card_metadata(config, report, other_datasets, license=license, language=language),
            report=report,
            pictures=[path.name for path in (folder / "evaluation").glob("*.png")],
            labels=config.labels,
            multi_label=config.multi_label,
            max_length=config.max_length,
            base=config.base,
            lora=json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8")),
            arguments=provenance.get("arguments", {}),
            dataset=provenance.get("dataset") or report["dataset"],
            splits=provenance.get("rows") or report.get("splits", {}),
            versions=config.versions,
            other_datasets=other_datasets,
            training=provenance.get("training", {}),
            sources=provenance.get("sources") or [],
            has_page=(folder / "evaluation" / HTML).is_file(),
            lists_rows=(folder / TRAINING_ROWS).is_file(),
            train_command=provenance.get("command", ""),
            evaluate_command=evaluate_command(config, report, repo),
            repo=repo,
        )

    def render(self) -> str:
        """Render the card and sign it, see `hf_sentiment.hub.edits`."""
        environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
        environment.tests["unseen"] = wording.is_unseen
        environment.filters |= {
            "percent": names.percent,
            "percent_range": names.percent_range,
            "md": escape,
            "code": code,
        }
        text = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
            card=self,
            report=_Report(self.report),
            tables=tables,
            wording=wording,
            draw=render_table,
            picture=self._picture,
            most=MOST_LIMITS,
            shipped=self.repo != REPO_PLACEHOLDER,
            install=pip_install(),
        )
        # Omitted parts leave runs of empty lines.
        return sign(re.sub(r"\n{3,}", "\n\n", text), self.repo)

    def _picture(self, name: str) -> str:
        return f"![{names.CAPTIONS[Path(name).stem]}](evaluation/{name})\n\n" if name in self.pictures else ""


class _Report(dict[str, Any]):
    """A report in which missing keys are None, because reports of earlier versions lack some."""

    def __missing__(self, key: str) -> None:
        return None


def write_card(folder: str | Path, *, license: str | None = None, language: str | None = None) -> None:
    """Write README.md into an adapter folder, from its configs and its evaluation report.

    Edits in an existing card are kept, see `hf_sentiment.hub.edits`.

    Args:
        folder: holds adapter_config.json, sentiment_config.json and evaluation/report.json.
        license: of the adapter, as an identifier of the Hub; by default the one it was trained with, else apache-2.0.
        language: of the reviews, ISO 639-1; by default the one it was trained with, else en.

    Raises:
        SentimentError: the Hub would reject the metadata.
    """
    folder = Path(folder)
    arguments = SentimentConfig.load(folder).provenance.get("arguments", {})
    card = AdapterCard.from_folder(
        folder,
        license=license or arguments.get("license") or "apache-2.0",
        language=language or arguments.get("language") or "en",
    )
    text, path = card.render(), folder / "README.md"
    if path.is_file():
        text = keep_edits(text, path.read_text(encoding="utf-8"))
    check_card(text)
    path.write_text(text, encoding="utf-8")


def add_to_card(adapter: str | Path, name: str, report: EvaluationReport, slices: tuple[str, ...] = ()) -> None:
    """Add the numbers on another dataset to the card of an adapter folder.

    Args:
        adapter: the folder.
        name: the dataset's name in the card; an earlier entry of that name is replaced.
        report: the numbers.
        slices: names of slices, or of columns that the report is sliced by, that get a line each.

    Raises:
        SentimentError: the adapter is not a folder, or has no report of its own yet.
    """
    folder = Path(adapter).expanduser()
    if not (folder / "evaluation" / "report.json").is_file():
        raise SentimentError(
            f"{adapter} is not a folder that holds an adapter with its report, so its card cannot be added to: "
            "give the folder that hf-sentiment train wrote."
        )
    add_other_dataset(folder / "evaluation", name, report, slices)
    write_card(folder)
