import pytest
from review_files import reviews, write

from hf_sentiment.scale import plan


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An input folder with files of every kind; those of more than a kilobyte have several units."""
    monkeypatch.setattr(plan, "SMALL_BYTES", 1000)
    made = tmp_path / "in"
    (made / "deep").mkdir(parents=True)
    write(made / "a.csv", reviews(45))
    write(made / "b.parquet", reviews(45))
    write(made / "deep" / "c.jsonl", reviews(12))
    write(made / "small.csv", reviews(2))
    (made / "notes.txt").write_text("not read")
    (made / "_hidden.csv").write_text("text\nnot read\n")
    return made
