"""The tutorial, as somebody follows it: each command is copied out of it and run."""

import csv

import pytest
from doc_blocks import follow
from star_reviews import star_rows
from tiny import write_csv


@pytest.mark.slow
def test_the_tutorial_leads_from_a_file_of_stars_to_a_published_adapter(tmp_path, hub):
    write_csv(tmp_path / "reviews.csv", list(star_rows()))
    said = follow("tutorial.md", tmp_path)
    printed = list(said.values())
    train, published = printed[0], printed[-1]
    (python,) = (text for block, text in said.items() if "import hf_sentiment" in block)
    assert "Choosing a recipe" in train and "95 % interval" in train and "Next:" in train
    assert "'label': 'Positive'" in python
    assert "Negative" in published
    for name in ("my-adapter/README.md", "my-adapter/evaluation/report.html", "doubtful.csv", "scored.csv"):
        assert (tmp_path / name).stat().st_size > 0
    with (tmp_path / "scored.csv").open(newline="") as file:
        scored = list(csv.DictReader(file))
    assert len(scored) == 60 and {"label", "score", "stars"} <= scored[0].keys()
    # No row of the reviews is in what was published.
    card = hub.repo_files("user/my-reviews")["README.md"].decode()
    assert "my-reviews" in card and not any(row["review"] in card for row in star_rows())
