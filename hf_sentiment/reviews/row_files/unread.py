"""The sentence about files of a folder that are not read."""

from pathlib import Path

from hf_sentiment.reviews.labels import MOST_SHOWN


def unread_note(files: list[Path], folder: Path, name: str) -> list[str]:
    """The sentence about files of a folder that are not read; none if there are none."""
    if not files:
        return []
    shown = ", ".join(str(file.relative_to(folder)) for file in files[:MOST_SHOWN])
    more = f" and {len(files) - MOST_SHOWN:,} more" if len(files) > MOST_SHOWN else ""
    return [f"Files of {Path(name).name} that are not read: {shown}{more}."]
