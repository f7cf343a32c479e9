"""The names of splits, and the usual ones for them."""

# The names that `datasets` gives these splits in a folder's file names; used here for the Hub and for a column too.
SPLIT_NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}


def split_name(name: str) -> str:
    """The usual name of a split, such as "validation" for "dev"; an unusual name is returned as it is."""
    lower = str(name).strip().lower()
    return next((usual for usual, names in SPLIT_NAMES.items() if lower in names), name)
