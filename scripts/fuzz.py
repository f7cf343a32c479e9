"""Fuzz the files that people hand in or that come from the Hub: only a SentimentError may come out of them.

python scripts/fuzz.py [--seconds 120] [--seed 0] [TARGET ...]

Each target takes files that are nearly right, and gets its share of the time. What it finds is printed with the
smallest input that Hypothesis can make of it; the fault is fixed, and becomes a plain test.
"""

import argparse
import json
import logging
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from hf_sentiment import SentimentError
from hf_sentiment.adapter.folder import ADAPTER_CONFIG, DEFAULT_FOLDER
from hf_sentiment.adapter.peft_schema import check_peft_config
from hf_sentiment.core.config import FILE_NAME, SentimentConfig
from hf_sentiment.core.json_file import read_json_object
from hf_sentiment.hub.edits import CardParts, keep_edits, sign
from hf_sentiment.hub.metadata import check_card
from hf_sentiment.reviews.columns import find_column
from hf_sentiment.reviews.row_files.open_rows import count_rows, open_rows
from hf_sentiment.scoring.score_file import score_file

ROUND = 200
_TEMPORARY = tempfile.TemporaryDirectory(prefix="fuzz-")
FOLDER = Path(_TEMPORARY.name)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 2**63, 1e308, 1e-320])
# Text of JSON may hold half a character; what is written as UTF-8 may not.
TEXTS = st.text() | st.sampled_from(["{title}", "(a*)*", "\ud800", "\x00", "---", "x" * 20_000])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def changed(content: dict) -> st.SearchStrategy[bytes]:
    """A JSON object with some values replaced, then perhaps some bytes."""
    known = st.sampled_from(list(content))
    wild = st.dictionaries(known | st.text(max_size=8), VALUES, max_size=3)
    numbers = st.dictionaries(known, NUMBERS | st.lists(NUMBERS, max_size=3), min_size=1, max_size=2)
    return (wild | numbers).map(lambda more: json.dumps(content | more).encode()).flatmap(damaged)


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """The same bytes, or with a piece of them replaced."""

    def replace(place: int, length: int, piece: bytes) -> bytes:
        return content[:place] + piece + content[place + length :]

    places = st.integers(0, len(content))
    pieces = st.binary(max_size=8) | st.sampled_from([b'"', b"\n", b",", b"[" * 2000, b"\xff\xfe", b"\x00", b"---\n"])
    return st.just(content) | st.builds(replace, places, st.integers(0, 20), pieces)


def sentiment_config(content: bytes) -> None:
    """sentiment_config.json."""
    (FOLDER / FILE_NAME).write_bytes(content)
    config = SentimentConfig.load(FOLDER)
    assert config.render("title", "text") and len(config.label_thresholds) == len(config.id2label)
    config.save(FOLDER)
    assert SentimentConfig.load(FOLDER) == config
    config.undecided_below(0.05)


def adapter_config(content: bytes) -> None:
    """adapter_config.json."""
    path = FOLDER / ADAPTER_CONFIG
    path.write_bytes(content)
    check_peft_config(read_json_object(path, "fetch it again"), path)


def card(content: bytes) -> None:
    """README.md."""
    old = content.decode(errors="replace")
    new = sign(CARD.decode())
    merged = keep_edits(new, old)
    assert CardParts.of(merged).digests
    sign(old)
    check_card(old)


def rows_of(name: str) -> Callable[[bytes], None]:
    """A target for files of reviews with a name."""

    def read(content: bytes) -> None:
        path = FOLDER / name
        path.write_bytes(content)
        rows = open_rows(path)
        assert count_rows(rows) == sum(chunk.rows_read for chunk in rows.chunks(3))
        find_column(rows.columns, "text", None, name)
        for suffix in ("csv", "parquet"):
            score_file(Recorder(), path, FOLDER / f"out.{suffix}", chunk_rows=3, overwrite=True)

    return read


class Recorder:
    """A scorer that finds each review half good."""

    sentiment_config = SentimentConfig(["Negative", "Positive"])

    def identity(self) -> dict[str, str]:
        """As in FileScorer."""
        return {"adapter": "none"}

    def scores(self, reviews, *, progress=None):
        """As in FileScorer."""
        return np.full((len(list(reviews)), 2), 0.5, np.float32)


CARD = (DEFAULT_FOLDER / "README.md").read_bytes()
CSV = b'id,title,text,label\n1,Good,"lovely, really",5\n2,,"two\nlines ""quoted""",1\n3,x,plain,3\n'
JSON = b'{"id": 1, "text": "lovely", "tags": ["a"], "label": 5}\n{"id": 2, "text": "bad", "more": {"a": null}}\n'
ARRAY = b'[{"text": "lovely", "label": 5}, {"text": "bad", "label": 1.5}]'
TARGETS: dict[str, tuple[Callable[[bytes], None], st.SearchStrategy[bytes]]] = {
    "sentiment_config": (sentiment_config, changed(json.loads((DEFAULT_FOLDER / FILE_NAME).read_bytes()))),
    "adapter_config": (adapter_config, changed(json.loads((DEFAULT_FOLDER / ADAPTER_CONFIG).read_bytes()))),
    "card": (card, damaged(CARD) | damaged(b"---\nlicense: mit\ntags: [a]\n---\n# A card\n\n## Use\n\nText.\n")),
    "csv": (rows_of("in.csv"), damaged(CSV).flatmap(damaged) | st.binary(max_size=60)),
    "tsv": (rows_of("in.tsv"), damaged(CSV.replace(b",", b"\t"))),
    "jsonl": (rows_of("in.jsonl"), damaged(JSON).flatmap(damaged) | changed({"text": "lovely", "id": 1})),
    "json": (rows_of("in.json"), damaged(ARRAY).flatmap(damaged)),
}


def fuzz(name: str, examples: int, number: int) -> None:
    """Give a target some files; an error that is no SentimentError comes out with the smallest of them."""
    target, files = TARGETS[name]

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        print_blob=False,
    )
    @given(content=files)
    def check(content: bytes) -> None:
        with suppress(SentimentError):
            target(content)

    check()


def main(words: list[str] | None = None) -> int:
    """Fuzz every target for its share of the time.

    Returns:
        The number of targets with a find.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--seconds", type=float, default=120, help="in all (default: 120)")
    parser.add_argument("--seed", type=int, default=0, help="of the first round (default: 0)")
    parsed = parser.parse_args(words)
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    names = parsed.targets or list(TARGETS)
    found = 0
    for name in names:
        end, number = time.monotonic() + parsed.seconds / len(names), parsed.seed
        try:
            while time.monotonic() < end:
                fuzz(name, ROUND, number)
                number += 1
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            found += 1
            traceback.print_exception(error)
        print(f"{name}: {(number - parsed.seed) * ROUND:,} files", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
