"""The help of `train` and `search`, mistakes in their options, and what recipes there are."""

import json

import pytest
import yaml

from hf_sentiment.cli import main
from hf_sentiment.training.arguments import TrainArguments
from hf_sentiment.training.recipe_files import recipe_names


def help_of(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    return capsys.readouterr().out


@pytest.mark.parametrize("command", ["train", "search"])
def test_help_says_each_default_once(command, capsys):
    text = " ".join(help_of(command, capsys).split())
    assert "(default: None)" not in text
    assert "rank of the LoRA updates (default: the recipe's) --" in text
    assert "license of the adapter, written to its card (default: apache-2.0) --" in text


def test_help_has_groups_and_examples_and_what_is_required(capsys):
    text = help_of("train", capsys)
    usage, _ = text.split("\n\n", 1)
    assert usage == "usage: hf-sentiment train --dataset FILE --output-dir FOLDER [options]"
    titles = ["run:", "data:", "base and start:", "LoRA:", "optimisation:", "output:", "examples:"]
    assert [line for line in text.splitlines() if line in titles] == titles
    # Each option is in one of the groups.
    assert "--learning-rate" in text.split("optimisation:")[1] and "--lora-r" in text.split("\nLoRA:")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "There is no command 'trian' (did you mean train?); hf-sentiment --help lists them."),
        (["xyz"], "There is no command 'xyz'; hf-sentiment --help lists them."),
        (["train", "--epocs", "3"], "arguments: --epocs 3 (did you mean --epochs?); hf-sentiment train --help lists"),
        (["train", "--epocs=3"], "arguments: --epocs=3 (did you mean --epochs?)"),
        (["predict", "--bakend", "torch", "fine"], "(did you mean --backend?); hf-sentiment predict --help lists"),
        (["serve", "--prot", "80"], "(did you mean --port?)"),
        (["evaluate"], "the following arguments are required"),
    ],
)
def test_a_mistake_is_one_line_with_a_suggestion(words, message, capsys):
    assert main(words) == 2
    said = capsys.readouterr()
    assert message in said.err and said.err.count("\n") == 1 and said.out == ""


@pytest.mark.parametrize("recipe", recipe_names())
def test_a_recipe_that_is_shown_is_a_file_that_gives_the_same_options(recipe, tmp_path, capsys):
    assert main(["train", "--recipe", recipe, "--show"]) == 0
    file = tmp_path / "options.yaml"
    file.write_text(capsys.readouterr().out + "dataset: reviews.csv\noutput_dir: out\n")
    given = TrainArguments(recipe=recipe, dataset="reviews.csv", output_dir="out").resolved()
    assert TrainArguments.from_file(str(file)).resolved() == given


def test_show_applies_the_options_beside_the_recipe(capsys):
    assert main(["train", "--recipe", "minilm", "--epochs", "7", "--dataset", "mine.csv", "--show"]) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert (shown["epochs"], shown["dataset"], shown["lora_r"]) == (7.0, "mine.csv", 8)


def test_recipes_lists_each_with_a_line(capsys):
    assert main(["recipes", "--json"]) == 0
    notes = json.loads(capsys.readouterr().out)
    assert sorted(notes) == recipe_names()
    assert main(["recipes"]) == 0
    text = capsys.readouterr().out
    assert all(any(line.startswith(f"{name} ") for line in text.splitlines()) for name in notes)
    assert "Measured: " in text and max(map(len, text.splitlines())) <= 120
