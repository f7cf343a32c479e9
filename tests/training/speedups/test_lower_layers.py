import copy
import pickle

import pytest
import torch
from safetensors.torch import load_file
from tiny import save_tiny_base, tiny_reviews, write_csv
from transformers import AutoModelForSequenceClassification

from hf_sentiment import SentimentError
from hf_sentiment.adapter.last_layer import encoder_layers
from hf_sentiment.training import TrainArguments
from hf_sentiment.training.adapt import adapt
from hf_sentiment.training.encoding import encode_splits
from hf_sentiment.training.search.arguments import SearchArguments
from hf_sentiment.training.search.search import search
from hf_sentiment.training.setup import prepare
from hf_sentiment.training.speedups.activation_cache import cache_activations
from hf_sentiment.training.speedups.lower_layers import can_skip_lower_layers, layer_input, skip_lower_layers
from hf_sentiment.training.trainer_options import training_arguments


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
    trainer_options = training_arguments(arguments)
    setup = prepare(arguments, "", trainer_options)
    return adapt(setup.classifier(), setup), setup, trainer_options


@pytest.mark.parametrize("architecture", ["bert", "camembert", "distilbert", "ernie", "roberta"])
def test_logits_and_gradients_are_those_of_the_whole_model(tmp_path, architecture):
    model, setup, options = prepared(tmp_path, architecture)
    encoded = encode_splits(setup)
    activations = cache_activations(model, setup, encoded, options)
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
        skip_lower_layers(model.get_base_model(), 1)
    assert len(results[0]) > 4
    for whole, above in zip(*results, strict=True):
        # The activations are in half precision.
        torch.testing.assert_close(above, whole, atol=2e-3, rtol=2e-2)


def test_activations_are_computed_once(tmp_path):
    model, setup, options = prepared(tmp_path, "bert")
    first = cache_activations(model, setup, encode_splits(setup), options)
    (path,) = (tmp_path / "adapter" / "checkpoints").glob("activations-*.npy")
    stamp = path.stat().st_mtime_ns
    again = cache_activations(model, setup, encode_splits(setup), options)
    assert path.stat().st_mtime_ns == stamp and (first.values == again.values).all()
    fewer = {name: part.select(range(4)) for name, part in encode_splits(setup).items()}
    assert len(cache_activations(model, setup, fewer, options).values) < len(first.values)


@pytest.mark.slow
def test_an_adapter_in_the_upper_layers_only(train_tiny):
    # The first epochs show nothing on the validation rows.
    result = train_tiny(upper_layers=1, patience=5)
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


def test_encoders_whose_lower_layers_cannot_be_skipped_are_refused(tmp_path, train_tiny):
    with pytest.raises(SentimentError, match="upper_layers is 2, and this base has 2 layers"):
        train_tiny(upper_layers=2)
    for architecture in ("modernbert", "electra"):
        model, setup, options = prepared(tmp_path, architecture)
        with pytest.raises(SentimentError, match=f"lower layers of a {architecture} encoder cannot be skipped"):
            cache_activations(model, setup, encode_splits(setup), options)


@pytest.mark.parametrize("architecture", ["bert", "distilbert"])
def test_skipped_layers_are_not_computed_until_they_are_restored(tmp_path, architecture):
    """Fails if an encoder of the installed transformers computes them after all."""
    model, *_ = prepared(tmp_path, architecture)
    base = model.get_base_model().eval()
    assert can_skip_lower_layers(base, 1)
    mask = torch.ones(2, 5, dtype=torch.long)
    tokens = {"input_ids": torch.arange(10).view(2, 5), "attention_mask": mask}
    expected = base(**tokens).logits
    embeds = layer_input(base, 1, tokens)
    restore = skip_lower_layers(base, 1)
    computed = []
    hooks = [
        module.register_forward_hook(lambda module, args, output: computed.append(module))
        for part in (base.base_model.embeddings, encoder_layers(base)[0])
        for module in part.modules()
        if not list(module.children())
    ]
    logits = base(inputs_embeds=embeds, attention_mask=mask).logits
    assert computed == []
    restore()
    base(**tokens)
    assert computed
    for hook in hooks:
        hook.remove()
    torch.testing.assert_close(logits, expected)
    torch.testing.assert_close(base(**tokens).logits, expected)


def test_a_model_that_skips_layers_can_be_pickled_and_copied(tmp_path):
    base = AutoModelForSequenceClassification.from_pretrained(save_tiny_base(tmp_path / "bert")).eval()
    mask = torch.ones(2, 5, dtype=torch.long)
    embeds = layer_input(base, 1, {"input_ids": torch.arange(10).view(2, 5), "attention_mask": mask})
    skip_lower_layers(base, 1)
    expected = base(inputs_embeds=embeds, attention_mask=mask).logits
    for other in (pickle.loads(pickle.dumps(base)), copy.deepcopy(base)):
        torch.testing.assert_close(other(inputs_embeds=embeds, attention_mask=mask).logits, expected)
        # The copy's layer is bound to the copy.
        assert encoder_layers(other)[0].forward.args == (encoder_layers(other)[0],)
