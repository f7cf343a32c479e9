"""The learning curve: its runs, its table, its picture."""

import csv
import json
from pathlib import Path

import matplotlib.image
import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
RECIPE = """
base_model: user/tiny-bert
max_steps: 2
max_length: 48
bf16: false
"""


@pytest.fixture
def curve(tiny_base, tmp_path, monkeypatch):
    """A function that calls the script for demo reviews and gives its folder; sizes over 16 have one seed."""
    monkeypatch.syspath_prepend(SCRIPTS)
    import learning_curve

    monkeypatch.setattr(learning_curve, "ALL_SEEDS_UP_TO", 16)
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(RECIPE)

    def call(*more: str, sizes: str = "16,32", systems: str = "minilm,tfidf") -> Path:
        options = {"sizes": sizes, "systems": systems, "seeds": "1,2", "recipe": recipe, "dataset": "demo"}
        options |= {"test-size": 32, "output-dir": tmp_path / "curve"}
        learning_curve.main([word for name, value in options.items() for word in (f"--{name}", str(value))] + [*more])
        return tmp_path / "curve"

    return call


def runs(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "runs.jsonl").read_text().splitlines()]


def keys(folder: Path) -> list[tuple]:
    return [(run["system"], run["size"], run["seed"]) for run in runs(folder)]


def test_a_curve_has_its_runs_a_table_and_a_picture(curve):
    folder = curve()
    assert keys(folder) == [(name, *each) for each in ((16, 1), (16, 2), (32, 1)) for name in ("minilm", "tfidf")]
    for run in runs(folder):
        assert 0 <= run["low"] <= run["accuracy"] <= run["high"] <= 1
        assert run["test_rows"] == 32 and run["train_rows"] == run["size"]
        assert (run["validation_accuracy"] is None) == (run["system"] == "tfidf")
    table = (folder / "table.md").read_text().splitlines()
    assert table[0] == "| training reviews | tiny | TF-IDF and logistic regression |"
    assert table[2].startswith("| 16 | ") and table[2].count("2 seeds: ") == 2 and " ± " in table[2]
    assert table[3].startswith("| 32 | ") and "seeds" not in table[3]
    assert "32 test reviews" in table[-1] and "single run" in table[-1]
    assert table[-1].endswith(
        "The epoch of tiny is chosen on additional validation reviews, at most a quarter of the number of training "
        "reviews."
    )
    with (folder / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["system"], row["size"], row["seeds"]) for row in rows] == [
        ("minilm", "16", "2"),
        ("minilm", "32", "1"),
        ("tfidf", "16", "2"),
        ("tfidf", "32", "1"),
    ]
    small = [run["accuracy"] for run in runs(folder) if run["system"] == "tfidf" and run["size"] == 16]
    assert float(rows[2]["accuracy"]) == pytest.approx(sum(small) / 2)
    assert matplotlib.image.imread(folder / "curve.png").std() > 0.05
    assert not (folder / "adapters").exists()


def test_a_finished_run_is_not_repeated(curve):
    folder = curve(systems="tfidf")
    first, *others = (folder / "runs.jsonl").read_text().splitlines(keepends=True)
    for name in ("table.md", "table.csv", "curve.png"):
        (folder / name).unlink()
    curve(systems="tfidf")
    assert (folder / "runs.jsonl").read_text() == first + "".join(others)
    assert (folder / "table.md").is_file() and (folder / "table.csv").is_file() and (folder / "curve.png").is_file()
    # As an interruption leaves it, with another system's run made in a call of its own.
    (folder / "runs.jsonl").write_text(first)
    curve(sizes="32", systems="minilm")
    curve(systems="tfidf")
    lines = (folder / "runs.jsonl").read_text().splitlines(keepends=True)
    assert lines[0] == first
    assert keys(folder)[1:] == [("minilm", 32, 1), ("tfidf", 16, 2), ("tfidf", 32, 1)]
    assert [run["accuracy"] for run in runs(folder)[2:]] == [json.loads(line)["accuracy"] for line in others]


def test_runs_of_other_options_are_not_mixed(curve):
    curve(systems="tfidf", sizes="16")
    with pytest.raises(SystemExit, match="holds runs of tfidf with the test size 32, not 16: give another"):
        curve("--test-size", "16", systems="tfidf", sizes="16")


def test_an_adapter_continues_only_with_unseen_reviews(curve):
    known = curve("--keep", sizes="64", systems="minilm") / "adapters" / "minilm-64-1"
    with pytest.raises(SystemExit, match="of the reviews are training rows of"):
        curve("--init-adapter", str(known), systems="minilm-warm")


def test_only_small_sizes_have_all_seeds(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    from learning_curve import plan

    assert plan([9000, 100, 1000], [1, 2, 3]) == [
        *[(100, seed) for seed in (1, 2, 3)],
        *[(1000, seed) for seed in (1, 2, 3)],
        (9000, 1),
    ]


def test_validation_rows_are_left_for_the_largest_size(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    from learning_curve import validation_size

    assert [validation_size(size, 9990) for size in (100, 8000, 9000)] == [None, None, 990]


def test_sizes_that_the_source_cannot_fill_are_refused(curve):
    with pytest.raises(SystemExit, match="reviews for training and validation: a size of 5,000 is too many"):
        curve(sizes="5000", systems="tfidf")
