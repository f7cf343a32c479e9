import pytest
import torch
from tiny import SIZES, save_tiny_base
from transformers import AutoModelForSequenceClassification

from hf_sentiment.adapter.last_layer import compute_first_token_only

SHORTENED = {"bert", "camembert", "distilbert", "electra", "ernie", "roberta", "xlm-roberta"}


@pytest.mark.parametrize("architecture", sorted(SIZES))
def test_logits_and_gradients_stay_what_they_were(architecture, tmp_path):
    folder = save_tiny_base(tmp_path / "base", architecture)
    plain, shortened = (
        AutoModelForSequenceClassification.from_pretrained(folder, num_labels=3).eval() for _ in range(2)
    )
    shortened.load_state_dict(plain.state_dict())
    assert compute_first_token_only(shortened) == (architecture in SHORTENED)
    ids = torch.randint(5, plain.config.vocab_size, (3, 20))
    mask = torch.ones_like(ids)
    mask[0, 4:] = 0
    mask[1, 15:] = 0
    gradients = []
    for model in (plain, shortened):
        logits = model(input_ids=ids, attention_mask=mask).logits
        torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2])).backward()
        gradients.append({name: p.grad for name, p in model.named_parameters() if p.grad is not None})
        if model is plain:
            expected = logits
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, atol=1e-5, rtol=1e-3)
    assert shortened.state_dict().keys() == plain.state_dict().keys()


def test_the_last_layer_computes_one_token(tmp_path):
    folder = save_tiny_base(tmp_path / "base", "bert")
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    shapes = []
    model.bert.encoder.layer[-1].output.register_forward_hook(
        lambda module, inputs, output: shapes.append(output.shape)
    )
    ids = torch.randint(5, 50, (2, 11))
    model(input_ids=ids)
    assert compute_first_token_only(model)
    shapes[1:] = []
    model(input_ids=ids)
    assert shapes == [(2, 11, 32), (2, 1, 32)]


def test_a_head_that_reads_more_than_the_first_token_is_left_alone(tmp_path):
    folder = save_tiny_base(tmp_path / "base", "bert")
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    first_only = model.bert.pooler.forward
    model.bert.pooler.forward = lambda hidden: first_only(hidden.mean(1, keepdim=True))
    ids = torch.randint(5, 50, (2, 11))
    before = model(input_ids=ids).logits
    assert not compute_first_token_only(model)
    torch.testing.assert_close(model(input_ids=ids).logits, before)
