import pickle

import pytest
import torch
from safetensors.torch import load_file

from hf_sentiment.training.word_dropout import add_word_dropout


class Model(torch.nn.Module):
    """Returns the mask it is given."""

    def forward(self, attention_mask):
        return attention_mask


def test_words_are_hidden_only_during_training():
    model, mask = Model(), torch.ones(50, 40, dtype=torch.long)
    mask[:, 30:] = 0
    add_word_dropout(model, 0.2)
    torch.manual_seed(0)
    seen = model(attention_mask=mask)
    assert 0.75 < seen[:, 1:30].float().mean() < 0.85
    assert (seen[:, 0] == 1).all() and (seen[:, 30:] == 0).all() and (mask[:, :30] == 1).all()
    assert (model.eval()(attention_mask=mask) == mask).all()


def test_a_model_with_word_dropout_can_be_pickled():
    model, mask = Model(), torch.ones(50, 40, dtype=torch.long)
    add_word_dropout(model, 0.2)
    copy = pickle.loads(pickle.dumps(model))
    assert 0.7 < copy(attention_mask=mask).float().mean() < 0.9


@pytest.mark.slow
def test_a_run_with_hidden_words_learns_and_differs(train_tiny):
    plain, hidden = (train_tiny(word_dropout=share) for share in (0.0, 0.15))
    first, second = (load_file(each.output_dir / "adapter_model.safetensors") for each in (plain, hidden))
    assert any((first[key] != second[key]).any() for key in first)
    assert hidden.report.accuracy > 0.8
