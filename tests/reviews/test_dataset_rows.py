import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from tiny import tiny_reviews

from hf_sentiment import SentimentError
from hf_sentiment.reviews.dataset import load_reviews, load_split
from hf_sentiment.reviews.options import DataOptions

FEATURES = Features({"text": Value("string"), "label": ClassLabel(names=["negative", "positive"])})


@pytest.fixture
def folder(tmp_path):
    """Parquet files as public datasets have them: a test split whose labels are all -1, and a split of no use."""
    rows = [{"text": row["text"], "label": index % 2} for index, row in enumerate(tiny_reviews(60))]
    rows[7]["label"] = -1
    hidden = [{"text": row["text"], "label": -1} for row in tiny_reviews(20, seed=2)]
    splits = {"train": rows, "test": hidden, "unsupervised": hidden}
    (tmp_path / "data").mkdir()
    for name, part in DatasetDict({k: Dataset.from_list(v, features=FEATURES) for k, v in splits.items()}).items():
        part.to_parquet(tmp_path / "data" / f"{name}-00000-of-00001.parquet")
    return tmp_path


def test_minus_one_is_no_label(folder):
    reviews = load_reviews(DataOptions(str(folder)))
    assert reviews.labels == ["Negative", "Positive"] and sum(reviews.rows.values()) == 59
    assert "1 row of train left out: no label." in reviews.notes
    assert f"The test split of {folder.name} has no labels and is not used." in reviews.notes
    assert not any("unsupervised" in note for note in reviews.notes)
    with pytest.raises(SentimentError, match="No labelled rows are left of"):
        load_split(DataOptions(str(folder), labels=["Negative", "Positive"]), "test")
