import json
from collections import Counter

import pytest
from tiny import write_csv

from hf_sentiment.reviews.held_rows import HeldRows, place_of
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.streaming import stream_reviews


def row(text, *names):
    return {"title": "", "text": text, "names": list(names), "multi": len(names) > 1}


@pytest.mark.parametrize(("rare", "parts"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1)), (9, (7, 1, 1))])
def test_a_rare_label_is_in_every_part_while_it_has_rows(tmp_path, rare, parts):
    rows = [{"text": f"kettle number {i}", "label": "good" if i % 2 else "bad"} for i in range(400)]
    # Texts beyond the shares that are held back by their place alone.
    far = [text for i in range(50) if place_of(text := f"lamp number {i}") > 0.1]
    rows += [{"text": text, "label": "mixed"} for text in far[:rare]]
    reviews = stream_reviews(DataOptions(str(write_csv(tmp_path / "rows.csv", rows))))
    mixed = reviews.labels.index("mixed")
    train = list(reviews.train)
    found = [[each["label"] for each in part].count(mixed) for part in (train, reviews.validation, reviews.test)]
    assert tuple(found) == parts == tuple(reviews.counts[split][mixed] for split in ("train", "validation", "test"))
    assert len(train) == reviews.train_rows and Counter(each["label"] for each in train) == dict(
        enumerate(reviews.counts["train"])
    )


def far(count, name="mug"):
    """Texts beyond the shares that are held back by their place alone, the nearest first."""
    return sorted((text for i in range(300) if place_of(text := f"{name} {i}") > 0.1), key=place_of)[:count]


def as_it_says(reviews):
    """Whether the training rows are as many of each label as the numbers say, and no text is in two splits."""
    train, multi = list(reviews.train), isinstance(reviews.validation[0]["label"], list)
    found = Counter(label for each in train for label in (each["label"] if multi else [each["label"]]))
    parts = [{each["text"] for each in part} for part in (train, reviews.validation, reviews.test)]
    apart = sum(map(len, parts)) == len(set().union(*parts))
    held = [len(part) == len(set(part["text"])) for part in (reviews.validation, reviews.test)]
    counts = [found[index] for index in range(len(reviews.labels))]
    return len(train) == reviews.train_rows and counts == reviews.counts["train"] and apart and all(held)


def test_every_copy_of_a_moved_text_leaves_the_training_rows():
    held, texts = HeldRows({"validation": 5}, 0.01), far(3)
    rows = [row(text, "rare") for text in [*texts, *texts]]
    for each in rows:
        held.add(each)
    held.finish().recount(rows)
    assert held.rows == held.names["rare"] == 4 and len(held.moved) == 1 and len(held.parts["validation"]) == 1


def test_a_text_with_two_labels_leaves_them_both(tmp_path):
    texts = far(20)
    rows = [{"text": text, "label": "good" if i % 2 else "bad"} for i, text in enumerate(texts)]
    rows += [{"text": text, "label": "bad" if i % 2 else "good"} for i, text in enumerate(texts[:4])]
    assert as_it_says(stream_reviews(DataOptions(str(write_csv(tmp_path / "rows.csv", rows)))))


@pytest.mark.parametrize("copies", [1, 2])
def test_a_row_with_several_labels_is_held_back_once(tmp_path, copies):
    rows = [{"text": text, "label": ["a", "b"] if i % 2 else ["a", "c"]} for i, text in enumerate(far(20))]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(each) for each in rows * copies))
    reviews = stream_reviews(DataOptions(str(path)))
    assert as_it_says(reviews) and min(reviews.counts["validation"]) > 0 < min(reviews.counts["test"])


def test_a_full_part_gives_up_a_row_of_a_common_label():
    held = HeldRows({"test": 3}, 1.0)
    texts = sorted((f"rug {i}" for i in range(20)), key=place_of)
    for text in texts[:-1]:
        held.add(row(text, "common"))
    held.add(row(texts[-1], "rare"))
    held.finish()
    assert [each["names"] for each in held.parts["test"]] == [["common"], ["common"], ["rare"]]
    assert [each["text"] for each in held.parts["test"]] == [*texts[:2], texts[-1]]
