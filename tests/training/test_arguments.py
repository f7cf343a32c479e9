import re

import pytest
import yaml
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.cli import main
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.recipe_files import recipe_names


def test_recipes_are_complete_and_their_mistakes_are_named(tmp_path):
    assert {"minilm", "seed-distilbert"} <= set(recipe_names())
    seed = TrainArguments(recipe="seed-distilbert", dataset="x", output_dir="y").resolved()
    assert (seed.lora.target_modules, seed.lora.r, seed.lora.alpha, seed.base.max_length) == ("q_lin", 4, 32, 512)
    assert TrainArguments(recipe="minilm", dataset="x", output_dir="y", lora_r=2).resolved().lora.r == 2
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"learning_rat": 1}))
    with pytest.raises(SentimentError, match="did you mean learning_rate"):
        TrainArguments(recipe=str(tmp_path / "mine.yaml"), dataset="x", output_dir="y").resolved()
    with pytest.raises(SentimentError, match="no recipe 'nonsense'"):
        TrainArguments(recipe="nonsense", dataset="x", output_dir="y").resolved()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("learning_rate: 5e-4", 5e-4),
        ("learning_rate: 5.0e4", 5e4),
        ("learning_rate: fast", "learning_rate the value 'fast', which is not a number"),
        ("learning_rate: '5e-4'", "learning_rate the value '5e-4', which is not a number"),
        ("batch_size: 8.0", 8),
        ("batch_size: 8.5", "batch_size the value 8.5, which is not a whole number"),
        ("batch_size: .inf", "batch_size the value inf, which is not a whole number"),
        ("bf16: 1", "bf16 the value 1, which is not true or false"),
        ("lr_scheduler: false", "lr_scheduler the value False, which is not text"),
        ("labels: [1, 2]", "1,2"),
        ("max_steps: null", -1),
        ("dropout: null", None),
        ("license: mit", "sets license, which a recipe cannot set: give --license"),
    ],
)
def test_a_recipes_value_has_its_options_type_or_is_refused(tmp_path, text, value):
    (tmp_path / "mine.yaml").write_text(text)
    arguments = TrainArguments(recipe=str(tmp_path / "mine.yaml"), dataset="x", output_dir="y")
    if isinstance(value, str) and not value[0].isdigit():
        with pytest.raises(SentimentError, match=re.escape(value)):
            arguments.resolved()
        return
    found = arguments.resolved().flat()[text.partition(":")[0]]
    assert found == value and type(found) is type(value)


def test_an_empty_value_discards_the_recipes_value(tiny_base, tmp_path):
    rows = [{"text": row["text"], "label": index % 3} for index, row in enumerate(tiny_reviews(60))]
    reviews = write_csv(tmp_path / "tweets.csv", rows)
    options = ["--recipe", "three-classes", "--label-column", "label", "--label-map", "", "--max-steps", "1"]
    options += ["--base-model", "user/tiny-bert", "--max-length", "48", "--output-dir", str(tmp_path / "adapter")]
    assert main(["train", "--dataset", str(reviews), *options]) == 0
    config = SentimentConfig.load(tmp_path / "adapter")
    assert config.labels == ["Negative", "Neutral", "Positive"]
    assert '--label-column label --label-map ""' in config.provenance["command"]


def test_an_explicit_number_of_epochs_is_not_extended(tmp_path):
    (tmp_path / "mine.yaml").write_text("epochs: 2\nmin_steps: 50")
    recipe = {"recipe": str(tmp_path / "mine.yaml"), "dataset": "x", "output_dir": "y"}
    assert TrainArguments(**recipe).resolved().schedule.min_steps == 50
    assert TrainArguments(**recipe, epochs=3).resolved().schedule.min_steps == 0
    assert TrainArguments(**recipe, epochs=3, min_steps=9).resolved().schedule.min_steps == 9


def test_a_recipes_starting_adapter_belongs_to_its_base():
    recipe = {"recipe": "five-stars", "dataset": "x", "output_dir": "y"}
    assert TrainArguments(**recipe).resolved().lora.init_adapter == "default"
    assert TrainArguments(**recipe, base_model="minilm").resolved().lora.init_adapter == "default"
    assert TrainArguments(**recipe, base_model="user/other").resolved().lora.init_adapter is None
    assert TrainArguments(**recipe, init_adapter="").resolved().lora.init_adapter is None
    own = TrainArguments(**recipe, base_model="user/other", init_adapter="user/adapter")
    assert own.resolved().lora.init_adapter == "user/adapter"
