import copy
import logging
import pickle

import pytest
import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import Linear
from tiny import tiny_reviews, write_csv

from hf_sentiment.training import TrainArguments
from hf_sentiment.training.adapt import adapt
from hf_sentiment.training.setup import prepare
from hf_sentiment.training.speedups.frozen_linear import FrozenLinear, use_frozen_linear, works_with_installed_peft
from hf_sentiment.training.trainer_options import training_arguments


def pair(**options):
    """The same small model with PEFT's LoRA layers and with ours."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(12, 20), torch.nn.GELU(), torch.nn.Linear(20, 6, bias=False))
    models = []
    for custom in (False, True):
        config = LoraConfig(r=4, lora_alpha=12, target_modules=["0", "2"], init_lora_weights=False, **options)
        if custom:
            use_frozen_linear(config)
        models.append(get_peft_model(copy.deepcopy(net), config))
    models[1].load_state_dict(models[0].state_dict())
    kinds = [type(model.base_model.model[0]) for model in models]
    assert kinds == [Linear, FrozenLinear]
    return models


@pytest.mark.parametrize("autocast", [False, True])
def test_outputs_and_gradients_are_those_of_peft(autocast):
    x = torch.randn(3, 5, 12)
    results = []
    for model in pair():
        inputs = x.clone().requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            output = model(inputs)
        output.float().square().sum().backward()
        trained = {name: p.grad for name, p in model.named_parameters() if p.requires_grad}
        assert trained and all(gradient is not None for gradient in trained.values())
        assert output.dtype == (torch.bfloat16 if autocast else torch.float32)
        results.append([output.float(), inputs.grad, *trained.values()])
    for theirs, ours in zip(*results, strict=True):
        scale = theirs.abs().max()
        torch.testing.assert_close(ours / scale, theirs / scale, atol=2e-2 if autocast else 1e-6, rtol=0)


def test_a_frozen_weight_may_be_held_in_bf16():
    """As `adapt` casts it if the processor has bf16: autocast has nothing left to cast."""
    x, outputs = torch.randn(3, 5, 12), []
    for half in (False, True):
        model = pair()[1]
        for parameter in model.parameters():
            if half and not parameter.requires_grad and parameter.dim() > 1:
                parameter.data = parameter.data.bfloat16()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs.append(model(x))
        outputs[-1].float().sum().backward()
        assert all(p.grad.dtype == torch.float32 for p in model.parameters() if p.requires_grad)
    torch.testing.assert_close(outputs[0], outputs[1])


def test_an_input_that_needs_no_gradient_gets_none():
    plain, ours = pair()
    for model in (plain, ours):
        model(torch.ones(2, 12)).sum().backward()
    for name, parameter in ours.named_parameters():
        torch.testing.assert_close(parameter.grad, dict(plain.named_parameters())[name].grad)


@pytest.mark.parametrize("change", ["dropout", "disabled", "merged", "two"])
def test_the_rest_is_left_to_peft(change):
    models = pair(lora_dropout=0.5) if change == "dropout" else pair()
    outputs = []
    for model in models:
        torch.manual_seed(1)
        if change == "merged":
            model.merge_adapter()
        if change == "two":
            model.add_adapter("other", LoraConfig(r=2, target_modules=["0", "2"], init_lora_weights=False))
            model.base_model.set_adapter(["default", "other"])
        if change == "disabled":
            with model.disable_adapter():
                outputs.append(model(torch.ones(2, 12)))
            continue
        torch.manual_seed(2)
        outputs.append(model(torch.ones(2, 12)))
    if change == "two":
        # Each drew its second adapter for itself.
        models[1].load_state_dict(models[0].state_dict())
        outputs[1] = models[1](torch.ones(2, 12))
    torch.testing.assert_close(outputs[0], outputs[1])


def test_it_works_with_the_installed_peft():
    works_with_installed_peft.cache_clear()
    before = torch.get_rng_state()
    assert works_with_installed_peft()
    # Seeds give the same adapters whether or not this was checked before.
    assert (torch.get_rng_state() == before).all()


@pytest.mark.parametrize("init_adapter", [None, "folder"])
def test_a_run_trains_with_it(tmp_path, binary_adapter, tiny_base, init_adapter):
    """Fails if PEFT silently uses its own layers, or the layer leaves the work to PEFT."""
    arguments = TrainArguments(
        dataset=str(write_csv(tmp_path / "reviews.csv", tiny_reviews(40))),
        output_dir=str(tmp_path / "adapter"),
        base_model="user/tiny-bert",
        init_adapter=init_adapter and str(binary_adapter),
        bf16=False,
        use_cpu=True,
    ).resolved()
    setup = prepare(arguments, "", training_arguments(arguments))
    model = adapt(setup.classifier(), setup).train()
    layers = [module for module in model.modules() if isinstance(module, Linear)]
    assert layers and {type(layer) for layer in layers} == {FrozenLinear}
    for layer in layers:
        output = layer(torch.randn(2, 3, layer.in_features))
        assert output.grad_fn.name() == "_FrozenLoraBackward"


def test_an_incompatible_peft_is_reported_and_its_own_layers_are_used(monkeypatch, caplog):
    monkeypatch.delattr(LoraConfig, "_register_custom_module")
    works_with_installed_peft.cache_clear()
    try:
        config = LoraConfig(r=4, target_modules=["0"])
        with caplog.at_level(logging.WARNING, logger="hf_sentiment"):
            use_frozen_linear(config)
        assert "does not support the faster LoRA layer" in caplog.text
        assert type(get_peft_model(torch.nn.Sequential(torch.nn.Linear(3, 2)), config).base_model.model[0]) is Linear
    finally:
        works_with_installed_peft.cache_clear()


def test_a_model_with_it_can_be_pickled_and_copied():
    x, model = torch.randn(3, 5, 12), pair()[1]
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert type(other.base_model.model[0]) is FrozenLinear
        torch.testing.assert_close(other(x), model(x))
