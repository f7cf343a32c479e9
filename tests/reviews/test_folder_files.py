"""Folders as people have them: every file is read or named."""

import json

import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.reviews.dataset import load_reviews
from hf_sentiment.reviews.folder_files import files_by_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.row_files.open_rows import open_rows


def written(folder, *names):
    """Sixty rows in each file, with texts of its own."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [{"text": f"{row['text']} {name} {i}", "label": row["label"]} for i, row in enumerate(tiny_reviews(60))]
        if path.suffix == ".jsonl":
            path.write_text("\n".join(map(json.dumps, rows)))
        else:
            write_csv(path, rows)
    return folder


def total(folder):
    reviews = load_reviews(DataOptions(str(folder)))
    return sum(reviews.rows.values()), [note for note in reviews.notes if "not read" in note]


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["a.csv", "b.jsonl"], {"train": 2}),
        (["train1.csv", "train2.csv", "train3.jsonl"], {"train": 3}),
        (["reviews.csv", "test.csv"], {"train": 1, "test": 1}),
        (["train.csv", "test.jsonl", "dev.tsv"], {"train": 1, "test": 1, "validation": 1}),
        (["TRAIN.CSV", "Test.csv"], {"train": 1, "test": 1}),
        (["train/a.csv", "train/b.csv", "test/a.csv"], {"train": 2, "test": 1}),
        (["my_train_v2.csv", "my_test_v2.csv", "latest.csv"], {"train": 1, "test": 1}),
        (
            ["train-00000-of-00002.csv", "train-00001-of-00002.csv", "extra-00000-of-00001.csv"],
            {"train": 2, "extra": 1},
        ),
        (["training_reviews.csv", "contest.csv", "devices.csv"], {"train": 1}),
    ],
)
def test_files_belong_to_the_splits_that_their_names_say(tmp_path, names, splits):
    found, notes = files_by_split(written(tmp_path, *names), "mine")
    assert {split: len(files) for split, files in found.items()} == splits
    read = {str(file.relative_to(tmp_path)) for files in found.values() for file in files}
    unread = sorted(set(names) - read)
    assert notes == ([f"Files of mine that are not read: {', '.join(unread)}."] if unread else [])


def test_every_format_of_a_folder_is_read(tmp_path):
    assert total(written(tmp_path, "a.csv", "b.jsonl", ".hidden/c.csv", "__MACOSX/d.csv")) == (120, [])


def test_what_is_not_read_is_named(tmp_path):
    assert total(written(tmp_path, "train.csv", "sample_submission.csv")) == (
        60,
        [f"Files of {tmp_path.name} that are not read: sample_submission.csv."],
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "about.txt").write_text("about")
    assert total(tmp_path)[0] == 60


@pytest.mark.parametrize("splits", [False, True])
def test_in_a_folder_per_class_other_files_are_named(tmp_path, splits):
    home = tmp_path / "train" if splits else tmp_path
    for i, row in enumerate(tiny_reviews(60)):
        (home / row["label"]).mkdir(parents=True, exist_ok=True)
        (home / row["label"] / f"{i}.{'TXT' if i % 2 else 'txt'}").write_text(f"{row['text']} {i}")
    (home / "Positive" / "deep.txt").mkdir()
    (home / "Positive" / "deep.txt" / "x.txt").write_text("soup")
    (home / "Negative" / "y.html").write_text("soup")
    (home / "beside.txt").write_text("soup")
    (home / ".ipynb_checkpoints").mkdir()
    (home / ".ipynb_checkpoints" / "1.txt").write_text("soup")
    rows, notes = total(tmp_path)
    told = f"Files of {home.name} that are not read: beside.txt, Negative/y.html, Positive/deep.txt/x.txt."
    assert rows == 60 and notes == [told] == open_rows(home).notes


def test_a_file_beside_folders_of_classes_is_read_and_that_is_told(tmp_path):
    (tmp_path / "Positive").mkdir()
    (tmp_path / "Positive" / "1.txt").write_text("soup")
    write_csv(tmp_path / "in.csv", tiny_reviews(60))
    assert total(tmp_path) == (60, [f"Files of {tmp_path.name} that are not read: Positive/1.txt."])


def test_a_folder_of_splits_is_no_class_whatever_lies_in_it(tmp_path):
    for label in ("pos", "neg"):
        (tmp_path / "train" / label).mkdir(parents=True)
        (tmp_path / "train" / label / "1.txt").write_text("soup")
    (tmp_path / "train" / "urls_pos.txt").write_text("http://example.org")
    with pytest.raises(SentimentError, match="mine has a folder for each split: give one of them, such as .*train"):
        open_rows(tmp_path, "mine")


def test_a_folder_without_a_file_to_read_says_what_is_read(tmp_path):
    (tmp_path / "README.md").write_text("about")
    with pytest.raises(SentimentError, match="has no file to read: none of .csv, .tsv"):
        load_reviews(DataOptions(str(tmp_path)))


def test_a_card_may_say_which_files_belong_to_which_split(tmp_path):
    written(tmp_path, "one.csv", "two.csv")
    card = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: one.csv\n"
    (tmp_path / "README.md").write_text(f"{card}  - split: test\n    path: two.csv\n---\n")
    reviews = load_reviews(DataOptions(str(tmp_path)))
    assert len(reviews.test) == 60 and not reviews.test_rows_drawn
