"""Commands that train in a separate process."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def train_command(folder: Path, reviews: Path, *more: str) -> list[str]:
    """`python scripts/train.py` with options for the tiny base, writing to `folder`."""
    script = [sys.executable, str(ROOT / "scripts" / "train.py")]
    options = {"base-model": "user/tiny-bert", "learning-rate": 0.01, "max-length": 48, "batch-size": 4, "bf16": False}
    more += tuple(word for name, value in options.items() for word in (f"--{name}", str(value)))
    return [*script, "--dataset", str(reviews), "--output-dir", str(folder), *more]
