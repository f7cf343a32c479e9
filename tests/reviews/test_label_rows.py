from datasets import Dataset

from hf_sentiment.reviews.label_rows import missing_label_notes, one_validation_label, rows_of_labels

LABELS = ["cold", "warm", "mild"]


def test_rows_are_counted_by_label():
    single = Dataset.from_dict({"label": [0, 1, 1, 0, 1]})
    assert rows_of_labels(single, 3) == [2, 3, 0] and rows_of_labels(single.select([4, 1]), 3) == [0, 2, 0]
    several = Dataset.from_dict({"label": [[0, 2], [2], [], [1, 2]]})
    assert rows_of_labels(several, 4) == [1, 1, 3, 0] and rows_of_labels(several.select([1, 2]), 3) == [0, 0, 1]


def test_a_split_without_rows_has_no_column():
    assert rows_of_labels(Dataset.from_dict({"text": []}), 2) == [0, 0]


def test_a_label_without_training_rows_is_told():
    rows = {"train": [5, 6, 0], "validation": [2, 2, 1], "test": [2, 2, 0]}
    assert missing_label_notes(rows, LABELS) == [
        "The label 'mild' has 0 training rows, 1 validation row and 0 test rows: the adapter cannot learn it. "
        "Add reviews with it, or leave its rows out with --label-map."
    ]
    assert missing_label_notes({name: [1, 1, 1] for name in rows}, LABELS) == []


def test_a_label_that_is_not_tested_is_told():
    (note,) = missing_label_notes({"train": [5, 6, 1], "validation": [2, 2, 1], "test": [2, 2, 0]}, LABELS)
    assert note.startswith("The label 'mild' has 1 training row, 1 validation row and 0 test rows: it is not measured")


def test_many_missing_labels_are_counted():
    names = [str(number) for number in range(400)]
    notes = missing_label_notes({"train": [0] * 400, "validation": [1] * 400, "test": [1] * 400}, names)
    assert len(notes) == 13 and notes[-1] == "388 more labels have no row in a split."


def test_one_validation_label_is_an_error_with_a_cure():
    rows = {"train": [1, 60, 0], "validation": [0, 20, 0], "test": [0, 20, 0]}
    assert str(one_validation_label(rows, LABELS, "in.csv", stream=False)) == (
        "All 20 validation reviews of in.csv are warm: no epoch can be chosen on them ('cold' has 1 training row, "
        "0 validation rows and 0 test rows). Add reviews with another label: each split needs one, with its own text."
    )
    assert "Train without --streaming" in str(one_validation_label(rows, LABELS, "in.csv", stream=True))
    rows["validation"] = [0, 1, 0]
    assert "Give 2 validation rows or more, with different labels (--validation-size)." in str(
        one_validation_label(rows, LABELS, "in.csv", stream=False)
    )
