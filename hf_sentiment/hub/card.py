"""The model card: data gathered from the adapter folder, rendered once, last.

Trainer and PEFT both write a README.md of their own; ours replaces it.
"""

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from huggingface_hub import ModelCard, ModelCardData
from jinja2 import Environment, StrictUndefined

from hf_sentiment.adapter.folder import ADAPTER_CONFIG
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.errors import SentimentError
from hf_sentiment.hub.edits import REPO_PLACEHOLDER, keep_edits, sign
from hf_sentiment.hub.metadata import card_metadata, card_title, check_card
from hf_sentiment.reports import wording as words
from hf_sentiment.reports.other_data import add_elsewhere, read_elsewhere
from hf_sentiment.reports.report import EvaluationReport

TEMPLATE = files("hf_sentiment.model_card") / "template.md"
# The seed that `hf-sentiment evaluate --size` draws rows with.
EVALUATION_SEED = 42


@dataclass
class AdapterCard:
    """All that a card shows.

    Attributes:
        title: its heading.
        metadata: its front matter.
        report: as in evaluation/report.json.
        pictures: file names of those that lie beside the report.
        labels: in the order of the head's outputs.
        multi_label: whether a review can have several.
        max_length: the window in tokens.
        base: id and revision or SHA-256 of the base.
        lora: adapter_config.json.
        arguments: of the training run; empty for an adapter that was not trained here.
        dataset: what it was trained on.
        splits: labelled rows that training, choosing and testing each had.
        versions: of the packages that trained it.
        elsewhere: what it scores on other reviews, see `hf_sentiment.reports.other_data`.
        training: `seconds` that training took, and the `device`; empty where they are not known.
        train_command: the command that trains it again.
        evaluate_command: the command that gives the report's numbers again; None where evaluate cannot draw its rows.
        repo: stands in the card until `publish` knows the repository.
    """

    title: str
    metadata: ModelCardData
    report: dict
    pictures: list[str]
    labels: list[str]
    multi_label: bool
    max_length: int
    base: dict
    lora: dict
    arguments: dict
    dataset: str
    splits: dict[str, int]
    versions: dict[str, str]
    elsewhere: list[dict]
    training: dict
    train_command: str
    evaluate_command: str | None
    repo: str = REPO_PLACEHOLDER

    @classmethod
    def from_folder(cls, folder: Path, *, license: str, language: str) -> "AdapterCard":
        """Gather what a card shows from an adapter folder; arguments as of `write_card`."""
        config = SentimentConfig.load(folder)
        report = json.loads((folder / "evaluation" / "report.json").read_text(encoding="utf-8"))
        elsewhere = read_elsewhere(folder / "evaluation")
        told = config.provenance
        return cls(
            title=card_title(config),
            metadata=card_metadata(config, report, elsewhere, license=license, language=language),
            report=report,
            pictures=[path.name for path in (folder / "evaluation").glob("*.png")],
            labels=config.labels,
            multi_label=config.multi_label,
            max_length=config.max_length,
            base=config.base,
            lora=json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8")),
            arguments=told.get("arguments", {}),
            dataset=told.get("dataset") or report["dataset"],
            splits=told.get("rows") or report.get("splits", {}),
            versions=config.versions,
            elsewhere=elsewhere,
            training=told.get("training", {}),
            train_command=told.get("command", ""),
            evaluate_command=evaluate_command(config, report),
        )

    def render(self) -> str:
        """The card, signed: see `hf_sentiment.hub.edits`."""
        environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
        environment.filters |= {"percent": words.percent, "percents": words.percents, "md": _plain}
        text = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
            card=self, report=_Report(self.report), words=words, table=_table, picture=self._picture
        )
        # Parts that are left out leave runs of empty lines.
        return sign(re.sub(r"\n{3,}", "\n\n", text))

    def _picture(self, name: str, caption: str) -> str:
        return f"![{caption}](evaluation/{name})\n\n" if name in self.pictures else ""


class _Report(dict):
    """A report, whose missing keys are None: an older one lacks some."""

    def __missing__(self, key: str) -> None:
        return None


