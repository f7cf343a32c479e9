"""Score all files of a folder into another folder, with any number of processes."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.owned_folder import OWNER
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.scale.engines.local import LocalPool
from hf_sentiment.scale.inputs import find_inputs
from hf_sentiment.scale.output_folder import PURPOSE, RUN, SUCCESS, OutputFolder
from hf_sentiment.scale.place import FileState, Place, is_remote
from hf_sentiment.scale.plan import UNIT_ROWS, Plan, changes, make_plan
from hf_sentiment.scale.pool import Pool
from hf_sentiment.scale.run_units import Failure, run_units
from hf_sentiment.scale.shard import Shard
from hf_sentiment.scale.sidecar import Sidecar
from hf_sentiment.scale.unit import digest
from hf_sentiment.scale.unit_scorer import UnitOptions
from hf_sentiment.scale.worker import Opener, WorkerSetup
from hf_sentiment.scoring.score_file import CHUNK_ROWS

# Of the files that a run writes: a change of their content or names is a new version.
VERSION = 1
# Seconds that a shard waits for another one to make the plan.
PLANNING = 3600
MakePool = Callable[[WorkerSetup, int], Pool]


@dataclass
class FolderResult:
    """The result of scoring a folder.

    Attributes:
        units: number of units of the whole run.
        finished: number of them that are done.
        rows: number of rows that were scored, in the units that are done; of a shard, in its own.
        rejected: number of rows that could not be scored, likewise.
        output: the output folder.
        complete: whether all units are done, so that the folder has its _SUCCESS.
        was_complete: whether an earlier run had already finished them, so that nothing was done.
        failures: the units that could not be scored now.
    """

    units: int
    finished: int
    rows: int
    rejected: int
    output: str
    complete: bool
    was_complete: bool = False
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True)
class FolderOptions:
    """How a folder is scored.

    Attributes:
        text_column: the column of the text; found by its usual names in each file by default.
        title_column: the column of the title; found by its usual names in each file by default.
        header: whether CSV, TSV and Excel files have a header.
        batch_size: reviews in a batch; None for batches of about the same number of tokens.
        chunk_rows: number of rows that are read, scored and written at a time.
        unit_rows: number of rows of a unit of a large file.
        resume: resume an earlier run, if there is one.
        overwrite: discard an earlier run.
        shard: score this share of the units; other drivers score the others.
        workers: number of workers.
    """

    text_column: str | None = None
    title_column: str | None = None
    header: bool = True
    batch_size: int | None = None
    chunk_rows: int = CHUNK_ROWS
    unit_rows: int = UNIT_ROWS
    resume: bool = False
    overwrite: bool = False
    shard: Shard | None = None
    workers: int = 1


@system_errors_explained()
def score_folder(
    opener: Opener,
    source: str,
    target: str,
    options: FolderOptions = FolderOptions(),  # noqa: B008 - it is frozen
    *,
    make_pool: MakePool = LocalPool,
    progress: Callable[[int, int], object] | None = None,
) -> FolderResult:
    """Score the reviews of many files, each row once, whatever ends the processes that do it.

    The work is planned as units: a small file, or some rows of a larger one. Each unit becomes a part in the output
    folder, with the columns that `score_file` adds, as Parquet if its file has types, else as JSON Lines. The names of
    the parts have the order of the units, and depend on the unit and on all that decides the scores. A part appears
    whole, and counts once its sidecar is there; a resumed run scores the units without one. _SUCCESS is written last.

    Args:
        opener: opens the adapter; it is called here, and once in each worker, to which it is pickled.
        source: a folder, a pattern or a file, on this machine or as a URI that pyarrow knows: s3://, gs://, hf://.
        target: the output folder, on this machine or as such a URI.
        options: how the folder is scored.
        make_pool: starts the workers.
        progress: called with the number of units that are done, and that of all units to do here.

    Raises:
        SentimentError: the input or the output cannot be used, another driver works on the folder, the folder holds
            another run or an earlier one that is neither resumed nor discarded, the input differs from the plan, the
            disk is full, or the workers cannot start. A unit that cannot be read is no error: see FolderResult.
    """
    _check(options)
    output = OutputFolder(Place(target))
    if output.place.local is not None and output.place.local.is_file():
        raise SentimentError(f"The output {target} is a file: give a folder.")
    place, files = find_inputs(source, output.place)
    _refuse_earlier(output, options)
    identity, labels = _identity(opener)
    settings = {
        "version": VERSION,
        **identity,
        "labels": labels,
        "text_column": options.text_column,
        "title_column": options.title_column,
        "header": options.header,
        "batch_size": options.batch_size,
        "chunk_rows": options.chunk_rows,
        "unit_rows": options.unit_rows,
    }
    with _claimed(output, options, {"input": _absolute(source), "settings": settings}) as found:
        plan = _planned(output, place, files, options)
        unit_options = UnitOptions(
            place,
            output.place,
            digest(settings),
            options.text_column,
            options.title_column,
            options.header,
            options.chunk_rows,
            options.batch_size,
        )
        start = partial(make_pool, WorkerSetup(opener, unit_options, identity), options.workers)
        return _run(output, plan, unit_options.settings, found, options.shard, start, progress)


def _run(
    output: OutputFolder,
    plan: Plan,
    settings: str,
    found: dict[str, FileState],
    shard: Shard | None,
    start: Callable[[], Pool],
    progress: Callable[[int, int], object] | None,
) -> FolderResult:
    """Score the units that are not done, and write _SUCCESS if all are."""
    ours = range(len(plan)) if shard is None else shard.indices(len(plan))
    done, sums = output.finished(plan, settings, found, ours)
    todo = [index for index in ours if not done[index]]
    report = progress or (lambda finished, units: None)
    count = len(ours) - len(todo)
    report(count, len(ours))

    def finished(sidecar: Sidecar) -> None:
        nonlocal count
        count += 1
        for key in sums:
            sums[key] += getattr(sidecar, key)
        report(count, len(ours))

    failures: list[Failure] = []
    if todo:
        # All are done no more.
        output.place.remove(SUCCESS)
        with ExitStack() as stack:
            pool = start()
            stack.callback(pool.close)
            failures = run_units(pool, map(plan.unit, todo), finished)
    result = FolderResult(
        len(plan), count, sums["scored"], sums["rejected"], output.place.name, False, not todo, failures
    )
    result.complete = not failures and _succeed(output, plan, settings, SUCCESS in found and not todo)
    return result


def _succeed(output: OutputFolder, plan: Plan, settings: str, succeeded: bool) -> bool:
    """Check the sums of all units, and write _SUCCESS if none is missing."""
    if succeeded:
        return True
    files = output.place.files()
    done, sums = output.finished(plan, settings, files, range(len(plan)))
    if not done.all():
        # The other shards are at work.
        return False
    output.remove_temporary(files)
    output.place.write(SUCCESS, (json.dumps({"units": len(plan), **sums, "settings": settings}) + "\n").encode())
    return True


def _check(options: FolderOptions) -> None:
    if options.resume and options.overwrite:
        raise SentimentError("--resume continues an earlier run and --overwrite discards it: give one of them.")
    if options.shard is not None and options.overwrite:
        raise SentimentError("A shard cannot discard the work of the others: remove the output folder instead.")
    for name in ("workers", "unit_rows", "chunk_rows"):
        if getattr(options, name) < 1:
            raise SentimentError(f"--{name.replace('_', '-')} is {getattr(options, name)}: give 1 or more.")


def _refuse_earlier(output: OutputFolder, options: FolderOptions) -> None:
    """Check that the folder is free, or that the run in it may be resumed or discarded."""
    output.require_ours()
    if output.run is None or options.resume or options.overwrite or options.shard is not None:
        return
    state = "a complete" if output.place.state(SUCCESS) else "an unfinished"
    raise SentimentError(
        f"{output.place.name} holds {state} run: resume it with --resume, or start over with --overwrite."
    )


@contextmanager
def _claimed(output: OutputFolder, options: FolderOptions, run: dict[str, Any]) -> Iterator[dict[str, FileState]]:
    """Hold the folder for this driver; the block is given the files that an earlier run has left in it."""
    busy = f"Another run of predict works on {output.place.name}: wait for it to end, or give --shard to each."
    if output.run is None:
        output.begin(run)
    with ExitStack() as stack:
        stack.enter_context(output.locked("driver" if options.shard is None else options.shard.lock, busy))
        files = output.require_ours()
        if options.overwrite:
            output.clear(files)
            output.place.write(RUN, (json.dumps({OWNER: PURPOSE} | run, indent=2) + "\n").encode())
            files = {}
        else:
            _require_same(output, run)
        yield files


def _require_same(output: OutputFolder, run: dict[str, Any]) -> None:
    """Check that the run in the folder is this one."""
    earlier = output.run or {}
    before, now = ({"input": each.get("input"), **each.get("settings", {})} for each in (earlier, run))
    # As JSON has it.
    now = json.loads(json.dumps(now))
    differs = [
        f"{name.replace('_', ' ')} {before.get(name)!r}, now {value!r}"
        for name, value in now.items()
        if before.get(name) != value
    ]
    if differs:
        raise SentimentError(
            f"{output.place.name} was started with {'; '.join(differs)}: go back to that, or start over with "
            "--overwrite."
        )


def _planned(output: OutputFolder, source: Place, files: dict[str, FileState], options: FolderOptions) -> Plan:
    """The plan of the run: that of an earlier driver, if the input is still as it was."""
    with output.locked("plan", f"Another driver has been planning {output.place.name} for an hour.", PLANNING):
        plan = output.plan()
        if plan is None:
            plan = make_plan(source, files, header=options.header, unit_rows=options.unit_rows)
            output.write_plan(plan)
            return plan
    if differs := list(changes(plan, files)):
        raise SentimentError(
            f"The input differs from the plan of {output.place.name}: {'; '.join(differs)}. Put the files back, score "
            "the new ones into another --output, or start over with --overwrite."
        )
    return plan


def _identity(opener: Opener) -> tuple[dict[str, Any], list[str]]:
    """What the adapter is, and its labels. Opening it here also prepares what all workers share."""
    scorer = opener()
    return dict(scorer.identity()), list(scorer.sentiment_config.labels)


def _absolute(source: str) -> str:
    return source if is_remote(source) else os.path.abspath(os.path.expanduser(source))
