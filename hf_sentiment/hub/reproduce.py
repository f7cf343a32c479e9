"""The command that repeats an adapter's evaluation."""

import re
from typing import Any

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.hub.edits import REPO_PLACEHOLDER

# The seed with which `hf-sentiment evaluate --size` draws rows.
EVALUATION_SEED = 42


def evaluate_command(config: SentimentConfig, report: dict[str, Any], repo: str = REPO_PLACEHOLDER) -> str | None:
    """The command that evaluates the published adapter on the report's rows.

    Args:
        config: of the adapter; its provenance says how the test rows were loaded.
        report: as in report.json.
        repo: the adapter's name; a placeholder until `publish` knows the repository.

    Returns:
        None if `hf-sentiment evaluate` cannot load the same rows.
    """
    provenance = config.provenance
    arguments = provenance.get("arguments", {})
    own_rows = report["dataset"] == provenance.get("dataset")
    if own_rows:
        other_seed = arguments.get("test_size") and arguments.get("seed") != EVALUATION_SEED
        # These options exist for training only.
        unknown = any(arguments.get(name) for name in ("streaming", "dataset_config", "dataset_revision"))
        if provenance.get("test_rows_drawn") or other_seed or unknown:
            return None
    flags = {"dataset": report["dataset"], "split": report["split"] if report["split"] != "test" else None}
    if own_rows:
        flags |= {name: arguments.get(name) for name in ("text_column", "title_column", "label_column", "label_map")}
        flags["size"] = arguments.get("test_size")
    parts = [f"--{name.replace('_', '-')} {_quoted(value)}" for name, value in flags.items() if value]
    return " ".join([f"hf-sentiment evaluate {repo}", *parts])


def _quoted(value: object) -> str:
    text = str(value)
    return text if re.fullmatch(r"[\w./,=:@+-]+", text) else f'"{text}"'
