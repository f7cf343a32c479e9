"""Put LoRA layers on a classifier and make it ready for training."""

from collections import Counter

import torch
from peft import PeftModel, get_peft_model

from hf_sentiment.adapter.classifier import NewClassifier
from hf_sentiment.adapter.lora_targets import lora_config
from hf_sentiment.backends.torch import has_bf16
from hf_sentiment.errors import SentimentError
from hf_sentiment.training.device import training_device
from hf_sentiment.training.head import init_bias_from_label_shares
from hf_sentiment.training.init_adapter import continue_from_adapter
from hf_sentiment.training.resolved import LoraArguments
from hf_sentiment.training.say import Say, say_nothing
from hf_sentiment.training.setup import RunSetup
from hf_sentiment.training.speedups.frozen_linear import use_frozen_linear
from hf_sentiment.training.start import choose_start
from hf_sentiment.training.word_dropout import add_word_dropout


def adapt(classifier: NewClassifier, setup: RunSetup, say: Say = say_nothing, *, resumed: bool = False) -> PeftModel:
    """Put the run's LoRA layers on its classifier, and choose where they and a new head start.

    Args:
        classifier: the untrained classifier of the run.
        setup: the setup of the run.
        say: called with lines about the start.
        resumed: the weights come from a checkpoint, so where they start does not matter.

    Raises:
        SentimentError: the targets name no layer, PEFT cannot adapt them, or the adapter to continue from does not fit.
    """
    arguments = setup.arguments
    if arguments.lora.init_adapter:
        model, new_head = continue_from_adapter(arguments.lora.init_adapter, classifier, setup.base, setup.config)
    else:
        model, new_head = _add_lora_layers(classifier, arguments.lora), True
        init_bias_from_label_shares(model, setup)
    if arguments.optimizer.word_dropout:
        add_word_dropout(model, arguments.optimizer.word_dropout)
    device = training_device(arguments.run.use_cpu)
    if device.type == "cpu":
        # The backward pass of torch's fused attention takes 21 ms for a layer of MiniLM (16 reviews of about 110
        # tokens, bf16); the same computation in separate operations takes 6 ms.
        classifier.model.set_attn_implementation("eager")
    bf16 = arguments.run.bf16 and has_bf16(device)
    if bf16:
        _cast_frozen_weights(model)
    fit = arguments.lora.fit_head == "always" or (arguments.lora.fit_head == "new" and new_head)
    if (fit or arguments.data.unlabelled) and not resumed:
        wake = "never" if arguments.lora.init_adapter else arguments.lora.wake
        choose_start(model.to(device), setup, say, wake=wake, bf16=bf16)
    return model


def count_trainable(model: torch.nn.Module) -> dict[str, int]:
    """Count trainable parameters by group: LoRA by the layer it adapts, and each module that is trained whole."""
    groups: Counter[str] = Counter()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            path = name.removeprefix("base_model.model.")
            if ".lora_" in path:
                groups[f"LoRA {path.split('.lora_')[0].rpartition('.')[2]}"] += parameter.numel()
            else:
                groups[path.split(".modules_to_save.")[0]] += parameter.numel()
    return dict(groups)


def _add_lora_layers(classifier: NewClassifier, arguments: LoraArguments) -> PeftModel:
    config = lora_config(
        classifier,
        arguments.target_modules,
        upper_layers=arguments.upper_layers,
        r=arguments.r,
        alpha=arguments.alpha,
        dropout=arguments.dropout,
        use_rslora=arguments.use_rslora,
    )
    use_frozen_linear(config)
    try:
        return get_peft_model(classifier.model, config)
    except ValueError as error:
        raise SentimentError(f"PEFT cannot adapt this base with these options: {error}") from error


def _cast_frozen_weights(model: PeftModel) -> None:
    """Cast frozen weights to bf16 once; autocast would cast them in every step, and add residuals in float32."""
    for module in model.modules():
        # Keep normalization weights in float32; torch requires it.
        if "Norm" not in type(module).__name__:
            for parameter in module.parameters(recurse=False):
                if not parameter.requires_grad:
                    parameter.data = parameter.data.bfloat16()
