import pytest
import torch
from safetensors.torch import load_file
from tiny import save_tiny_base, tiny_reviews, write_csv

from hf_sentiment import SentimentError
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.search.search import SearchArguments, search
from hf_sentiment.training.setup import adapt, prepare
from hf_sentiment.training.speedups.lower_layers import begin_above, keep_activations
from hf_sentiment.training.trainer import encode_splits, training_arguments


def prepared(tmp_path, architecture, **options):
    base = save_tiny_base(tmp_path / architecture, architecture)
    arguments = TrainArguments(
        dataset=str(write_csv(tmp_path / "reviews.csv", tiny_reviews(40))),
        output_dir=str(tmp_path / "adapter"),
        base_model=str(base),
        base_model_id=f"user/tiny-{architecture}",
        upper_layers=1,
        bf16=False,
        use_cpu=True,
        **options,
    ).resolved()
    trainer_options = training_arguments(arguments, tmp_path / "adapter")
    setup = prepare(arguments, "", trainer_options)
    return adapt(setup.classifier(), setup), setup, trainer_options


@pytest.mark.parametrize("architecture", ["bert", "camembert", "distilbert", "ernie", "roberta"])
def test_logits_and_gradients_are_those_of_the_whole_model(tmp_path, architecture):
    model, setup, options = prepared(tmp_path, architecture)
    encoded = encode_splits(setup)
    activations = keep_activations(model, setup, encoded, options)
    rows = encoded["train"].select(range(7))
    labels = {"labels": torch.tensor(rows["labels"])}
    tokens = setup.tokenizer.pad({"input_ids": rows["input_ids"][:]}, return_tensors="pt")
    results = []
    for inputs in (dict(tokens) | labels, activations([activations.encoded["train"][index] for index in range(7)])):
        model.zero_grad()
        output = model.eval()(**inputs)
        output.loss.backward()
        gradients = [p.grad.clone() for p in model.parameters() if p.requires_grad]
        results.append([output.logits.detach(), *gradients])
        begin_above(model, 1)
    assert len(results[0]) > 4
    for whole, above in zip(*results, strict=True):
        # Kept in half precision.
        torch.testing.assert_close(above, whole, atol=2e-3, rtol=2e-2)


def test_activations_are_computed_once(tmp_path):
    model, setup, options = prepared(tmp_path, "bert")
    first = keep_activations(model, setup, encode_splits(setup), options)
    (path,) = (tmp_path / "adapter" / "checkpoints").glob("activations-*.npy")
    stamp = path.stat().st_mtime_ns
    again = keep_activations(model, setup, encode_splits(setup), options)
    assert path.stat().st_mtime_ns == stamp and (first.values == again.values).all()
    fewer = {name: part.select(range(4)) for name, part in encode_splits(setup).items()}
    assert len(keep_activations(model, setup, fewer, options).values) < len(first.values)


def test_an_adapter_in_the_upper_layers_alone(train_tiny):
    result = train_tiny(upper_layers=1)
    names = load_file(result.output_dir / "adapter_model.safetensors")
    assert {name.split(".layer.")[1][0] for name in names if "lora_" in name} == {"1"}
    assert result.report.accuracy > 0.8
    assert not (result.output_dir / "checkpoints").exists()


def test_trials_share_the_activations(tiny_base, tmp_path):
    (tmp_path / "space.yaml").write_text(
        "sampler: grid\noptions: {learning_rate: [1.0e-2, 2.0e-2]}\nfixed: {upper_layers: 1, epochs: 2}\n"
    )
    arguments = SearchArguments(
        dataset=str(write_csv(tmp_path / "reviews.csv", tiny_reviews(120))),
        base_model="user/tiny-bert",
        output_dir=str(tmp_path / "search"),
        space=str(tmp_path / "space.yaml"),
        max_length=48,
    )
    result = search(arguments, say=lambda line: None)
    assert len(list((tmp_path / "search").rglob("activations-*.npy"))) == 1
    # The winner, trained again with activations of its own, is the trial over again.
    assert result.winner.validation_accuracy == result.best.accuracy


def test_what_cannot_be_is_said(tmp_path, train_tiny):
    with pytest.raises(SentimentError, match="upper_layers is 2, and this base has 2 layers"):
        train_tiny(upper_layers=2)
    for architecture in ("modernbert", "electra"):
        model, setup, options = prepared(tmp_path, architecture)
        with pytest.raises(SentimentError, match=f"begin in the middle of a {architecture} encoder"):
            keep_activations(model, setup, encode_splits(setup), options)
