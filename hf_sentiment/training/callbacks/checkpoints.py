"""Complete checkpoints: Trainer writes them file by file, and a killed run leaves an incomplete one."""

from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

MARKER = "complete"


class MarkComplete(TrainerCallback):
    """Writes a marker file into each checkpoint after Trainer has written all of it."""

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Called after the last file of a checkpoint."""
        if state.is_world_process_zero:
            (checkpoint_folder(args, state) / MARKER).touch()


def checkpoint_folder(args: TrainingArguments, state: TrainerState) -> Path:
    """The checkpoint of the current step."""
    return Path(str(args.output_dir)) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"


def last_complete_checkpoint(folder: Path) -> str | None:
    """The newest complete checkpoint in a folder, or None; incomplete ones are skipped."""
    found = [path.parent for path in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*/{MARKER}")]
    return str(max(found, key=lambda path: int(path.name.rpartition("-")[2]))) if found else None
