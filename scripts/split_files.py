"""Rows of splits as CSV files, for a training that reads exactly these."""

from pathlib import Path

from pandas import DataFrame


def split_files(parts: dict[str, DataFrame], labels: list[str], folder: Path) -> dict[str, str]:
    """Write the splits, and return the options of `TrainArguments` that read them.

    Args:
        parts: "train", "validation" and "test" -> rows with the columns title, text and label, a class index.
        labels: the names of the classes, in class order.
        folder: where the files go.
    """
    for name, rows in parts.items():
        named = rows[["title", "text"]].assign(label=[labels[index] for index in rows["label"]])
        named.to_csv(folder / f"{name}.csv", index=False)
    train, validation, test = (str(folder / f"{name}.csv") for name in ("train", "validation", "test"))
    return {"dataset": train, "validation_file": validation, "test_file": test, "labels": ",".join(labels)}
