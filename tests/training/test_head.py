import json
import random

import pytest
import torch
from tiny import save_tiny_base, tiny_reviews

from hf_sentiment.training import TrainArguments
from hf_sentiment.training.adapt import adapt
from hf_sentiment.training.setup import prepare
from hf_sentiment.training.trainer_options import training_arguments


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    """A file of reviews of which most have no more than one of six labels, and one of them is rare."""
    draw = random.Random(0)
    labels = [f"label {number}" for number in range(6)]
    rows = [row | {"label": draw.choices(labels, [50, 20, 10, 10, 9, 1])} for row in tiny_reviews(400)]
    path = tmp_path_factory.mktemp("several") / "reviews.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.mark.parametrize("architecture", ["bert", "distilbert", "modernbert", "roberta", "xlnet"])
def test_initial_scores_of_a_new_multi_label_head_are_close_to_the_labels_shares(reviews, tmp_path, architecture):
    base = save_tiny_base(tmp_path / architecture, architecture)
    arguments = TrainArguments(
        dataset=str(reviews),
        output_dir=str(tmp_path / "adapter"),
        base_model=str(base),
        base_model_id=f"user/tiny-{architecture}",
        target_modules="all-linear",
        bf16=False,
        use_cpu=True,
    ).resolved()
    setup = prepare(arguments, "", training_arguments(arguments))
    torch.manual_seed(0)
    model = adapt(setup.classifier(), setup).eval()
    batch = setup.tokenizer(setup.reviews.train["text"][:50], padding=True, return_tensors="pt")
    scores = model(**batch).logits.sigmoid().mean(dim=0)
    shares = torch.tensor(setup.reviews.counts["train"]) / setup.reviews.train_rows
    assert 0 < shares.min() < 0.05 and shares.max() > 0.4
    assert (scores - shares).abs().max() < 0.25