def write_card(folder: str | Path, *, license: str | None = None, language: str | None = None) -> None:
    """Write README.md into an adapter folder, from its configs and its evaluation report.

    What people changed in a card that is there already stays, see `hf_sentiment.hub.edits`.

    Args:
        folder: holds adapter_config.json, sentiment_config.json and evaluation/report.json.
        license: of the adapter, as the Hub writes it; by default what it was trained with, else apache-2.0.
        language: of the reviews, ISO 639-1; by default what it was trained with, else en.

    Raises:
        SentimentError: the metadata would not be taken by the Hub.
    """
    folder = Path(folder)
    told = SentimentConfig.load(folder).provenance.get("arguments", {})
    card = AdapterCard.from_folder(
        folder,
        license=license or told.get("license") or "apache-2.0",
        language=language or told.get("language") or "en",
    )
    text, path = card.render(), folder / "README.md"
    if path.is_file():
        text = keep_edits(text, path.read_text(encoding="utf-8"))
    check_card(text)
    path.write_text(text, encoding="utf-8")


def add_to_card(adapter: str | Path, name: str, report: EvaluationReport, columns: tuple[str, ...] = ()) -> None:
    """Add numbers on other reviews to the card of an adapter folder.

    Args:
        adapter: the folder.
        name: what the card is to call these reviews; an earlier entry of that name is replaced.
        report: the numbers.
        columns: whose slices in the report get a line each.

    Raises:
        SentimentError: the adapter is no folder, or has no report of its own yet.
    """
    folder = Path(adapter).expanduser()
    if not (folder / "evaluation" / "report.json").is_file():
        raise SentimentError(f"{adapter} is no folder with an adapter and its report: its card cannot be added to.")
    add_elsewhere(folder / "evaluation", name, report, columns)
    write_card(folder)


def evaluate_command(config: SentimentConfig, report: dict) -> str | None:
    """The command that measures the published adapter on the report's rows, None where `evaluate` cannot draw them."""
    told = config.provenance.get("arguments", {})
    trained_on = report["dataset"] == config.provenance.get("dataset")
    if trained_on:
        drawn = any("no test split" in note for note in report.get("notes", []))
        seeded = told.get("test_size") and told.get("seed") != EVALUATION_SEED
        # Nor does it read a stream, or know a configuration or a revision.
        if drawn or seeded or any(told.get(name) for name in ("streaming", "dataset_config", "dataset_revision")):
            return None
    flags = {"dataset": report["dataset"], "split": report["split"] if report["split"] != "test" else None}
    if trained_on:
        flags |= {name: told.get(name) for name in ("text_column", "title_column", "label_column", "label_map")}
        flags["size"] = told.get("test_size")
    parts = [f"--{name.replace('_', '-')} {_quoted(value)}" for name, value in flags.items() if value]
    return " ".join([f"hf-sentiment evaluate {REPO_PLACEHOLDER}", *parts])


def _quoted(value) -> str:
    text = str(value)
    return text if re.fullmatch(r"[\w./,=:@+-]+", text) else f'"{text}"'


def _table(content: tuple[list[str], list[list[str]]]) -> str:
    headings, rows = content
    lines = [headings, ["---"] * len(headings), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |", 1) for line in lines) + "\n"


def _plain(text: str) -> str:
    """Text of unknown origin, so that it neither ends a table's cell nor begins a tag."""
    return " ".join(str(text).replace("|", "\\|").replace("<", "&lt;").split())


MERGED_USE = """## Use

```python
from transformers import pipeline

classify = pipeline("text-classification", model="{repo}"{revision})
classify("I loved this product!", truncation=True)
```

The adapter is merged in: neither PEFT nor hf_sentiment is needed. A title is put before the text as `{template}`.

"""


def merged_card(card: str, config: SentimentConfig, repo_id: str, revision: str | None) -> str:
    """An adapter's card, changed to what the merged model is and how it is used."""
    merged = ModelCard(card)
    merged.data.library_name = "transformers"
    merged.data.base_model_relation = "finetune"
    adapters_only = ("sentiment-lora", f"base_model:adapter:{config.base['id']}")
    merged.data.tags = [tag for tag in merged.data.tags or [] if tag not in adapters_only]
    use = MERGED_USE.format(
        repo=repo_id, revision=f', revision="{revision}"' if revision else "", template=config.template
    )
    # A card whose headings were changed by hand keeps its own words.
    merged.content = re.sub(r"## Use\n.*?(?=^## )", lambda _: use, str(merged), count=1, flags=re.DOTALL | re.MULTILINE)
    return str(merged)
