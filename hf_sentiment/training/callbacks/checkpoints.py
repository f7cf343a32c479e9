"""Complete checkpoints: Trainer writes them file by file, and a killed run leaves an incomplete one."""

import json
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.whole_file import whole_file
from hf_sentiment.training.processes import from_main, wait_for_all

MARKER, REVIEWS = "complete", "reviews_per_step"


class MarkComplete(TrainerCallback):
    """Writes a marker file into each checkpoint after Trainer has written all of it; it holds the reviews per step."""

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Called after the last file of a checkpoint."""
        # Every process writes a file.
        wait_for_all()
        if state.is_world_process_zero:
            with whole_file(checkpoint_folder(args, state) / MARKER) as file:
                file.write(json.dumps({REVIEWS: reviews_per_step(args)}).encode())


def reviews_per_step(args: TrainingArguments) -> int:
    """How many reviews a step reads, in all processes together."""
    return args.train_batch_size * args.world_size


def checkpoint_folder(args: TrainingArguments, state: TrainerState) -> Path:
    """The checkpoint of the current step."""
    return Path(str(args.output_dir)) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"


def last_complete_checkpoint(folder: Path) -> str | None:
    """The newest complete checkpoint in a folder, or None; incomplete ones are skipped."""
    found = [path.parent for path in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*/{MARKER}")]
    return str(max(found, key=lambda path: int(path.name.rpartition("-")[2]))) if found else None


def checkpoint_to_resume(args: TrainingArguments) -> str | None:
    """The main process's newest complete checkpoint, for every process.

    Raises:
        SentimentError: another process does not see it, or it was written by an earlier version, or with another number
            of reviews per step. Trainer counts steps, so the run would read some reviews twice, or leave them out.
    """
    found = from_main(last_complete_checkpoint(Path(str(args.output_dir))))
    if found is None:
        return None
    try:
        earlier = json.loads((Path(found) / MARKER).read_text())[REVIEWS]
    except OSError as error:
        raise SentimentError(
            f"Process {args.process_index} does not see {found}: --output-dir must be on a file system that all "
            "machines share."
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise SentimentError(
            f"{found} was written by an earlier version of hf_sentiment: give --overwrite in place of --resume."
        ) from error
    if earlier != reviews_per_step(args):
        processes, now = args.world_size, reviews_per_step(args)
        cure = f"give --batch-size {earlier // processes}"
        if earlier % processes:
            cure = f"use a number of processes that divides {earlier}"
        raise SentimentError(
            f"The interrupted run read {earlier} reviews per step, and this one would read {now}, so that some reviews "
            f"would be read twice or not at all: {cure}, or --overwrite in place of --resume to start again."
        )
    return found
