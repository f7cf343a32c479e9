from dataclasses import replace

import numpy as np
import pytest
import torch
from peft.tuners.lora import Linear
from safetensors.torch import load_file, save_file
from tiny import save_tiny_base, tiny_reviews, write_csv
from transformers import AutoConfig, AutoModelForSequenceClassification

from hf_sentiment.errors import SentimentError
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.adapt import adapt
from hf_sentiment.training.features import read_by_layer
from hf_sentiment.training.fit_head import fit_head
from hf_sentiment.training.head import head_layer, hidden_layer, pass_on
from hf_sentiment.training.scoring import score_classifier
from hf_sentiment.training.setup import prepare
from hf_sentiment.training.trainer_options import training_arguments
from hf_sentiment.training.waking import AWAKE, cancel_query, last_query, start_awake


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
    random, fitted = (
        adapt(setup.classifier(), setup_of) for setup_of in (with_options(setup, fit_head="never"), setup)
    )
    assert accuracy(fitted, setup) > accuracy(random, setup) + 0.1


def test_the_first_token_of_a_woken_base_attends_to_all_tokens_alike(prepared):
    setup = with_options(prepared(), fit_head="never")
    model = adapt(setup.classifier(), setup).eval()
    query, rows = last_query(model), setup.reviews.train

    def queries():
        return query(torch.from_numpy(read_by_layer(query, model, rows, setup, bf16=False))).detach()

    before = queries().norm()
    cancel_query(query, torch.from_numpy(read_by_layer(query, model, rows, setup, bf16=False)))
    assert queries().norm() < 0.2 * before


def test_a_woken_start_does_not_depend_on_where_its_inputs_lie_in_memory(prepared):
    """Bit for bit: training with a high rate makes another adapter of another last digit."""
    setup = with_options(prepared(), fit_head="never")
    model = adapt(setup.classifier(), setup).eval()
    query = last_query(model)
    inputs = torch.from_numpy(read_by_layer(query, model, setup.reviews.train, setup, bf16=False))
    starts = []
    for offset in range(8):
        moved = torch.empty(inputs.numel() + offset)[offset:].view_as(inputs).copy_(inputs)
        cancel_query(query, moved)
        starts.append(torch.cat([query.lora_A.default.weight.flatten(), query.lora_B.default.weight.flatten()]).clone())
    assert all(torch.equal(start, starts[0]) for start in starts)


@pytest.mark.parametrize("rank", [2, 4, 6])
def test_updates_that_ship_are_taken_whatever_the_rank(prepared, tmp_path, monkeypatch, rank):
    setup = with_options(prepared(), fit_head="never", lora_r=rank, lora_alpha=3 * rank)
    model = adapt(setup.classifier(), setup)
    layers = {name: each for name, each in model.get_base_model().named_modules() if isinstance(each, Linear)}
    updates = {}
    for name, layer in layers.items():
        updates[f"{name}.A"] = torch.randn(4, layer.in_features).half()
        updates[f"{name}.B"] = torch.randn(layer.out_features, 4).half()
    save_file(updates, tmp_path / "awake.safetensors")
    assert not start_awake(model, "user/other-base")
    monkeypatch.setitem(AWAKE, "user/tiny-bert", tmp_path / "awake.safetensors")
    assert start_awake(model, "user/tiny-bert")
    for name, layer in layers.items():
        wanted = updates[f"{name}.B"].float() @ updates[f"{name}.A"].float()
        left = (layer.get_delta_weight("default") - wanted).norm() / wanted.norm()
        # Of a smaller rank, the update is the nearest one.
        kept = torch.linalg.svdvals(wanted)[rank:].norm() / wanted.norm()
        assert left.item() == pytest.approx(kept.item(), abs=1e-3), name


def test_updates_for_layers_that_are_not_adapted_are_not_taken(prepared, tmp_path, monkeypatch):
    setup = with_options(prepared(), fit_head="never", target_modules="query")
    model = adapt(setup.classifier(), setup)
    name = "bert.encoder.layer.0.attention.self.value"
    save_file({f"{name}.A": torch.ones(1, 32), f"{name}.B": torch.ones(32, 1)}, tmp_path / "awake.safetensors")
    monkeypatch.setitem(AWAKE, "user/tiny-bert", tmp_path / "awake.safetensors")
    assert not start_awake(model, "user/tiny-bert")


