"""A mistake in the options is found before torch is imported, and leaves no folder behind."""

import subprocess
import sys

import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.cli import main
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.check_run import check_options, check_run
from hf_sentiment.training.search.arguments import SearchArguments
from hf_sentiment.training.search.search import search

IMPORTED = """
import sys
from hf_sentiment.cli import main
status = main(sys.argv[1:])
print(status, *({"torch", "transformers", "peft", "datasets"} & set(sys.modules)))
"""


@pytest.fixture
def reviews(tmp_path):
    return str(write_csv(tmp_path / "reviews.csv", tiny_reviews(60)))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "--dataset", "FILE"], "train needs --output-dir"),
        (["train", "--dataset", "no.csv", "--output-dir", "OUT"], "There is no file or folder no.csv"),
        (["train", "--dataset", "FILE", "--output-dir", "OUT", "--text-column", "body"], "no text column 'body'"),
        (
            ["train", "--dataset", "FILE", "--output-dir", "OUT", "--license", "My own"],
            "The card's licence is 'My own'",
        ),
        (["train", "--dataset", "FILE", "--output-dir", "OUT", "--test-file", "no.csv"], "There is no file no.csv"),
        (["train", "--dataset", "FILE", "--output-dir", "OUT", "--rejects", "FILE"], "is no file of lost rows"),
        (["train", "--dataset", "FILE", "--output-dir", "OUT", "--recipe", "minlm"], "There is no recipe 'minlm'"),
        (["train", "--dataset", "FILE", "--output-dir", "OUT", "--epocs", "3"], "unrecognized arguments: --epocs"),
        (["train", "--dataset", "FILE", "--output-dir", "OUT", "--epochs", "x"], "invalid float value: 'x'"),
        (["train", "--dataset", "FILE", "--output-dir", "OUT", "--bf16", "x"], "'x' is neither true nor false"),
        (["search", "--dataset", "FILE", "--output-dir", "OUT", "--space", "no"], "There is no search space 'no'"),
        (["search", "--dataset", "FILE", "--output-dir", "OUT", "--label-column", "no"], "no label column 'no'"),
        (["evaluate", "default", "--dataset", "no.csv"], "There is no file or folder no.csv"),
        (["compare", "default", "default", "--dataset", "FILE", "--rejects", "FILE"], "is no file of lost rows"),
        (["predict", "--input", "no.csv", "--output", "OUT.csv"], "There is no file no.csv"),
        (["predict", "--input", "FILE", "--output", "FILE"], "read and written at once"),
    ],
)
def test_nothing_heavy_is_imported_for_a_mistake(tmp_path, reviews, words, message):
    out = tmp_path / "out"
    words = [word.replace("FILE", reviews).replace("OUT", str(out)) for word in words]
    done = subprocess.run([sys.executable, "-c", IMPORTED, *words], capture_output=True, text=True)
    assert message in done.stderr and len(done.stderr.splitlines()) == 1
    assert done.stdout == "2\n" and not out.exists()


def test_options_may_be_written_with_underscores_and_booleans_in_two_forms(tmp_path, reviews, capsys):
    words = [
        "train",
        "--dataset",
        reviews,
        f"--output_dir={tmp_path / 'out'}",
        "--no-header",
        "--use_cpu",
        "--bf16",
        "no",
    ]
    assert main(words) == 2
    assert "has no text column; it has 1, 2, 3" in capsys.readouterr().err


@pytest.mark.parametrize("options", [{"target_modules": "nothing"}, {"label_map": "1=a"}, {"base_model": "user/none"}])
def test_a_refused_training_leaves_no_folder(tmp_path, train_tiny, options):
    out = tmp_path / "deep" / "out"
    with pytest.raises(SentimentError):
        train_tiny(output_dir=str(out), **options)
    assert not out.exists()


def test_a_refused_search_leaves_no_folder(tmp_path, tiny_base):
    out = tmp_path / "out"
    reviews = str(write_csv(tmp_path / "one.csv", tiny_reviews(40, ("Positive",))))
    arguments = {"dataset": reviews, "output_dir": str(out), "base_model": "user/tiny-bert"}
    with pytest.raises(SentimentError, match="have one label, Positive"):
        search(SearchArguments(**arguments))
    assert not out.exists()


def test_the_command_names_files_without_their_folders(tmp_path, reviews):
    arguments = TrainArguments(dataset=reviews, output_dir="x", test_file=reviews, header=False, rejects="lost.jsonl")
    assert arguments.command() == (
        "hf-sentiment train --recipe auto --dataset reviews.csv --output-dir DIR --no-header --test-file reviews.csv"
    )


@pytest.mark.parametrize("option", ["fit_head", "wake"])
def test_a_choice_that_does_not_exist_is_refused(reviews, option):
    arguments = TrainArguments(dataset=reviews, output_dir="x", **{option: "sometimes"})
    with pytest.raises(SentimentError, match="is 'sometimes': give one of .*never"):
        check_options(arguments.resolved())


def test_fsdp_is_refused_before_anything_is_computed(monkeypatch, tmp_path):
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(SentimentError, match="no adapter can be saved from that yet: use launch/one-machine.yaml"):
        check_run(TrainArguments(recipe="base", dataset="demo", output_dir=str(tmp_path / "new")).resolved())
