import pytest

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.search.space import load_space


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("options: {learning_rat: [1.0e-3]}", "did you mean learning_rate"),
        ("options: {learning_rate: 5}", "neither a list of values nor a range"),
        ("options: {learning_rate: {low: little, high: 1e-3}}", "neither a list of values nor a range"),
        ("sampler: grid\noptions: {learning_rate: {low: 1.0e-4, high: 1.0e-3}}", "is a grid"),
        ("sampler: anneal\noptions: {learning_rate: [1.0e-3]}", "must be one of grid, tpe"),
        ("options: {}", "no options"),
        ("options: {max_length: [64, 128]}", "cannot be searched"),
        ("options: {lora_r: [4, many]}", "gives lora_r the value 'many', which is not a whole number"),
        ("options: {lora_r: [4]}\nfixed: {bf16: 1}", "gives bf16 the value 1, which is not true or false"),
        ("trials: 3", "it takes sampler, options and fixed"),
        ("[", "not readable YAML"),
    ],
)
def test_mistakes_in_a_space_are_named(tmp_path, text, message):
    (tmp_path / "space.yaml").write_text(text)
    with pytest.raises(SentimentError, match=message):
        load_space(str(tmp_path / "space.yaml"))


def test_values_are_converted_to_the_types_of_their_options(tmp_path):
    (tmp_path / "space.yaml").write_text("options: {batch_size: [8.0], target_modules: [[q, k], query]}")
    options = load_space(str(tmp_path / "space.yaml")).options
    assert options == {"batch_size": [8], "target_modules": ["q,k", "query"]}
    assert type(options["batch_size"][0]) is int


def test_the_shipped_spaces_are_complete():
    grid = load_space("grid")
    assert len(grid.combinations()) == 9 and grid.fixed == {"epochs": 5}
    assert load_space("optuna").sampler == "tpe"