def test_the_updates_in_the_package_help_minilm(tmp_path):
    arguments = TrainArguments(
        dataset="demo", recipe="minilm", bf16=False, output_dir=str(tmp_path / "adapter")
    ).resolved()
    setup = with_options(prepare(arguments, "", training_arguments(arguments)), fit_head="never")
    model = adapt(setup.classifier(), setup)
    asleep = fit_head(model, setup, bf16=False)
    assert start_awake(model, setup.base.id)
    # They are worth having: the head knows the demo's labels much better, before any training.
    assert fit_head(model, setup, bf16=False).loss < 0.8 * asleep.loss


def test_the_updates_in_the_package_fit_all_mpnet_base_v2():
    with torch.device("meta"):
        # MPNet's default sizes are this base's.
        model = AutoModelForSequenceClassification.from_config(AutoConfig.for_model("mpnet"))
    layers = {name: each for name, each in model.mpnet.named_modules() if isinstance(each, torch.nn.Linear)}
    updates = load_file(AWAKE["sentence-transformers/all-mpnet-base-v2"])
    assert {name.rpartition(".")[0] for name in updates} == {f"mpnet.{name}" for name in layers}
    for name, layer in layers.items():
        low, high = (updates[f"mpnet.{name}.{letter}"] for letter in "AB")
        assert (len(high), low.shape[1]) == tuple(layer.weight.shape) and len(low) == high.shape[1]


def test_unlabelled_reviews_are_not_ignored_where_the_head_cannot_use_them(prepared):
    setup = with_options(prepared(), unlabelled="more.csv")
    classifier = setup.classifier()
    classifier.model.classifier = torch.nn.Linear(32, 2, bias=False)
    with pytest.raises(SentimentError, match="--unlabelled does not work with user/tiny-bert"):
        adapt(classifier, setup)


def test_waking_is_kept_only_where_the_head_fits_better(prepared, monkeypatch):
    from hf_sentiment.training import start

    setup, fits = prepared("mpnet"), []
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
        classifier = setup.classifier()
        random = classifier.model.classifier.dense.weight.detach().clone()
        model = adapt(classifier, setup, lines.append)
        assert bool(last_query(model).lora_B["default"].weight.abs().max() > 0) == better
        assert any("0.40 instead of 0.50" in line for line in lines) == better
        started = "Training started from a first token that reads the mean of all tokens."
        assert (started in setup.reviews.notes) == better
        setup.reviews.notes.clear()
        head = model.get_base_model().classifier.modules_to_save["default"]
        assert np.allclose(head.out_proj.weight.detach(), fits[-1 if better else -2].weight, atol=1e-6)
        # A head's hidden layer passes on what a woken token says, and else stays as it was.
        assert torch.equal(head.dense.weight, torch.eye(32) if better else random)


@pytest.mark.parametrize("architecture", ["camembert", "mpnet", "roberta", "xlm-roberta"])
def test_a_hidden_layer_passes_on_what_the_head_reads(prepared, architecture):
    setup = with_options(prepared(architecture), fit_head="never")
    model = adapt(setup.classifier(), setup)
    hidden, last = hidden_layer(model), head_layer(model, 2)
    pass_on(hidden)
    above, below = (read_by_layer(each, model, setup.reviews.train, setup, bf16=False) for each in (last, hidden))
    assert np.allclose(above, np.tanh(below), atol=1e-5)


@pytest.mark.parametrize("architecture", ["bert", "distilbert", "electra", "modernbert", "xlnet"])
def test_other_heads_have_no_such_layer(prepared, architecture):
    setup = with_options(prepared(architecture), fit_head="never")
    assert hidden_layer(adapt(setup.classifier(), setup)) is None


def test_a_label_with_one_row_does_not_stop_the_fit(prepared, tmp_path):
    setup = prepared(rows=30)
    labels = setup.reviews.train["label"][:]
    one = [index for index, label in enumerate(labels) if label == 0][:1]
    rest = [index for index, label in enumerate(labels) if label == 1]
    setup.reviews.train = setup.reviews.train.select(one + rest)
    model = adapt(setup.classifier(), setup)
    assert torch.isfinite(model.get_base_model().classifier.modules_to_save["default"].weight).all()
