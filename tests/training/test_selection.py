"""The metric that selects the epoch, and the adjustment for rare labels after training."""

import json
import shutil

import numpy as np
import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError, load
from hf_sentiment.adapter.base_model import locate_base
from hf_sentiment.adapter.saving import add_to_bias, head_bias
from hf_sentiment.core.config import SentimentConfig


def uneven(folder) -> str:
    """60 reviews of one label, 20 of another."""
    rows = [row for place, row in enumerate(tiny_reviews(120)) if row["label"] == "Positive" or place % 6 == 0]
    return str(write_csv(folder / "uneven.csv", rows))


@pytest.mark.parametrize(("choice", "name"), [("auto", "macro F1"), ("accuracy", "accuracy")])
def test_uneven_labels_are_chosen_by_macro_f1(train_tiny, tmp_path, choice, name):
    lines = []
    result = train_tiny(dataset=uneven(tmp_path), epochs=1, choose_by=choice, say=lines.append)
    told = "\n".join(lines)
    assert (
        f"epoch 1: validation {name} " in told
        and f"best validation {name} {100 * result.validation_accuracy:.1f} %" in told
    )
    card = (result.output_dir / "README.md").read_text()
    assert f"- The epoch was chosen by {name} on the validation reviews." in card
    training = SentimentConfig.load(result.output_dir).provenance["training"]
    assert training["chosen_by"] == name.replace(" ", "_").lower()
    assert choice == "auto" or training["logit_adjustment"] == 0


def test_an_unknown_choice_is_refused(train_tiny):
    with pytest.raises(SentimentError, match="--choose-by is 'f2': give one of auto, accuracy, macro-f1"):
        train_tiny(choose_by="f2")


def test_the_adjustment_is_in_the_heads_bias(binary_adapter, tmp_path, tiny_base):
    folder = tmp_path / "adjusted"
    shutil.copytree(binary_adapter, folder)
    name = head_bias(folder, locate_base(tiny_base))
    assert name == "base_model.model.classifier.bias"
    add_to_bias(folder, name, np.array([1.5, -0.5]))
    # The manifest guards the weights that were trained.
    (folder / "manifest.json").unlink()
    before, after = (load(each, dtype="float32").logits(["great", "awful kettle"]) for each in (binary_adapter, folder))
    temperature = json.loads((folder / "sentiment_config.json").read_text())["temperature"]
    assert (after - before) * temperature == pytest.approx(np.array([[1.5, -0.5]] * 2), abs=1e-4)


def test_a_run_adjusts_its_logits_by_the_chosen_factor(train_tiny, tmp_path, monkeypatch):
    options = {"dataset": uneven(tmp_path), "epochs": 1}
    plain = train_tiny(**options, choose_by="accuracy")
    # Which factor is chosen is tested in tests/metrics/test_logit_adjustment.py.
    monkeypatch.setattr("hf_sentiment.training.finish.choose_tau", lambda *arguments, **options: 0.5)
    lines = []
    adjusted = train_tiny(**options, say=lines.append)
    sentence = "the logits are lowered by 0.5 times the log of each label's share of the training reviews"
    assert sentence in "\n".join(lines) and sentence in (adjusted.output_dir / "README.md").read_text()
    before, after = (
        load(each.output_dir, dtype="float32").logits(["great", "awful kettle"])
        * SentimentConfig.load(each.output_dir).temperature
        for each in (plain, adjusted)
    )
    change = (after - before)[0]
    # Both in label order, Negative being the rare one.
    assert change == pytest.approx((after - before)[1], abs=1e-4) and change[0] > change[1] > 0
    assert np.exp(-change / 0.5).sum() == pytest.approx(1, abs=1e-3)
