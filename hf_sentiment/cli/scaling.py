"""`hf-sentiment predict` over many files: a folder, a pattern, an object store; with many processes."""

import argparse
import os
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from hf_sentiment.cli.opening import open_adapter
from hf_sentiment.cli.output import chosen, progress_bar, show
from hf_sentiment.errors import SentimentError

if TYPE_CHECKING:
    from hf_sentiment.scale.pool import Pool
    from hf_sentiment.scale.score_folder import FolderResult
    from hf_sentiment.scale.worker import WorkerSetup

LOCAL, RAY = ENGINES = ("local", "ray")
# The exit status of a run of which some units could not be scored.
INCOMPLETE = 3
SCALE_OPTIONS = ("engine", "workers", "shard", "address")
# Of failures that are printed.
MOST_SHOWN = 10


def add_scale_options(predict: argparse.ArgumentParser) -> None:
    """Add the options that only a run over many files has."""
    group = predict.add_argument_group("many files", "--input FOLDER, PATTERN or URI; --output FOLDER or URI")
    group.add_argument("--engine", choices=ENGINES, help="processes of this machine, or actors of Ray (default: local)")
    group.add_argument(
        "--workers", type=int, metavar="N", help="processes or actors, which share the processors (default: 1)"
    )
    group.add_argument("--address", metavar="HOST:PORT", help="a Ray cluster to join; without it, Ray is started here")
    group.add_argument("--shard", metavar="I/N", help="score only this share, e.g. 2/8; other runs score the others")


def is_folder_run(parsed: argparse.Namespace) -> bool:
    """Whether the options are those of a run over many files.

    Raises:
        SentimentError: they are, but there is no --input.
    """
    given = [name for name in SCALE_OPTIONS if getattr(parsed, name) is not None]
    if parsed.input is None:
        if given:
            raise SentimentError(f"--{given[0]} is for files: give --input and --output.")
        return False
    return bool(given) or _names_many(parsed.input) or _is_uri(parsed.output or "")


def _names_many(source: str) -> bool:
    """Whether an input is a URI, a pattern, or a folder that is not itself one file of texts by class."""
    if _is_uri(source):
        return True
    place = os.path.expanduser(source)
    if os.path.isdir(place):
        from pathlib import Path

        from hf_sentiment.reviews.row_files.class_folder import holds_classes

        return not holds_classes(Path(place))
    return not os.path.exists(place) and re.search(r"[*?\[]", source) is not None


def _is_uri(name: str) -> bool:
    return re.match(r"[a-z][a-z0-9+]+://", name, re.IGNORECASE) is not None


def run_folder(parsed: argparse.Namespace) -> int:
    """Score many files.

    Returns:
        The exit status: 3 if some units could not be scored.
    """
    from hf_sentiment.reviews.row_files.formats import FORMATS
    from hf_sentiment.scale.score_folder import FolderOptions, score_folder
    from hf_sentiment.scale.shard import parse_shard

    if parsed.escape_formulas:
        raise SentimentError("--escape-formulas is for CSV files; many files are scored into Parquet and JSON Lines.")
    if os.path.splitext(parsed.output)[1].lower() in FORMATS:
        raise SentimentError(f"Many files are scored into a folder, and --output {parsed.output} names a file.")
    if parsed.address is not None and parsed.engine != RAY:
        raise SentimentError("--address is that of a Ray cluster: give --engine ray too.")
    options = FolderOptions(
        **chosen(parsed, "text_column", "title_column", "header", "batch_size", "resume", "overwrite"),
        shard=None if parsed.shard is None else parse_shard(parsed.shard),
        workers=1 if parsed.workers is None else parsed.workers,
    )
    # Only what decides how the adapter is opened goes to the workers.
    wanted = argparse.Namespace(**chosen(parsed, "adapter", "revision", "backend", "dtype", "device", "input"))
    pools = {"make_pool": _ray_pool(parsed)} if parsed.engine == RAY else {}
    with progress_bar("units") as bar:

        def report(finished: int, units: int) -> None:
            bar.total = units
            bar.update(finished - bar.n)

        opener = partial(open_adapter, wanted)
        result = score_folder(opener, parsed.input, parsed.output, options, progress=report, **pools)
    show(_document(result), _text(result), parsed.json)
    return INCOMPLETE if result.failures else 0


def _ray_pool(parsed: argparse.Namespace) -> Any:
    from hf_sentiment.scale.engines.ray import RayPool
    from hf_sentiment.scale.engines.ray_cluster import require_ray

    require_ray()

    def make(setup: "WorkerSetup", size: int) -> "Pool":
        return RayPool(setup, size, parsed.address)

    return make


def _document(result: "FolderResult") -> dict[str, Any]:
    from dataclasses import asdict

    document = {name: value for name, value in asdict(result).items() if name != "failures"}
    return document | {"failures": [failure._asdict() for failure in result.failures]}


def _text(result: "FolderResult") -> str:
    if result.was_complete and result.complete:
        return f"Nothing to do, {result.output} is complete: {result.rows} reviews."
    lines = [f"{result.rows} reviews scored, in {result.finished} of {result.units} units: {result.output}"]
    if result.rejected:
        lines.append(f"{result.rejected} rows could not be scored: {result.output}/_rejects")
    if result.failures:
        lines.append(f"{len(result.failures)} units could not be scored; --resume tries them again:")
        lines += [f"  {failure.reason}" for failure in result.failures[:MOST_SHOWN]]
        if len(result.failures) > MOST_SHOWN:
            lines.append(f"  and {len(result.failures) - MOST_SHOWN} more")
    return "\n".join(lines)
