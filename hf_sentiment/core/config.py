"""SentimentConfig: everything inference needs besides the weights, saved as sentiment_config.json."""

import json
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from hf_sentiment.core.config_schema import check_config
from hf_sentiment.core.json_file import read_json_object
from hf_sentiment.core.target_errors import TARGET_ERRORS, rows_needed
from hf_sentiment.errors import SentimentError
from hf_sentiment.install import pip_install
from hf_sentiment.reviews.labels import MULTI_LABEL, SINGLE_LABEL

FILE_NAME = "sentiment_config.json"
SCHEMA_VERSION = 1


@dataclass
class SentimentConfig:
    """The settings of an adapter that PEFT's adapter_config.json has no fields for.

    Attributes:
        labels: label names, in the order of the head's outputs.
        problem_type: transformers' name: "single_label_classification" (softmax) or
            "multi_label_classification" (sigmoid).
        max_length: the window in tokens, special tokens included.
        template: how title and text become one string; without a title the text is used alone.
        long_reviews: what happens to a review longer than the window: "windows" reads all of it in overlapping
            windows and takes the mean of their logits; "truncate" keeps what the tokenizer's truncation side keeps.
        temperature: logits are divided by it before softmax or sigmoid (1.0: not calibrated).
        thresholds: multi-label only: the minimum score at which each label counts as present, in label order.
        abstention: single-label only: a list of {`target_error`, `threshold`}: answers whose winning score reaches the
            threshold are kept. With 95 % confidence, at most `target_error` of the kept answers are wrong on reviews
            like the validation rows, see `hf_sentiment.metrics.abstention.choose_abstention`.
        base: where the base encoder came from: `id`, `revision` (None if unknown), `source`, `sha256`.
        versions: versions of the packages that trained the adapter.
        provenance: recipe, dataset, rows of each split, seed and the command that trains the adapter again.
        schema_version: version of this file's layout.
    """

    labels: list[str]
    problem_type: str = SINGLE_LABEL
    max_length: int = 512
    template: str = "{title}. {text}"
    long_reviews: str = "windows"
    temperature: float = 1.0
    thresholds: list[float] | None = None
    abstention: list[dict[str, float]] | None = None
    base: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        check_config(self)

    @property
    def id2label(self) -> dict[int, str]:
        """Output index to label name, as transformers' configs have it."""
        return dict(enumerate(self.labels))

    @property
    def multi_label(self) -> bool:
        """Whether a review can have several labels at once."""
        return self.problem_type == MULTI_LABEL

    @property
    def label_thresholds(self) -> list[float]:
        """The minimum score at which each label counts as present, in label order: 0.5 if none was chosen."""
        return self.thresholds or [0.5] * len(self.labels)

    def undecided_below(self, target_error: float) -> float:
        """The winning score below which a review is undecided, see `abstention`.

        Raises:
            SentimentError: the adapter has no such threshold.
        """
        if self.multi_label:
            raise SentimentError("target_error is for single-label adapters; this one is multi-label.")
        if isinstance(target_error, str | bytes | bool) or not hasattr(target_error, "__float__"):
            raise SentimentError(f"target_error is {target_error!r}: give a number such as 0.05.")
        for entry in self.abstention or []:
            # A float32 of numpy is the same target to six digits.
            if math.isclose(entry["target_error"], float(target_error), rel_tol=1e-6):
                return entry["threshold"]
        raise SentimentError(self._no_threshold(float(target_error)))

    def _no_threshold(self, target: float) -> str:
        there = ", ".join(f"{entry['target_error']:g}" for entry in self.abstention or [])
        text = f"The adapter has no threshold for target_error {target:g}; it has {there or 'none'}."
        if not any(math.isclose(target, each, rel_tol=1e-6) for each in TARGET_ERRORS):
            return f"{text} Training chooses thresholds for {', '.join(f'{each:g}' for each in TARGET_ERRORS)}."
        rows = (self.provenance.get("rows") or {}).get("validation")
        had = f" (it had {rows:,})" if rows is not None else ""
        return (
            f"{text} One for {target:g} takes at least {rows_needed(target):,} validation rows{had}, and more for each "
            "wrong answer among them: train it again with a larger --validation-size."
        )

    def render(self, title: str | None, text: str) -> str:
        """The string that the tokenizer sees for one review."""
        return self.template.format(title=title, text=text) if title else text

    def save(self, folder: str | Path) -> None:
        """Write sentiment_config.json into `folder`."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (Path(folder) / FILE_NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> "SentimentConfig":
        """Read sentiment_config.json from `folder`.

        Raises:
            SentimentError: the file is missing, is not JSON, has a newer schema than this version, or a field of it is
                wrong, see `check_config`.
        """
        path = Path(folder) / FILE_NAME
        if not path.is_file():
            raise SentimentError(f"{folder} has no {FILE_NAME}: it is not a complete adapter folder.")
        data = read_json_object(path, "fetch the adapter again")
        if not isinstance(data.get("labels"), list):
            raise SentimentError(f"{path} has no labels; fetch the adapter again.")
        version = data.get("schema_version")
        if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= SCHEMA_VERSION:
            raise SentimentError(
                f"{path} has schema version {version}, this hf_sentiment reads up to {SCHEMA_VERSION}: "
                f"git pull and {pip_install(options='--upgrade')}."
            )
        known = {f.name for f in fields(cls)}
        try:
            return cls(**{key: value for key, value in data.items() if key in known})
        except SentimentError as error:
            raise SentimentError(f"{path}: {error}") from None
