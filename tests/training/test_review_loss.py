import pytest
import torch
from transformers.modeling_outputs import SequenceClassifierOutput

from hf_sentiment.training.review_loss import ReviewLoss

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, 0.3], [-1.0, 3.0, 0.0], [1.0, 1.0, 1.0], [0.0, -2.0, 2.0]])
ONE, SEVERAL = torch.tensor([0, 2, 1, 1, 0]), torch.eye(3)[[0, 1, 2, 0, 0]]


def loss(multi_label, labels, rows=slice(None), smoothing=0.0, items=None):
    return ReviewLoss(multi_label, smoothing)(SequenceClassifierOutput(logits=LOGITS[rows]), labels[rows], items)


def test_in_one_process_it_is_torchs_own_loss():
    torch.testing.assert_close(loss(False, ONE), torch.nn.functional.cross_entropy(LOGITS, ONE))
    expected = torch.nn.functional.binary_cross_entropy_with_logits(LOGITS, SEVERAL)
    torch.testing.assert_close(loss(True, SEVERAL), expected)
    # A smoothed label of 1 is 0.95, one of 0 is 0.05.
    expected = torch.nn.functional.binary_cross_entropy_with_logits(LOGITS, SEVERAL * 0.9 + 0.05)
    torch.testing.assert_close(loss(True, SEVERAL, smoothing=0.1), expected)


@pytest.mark.parametrize(("multi_label", "labels"), [(False, ONE), (True, SEVERAL)])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_shares_of_processes_add_up_and_rows_without_a_label_do_not_count(multi_label, labels, smoothing):
    cut = labels.clone()
    cut[4] = -100
    whole = loss(multi_label, labels, slice(0, 4), smoothing)
    parts = [loss(multi_label, cut, part, smoothing, labels[:4].numel()) for part in (slice(0, 3), slice(3, 5))]
    torch.testing.assert_close(sum(parts), whole)
    assert loss(multi_label, cut, slice(4, 5), smoothing, labels[:4].numel()) == 0
