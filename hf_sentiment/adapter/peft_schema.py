"""What adapter_config.json may hold: types and ranges, and nothing that makes PEFT import or compute more."""

import re
from pathlib import Path
from typing import Any

from hf_sentiment.errors import SentimentError

# Ranks of published adapters go to 256; the largest hidden sizes of encoders are a few thousand.
HIGHEST_RANK = 8192
# lora_alpha is usually once or twice the rank.
HIGHEST_SCALE = 1_000_000
MOST_NAMES, LONGEST_NAME = 2000, 300
# With a repeated group, or with more unbounded repetitions than these, matching a name could take hours.
MOST_REPETITIONS = 4
REPETITION, REPEATED_GROUP = re.compile(r"(?<!\\)(?:[*+]|\{\d*,\d*\})"), re.compile(r"(?<!\\)\)(?:[*+]|\{)")
# These make PEFT import a module that the file names, or compute new base weights.
REFUSED = ("megatron_config", "loftq_config", "eva_config", "corda_config", "layer_replication")
KINDS: dict[str, tuple[type, ...]] = {
    "r": (int,),
    "lora_alpha": (int, float),
    "lora_dropout": (int, float),
    "use_dora": (bool,),
    "use_rslora": (bool,),
    "fan_in_fan_out": (bool,),
    "init_lora_weights": (bool, str),
    "bias": (str,),
    "base_model_name_or_path": (str,),
    "revision": (str,),
    "task_type": (str,),
    "peft_type": (str,),
    "target_modules": (str, list),
    "exclude_modules": (str, list),
    "modules_to_save": (list,),
    "layers_to_transform": (int, list),
    "layers_pattern": (str, list),
    "rank_pattern": (dict,),
    "alpha_pattern": (dict,),
}
PATTERNS = ("target_modules", "exclude_modules", "layers_pattern")


def check_peft_config(content: dict[str, Any], path: Path) -> None:
    """Check the fields that PEFT reads without checks of its own; null stands for a field that is not given.

    Args:
        content: of adapter_config.json.
        path: of the file, for messages.

    Raises:
        SentimentError: a field is wrong; the message names it.
    """
    given = {name: value for name, value in content.items() if value is not None}
    for name in REFUSED:
        if given.get(name):
            raise SentimentError(f"{path} sets {name}, which is refused: it does more than load an adapter.")
    for name, kinds in KINDS.items():
        value = given.get(name)
        wrong_bool = isinstance(value, bool) and bool not in kinds
        if value is not None and (wrong_bool or not isinstance(value, kinds)):
            raise _wrong(path, name, value, f"must be {' or '.join(kind.__name__ for kind in kinds)}")
    _check_rank(given, path)
    scales = {name: given.get(name, 0) for name in ("lora_alpha", "lora_dropout")}
    patterns = [("alpha_pattern", value) for value in given.get("alpha_pattern", {}).values()]
    for name, value in [*scales.items(), *patterns]:
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= HIGHEST_SCALE:
            raise _wrong(path, name, value, f"must be a number from 0 to {HIGHEST_SCALE:,}")
    for name in (*PATTERNS, "modules_to_save"):
        _check_names(path, name, given.get(name, []))
    for name in ("rank_pattern", "alpha_pattern"):
        _check_names(path, name, list(given.get(name, {})), patterns=True)


def _check_rank(given: dict[str, Any], path: Path) -> None:
    ranks = [given.get("r", 8), *given.get("rank_pattern", {}).values()]
    for rank in ranks:
        if not isinstance(rank, int) or isinstance(rank, bool) or not 1 <= rank <= HIGHEST_RANK:
            raise _wrong(path, "r", rank, f"must be a whole number from 1 to {HIGHEST_RANK}")


def _check_names(path: Path, name: str, value: str | list[Any], *, patterns: bool = False) -> None:
    names = [value] if isinstance(value, str) else value
    if len(names) > MOST_NAMES or not all(isinstance(each, str) and len(each) <= LONGEST_NAME for each in names):
        raise _wrong(path, name, value, f"must be at most {MOST_NAMES} names of {LONGEST_NAME} characters")
    # A single string is a regular expression, and so are the names of patterns.
    for pattern in names if patterns or isinstance(value, str) else []:
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError):
            raise _wrong(path, name, pattern, "is no regular expression") from None
        if REPEATED_GROUP.search(pattern) or len(REPETITION.findall(pattern)) > MOST_REPETITIONS:
            raise _wrong(path, name, pattern, "could take hours to match")


def _wrong(path: Path, name: str, value: object, what: str) -> SentimentError:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    return SentimentError(f"{path}: {name} is {shown}; it {what}. Fetch the adapter again.")
