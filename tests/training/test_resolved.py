from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from hf_sentiment import SentimentError
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.resolved import PLACES


def resolved(**options):
    return TrainArguments(dataset="x", output_dir="~/y", **options).resolved()


def test_every_option_has_a_place_in_one_group():
    assert PLACES.keys() == {field.name for field in fields(TrainArguments)}
    assert len(set(PLACES.values())) == len(PLACES)


def test_options_keep_their_values_under_their_flat_names():
    arguments = resolved(lora_r=3, base_revision="v1", dropout=0.5, lora_dropout=0.25)
    assert (arguments.lora.r, arguments.base.revision) == (3, "v1")
    assert (arguments.base.dropout, arguments.lora.dropout) == (0.5, 0.25)
    flat = arguments.flat()
    assert (flat["lora_r"], flat["base_revision"], flat["dropout"], flat["lora_dropout"]) == (3, "v1", 0.5, 0.25)
    assert type(arguments).from_flat(flat) == arguments
    assert arguments.run.folder == Path.home() / "y"


def test_single_options_change_in_a_copy():
    arguments = resolved()
    changed = arguments.with_options(lora_r=2, learning_rate=1e-2, dropout=None)
    assert (changed.lora.r, changed.optimizer.learning_rate, changed.base.dropout) == (2, 1e-2, None)
    assert arguments.lora.r != 2 and changed.schedule == arguments.schedule
    with pytest.raises(SentimentError, match="no training option 'r'"):
        arguments.with_options(r=2)
    with pytest.raises(FrozenInstanceError):
        arguments.lora.r = 2


@pytest.mark.parametrize(("options", "trains"), [({}, False), ({"max_steps": 3}, True), ({"epochs": 0.5}, True)])
def test_a_recipe_without_epochs_trains_if_steps_are_asked_for(options, trains):
    arguments = TrainArguments(recipe="as-is", dataset="demo", output_dir="x", **options)
    assert arguments.resolved().schedule.trains == trains
