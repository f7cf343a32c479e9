from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from transformers import TrainerControl, TrainerState

from hf_sentiment.training.callbacks.weight_average import WeightAverage


def test_the_average_replaces_the_weights_during_evaluation_and_saving(tmp_path):
    model, control, state = torch.nn.Linear(1, 1, bias=False), TrainerControl(), TrainerState()
    (tmp_path / "checkpoint-3").mkdir()
    args, average = SimpleNamespace(output_dir=str(tmp_path)), WeightAverage(decay=0.3)
    model.weight.data.fill_(0.0)
    average.on_train_begin(args, state, control, model=model)
    for step, value in enumerate([1.0, 2.0, 4.0], 1):
        average.on_step_begin(args, state, control, model=model)
        model.weight.data.fill_(value)
        state.global_step = step
        control.should_evaluate = control.should_save = step == 3
        average.on_step_end(args, state, control, model=model)
        # The first two decays are still below 0.3.
        assert step == 3 or model.weight.item() == value
    expected = 0.0
    for decay, value in ((2 / 11, 1.0), (3 / 12, 2.0), (0.3, 4.0)):
        expected = decay * expected + (1 - decay) * value
    assert abs(model.weight.item() - expected) < 1e-6
    average.on_epoch_end(args, state, control, model=model)
    average.on_save(args, state, control, model=model)
    assert model.weight.item() == 4.0
    (kept,) = load_file(tmp_path / "checkpoint-3" / "unaveraged.safetensors").values()
    assert kept.item() == 4.0

    # A resumed run has the checkpoint's average in its model, and finds its weights.
    model.weight.data.fill_(expected)
    other = WeightAverage(decay=0.3)
    other.on_train_begin(args, state, control, model=model)
    assert model.weight.item() == 4.0 and abs(other.average[0].item() - expected) < 1e-6


@pytest.mark.slow
def test_an_averaged_run_learns_and_differs_from_its_last_weights(train_tiny):
    plain, averaged = (train_tiny(ema_decay=decay, epochs=8) for decay in (0.0, 0.9))
    first, second = (load_file(each.output_dir / "adapter_model.safetensors") for each in (plain, averaged))
    assert any((first[key] != second[key]).any() for key in first)
    assert averaged.report.accuracy > 0.8
