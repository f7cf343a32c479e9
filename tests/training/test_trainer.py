"""The shapes of the batches that a run trains on."""

import pytest
from transformers import Trainer


@pytest.mark.parametrize(("window", "step"), [(48, 8), (9, 1)])
def test_batches_have_few_lengths_and_none_beyond_the_window(train_tiny, monkeypatch, window, step):
    lengths, original = set(), Trainer.training_step

    def watched(self, model, inputs, *args, **kwargs):
        lengths.add(inputs["input_ids"].shape[1])
        return original(self, model, inputs, *args, **kwargs)

    monkeypatch.setattr(Trainer, "training_step", watched)
    train_tiny(rows=60, epochs=1, max_length=window)
    # Some reviews are longer than a window of 9, and would be padded to 16.
    assert lengths and max(lengths) <= window
    assert window == 48 or max(lengths) == window
    assert all(length % step == 0 for length in lengths)
