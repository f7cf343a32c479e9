from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import save_tiny_base, tiny_reviews, write_csv

from hf_sentiment.training import TrainArguments
from hf_sentiment.training.adapt import adapt
from hf_sentiment.training.features import read_by_layer
from hf_sentiment.training.run import score_classifier
from hf_sentiment.training.setup import prepare
from hf_sentiment.training.trainer_options import training_arguments
from hf_sentiment.training.waking import cancel_query, last_query


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Makes the setup of a run with a base of an architecture."""

    def make(architecture="bert", labels=("Negative", "Positive"), rows=120, **options):
        folder = tmp_path_factory.mktemp(architecture)
        base = save_tiny_base(folder / "base", architecture)
        reviews = write_csv(folder / "reviews.csv", tiny_reviews(rows, labels))
        arguments = TrainArguments(
            dataset=str(reviews),
            output_dir=str(folder / "adapter"),
            base_model=str(base),
            base_model_id=f"user/tiny-{architecture}",
            bf16=False,
            use_cpu=True,
            **options,
        ).resolved()
        return prepare(arguments, "", training_arguments(arguments))

    return make


def accuracy(model, setup):
    return np.mean(score_classifier(model, setup, setup.reviews.test).argmax(axis=1) == setup.reviews.test["label"][:])


def with_options(setup, **options):
    return replace(setup, arguments=setup.arguments.with_options(**options))


@pytest.mark.parametrize("architecture", ["bert", "distilbert", "modernbert", "roberta", "xlnet"])
def test_a_fitted_head_knows_the_labels_before_training(prepared, architecture):
    setup = prepared(architecture, ("Negative", "Neutral", "Positive"), rows=300)
    random, fitted = (adapt(setup.classifier(), setup_of) for setup_of in (with_options(setup, fit_head=False), setup))
    assert accuracy(fitted, setup) > accuracy(random, setup) + 0.1


def test_the_first_token_of_a_woken_base_attends_to_all_tokens_alike(prepared):
    setup = with_options(prepared(), fit_head=False)
    model = adapt(setup.classifier(), setup).eval()
    query, rows = last_query(model), setup.reviews.train

    def queries():
        return query(torch.from_numpy(read_by_layer(query, model, rows, setup, bf16=False))).detach()

    before = queries().norm()
    cancel_query(query, torch.from_numpy(read_by_layer(query, model, rows, setup, bf16=False)))
    assert queries().norm() < 0.2 * before


def test_waking_is_kept_only_where_the_head_fits_better(prepared, monkeypatch):
    from hf_sentiment.training import start

    setup, fits = prepared(), []
    losses = iter([0.5, 0.4, 0.4, 0.5])

    def fit(*arguments, **options):
        fits.append(fitted := fit_head(*arguments, **options))
        fitted.loss = next(losses)
        return fitted

    fit_head = start.fit_head
    monkeypatch.setattr(start, "fit_head", fit)
    for better in (True, False):
        torch.manual_seed(0)
        lines = []
        model = adapt(setup.classifier(), setup, lines.append)
        assert bool(last_query(model).lora_B["default"].weight.abs().max() > 0) == better
        assert any("0.40 instead of 0.50" in line for line in lines) == better
        head = model.get_base_model().classifier.modules_to_save["default"]
        assert np.allclose(head.weight.detach(), fits[-1 if better else -2].weight, atol=1e-6)


def test_a_label_with_one_row_does_not_stop_the_fit(prepared, tmp_path):
    setup = prepared(rows=30)
    labels = setup.reviews.train["label"][:]
    one = [index for index, label in enumerate(labels) if label == 0][:1]
    rest = [index for index, label in enumerate(labels) if label == 1]
    setup.reviews.train = setup.reviews.train.select(one + rest)
    model = adapt(setup.classifier(), setup)
    assert torch.isfinite(model.get_base_model().classifier.modules_to_save["default"].weight).all()
