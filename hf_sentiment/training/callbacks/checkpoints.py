"""Checkpoints that are whole: Trainer writes them file by file, and a killed run leaves half of one."""

from pathlib import Path

from transformers import TrainerCallback
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

MARKER = "complete"


class MarkComplete(TrainerCallback):
    """Puts a marker into each checkpoint once Trainer has written all of it."""

    def on_save(self, args, state, control, **kwargs):
        """Called after the last file of a checkpoint."""
        if state.is_world_process_zero:
            (Path(args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}" / MARKER).touch()


def last_complete_checkpoint(folder: Path) -> str | None:
    """The newest whole checkpoint in a folder; half-written ones are passed over."""
    found = [path.parent for path in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*/{MARKER}")]
    return str(max(found, key=lambda path: int(path.name.rpartition("-")[2]))) if found else None
