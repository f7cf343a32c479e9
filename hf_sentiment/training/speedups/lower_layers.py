"""Skip the layers below the adapted ones: the model takes the activations of the first layer above them as its input.

Nothing below the lowest LoRA layer changes in training. Without dropout there, the activations of a review are the same
in every epoch, and can be computed once.
"""

from collections.abc import Callable
from typing import Any, NoReturn, cast

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from hf_sentiment.adapter.last_layer import encoder_layers
from hf_sentiment.adapter.model_patches import replace_forward, restore_forward

# The largest difference in logits between input as tokens and input as activations, in float32.
TOLERANCE = 1e-4


def classifier_of(model: PeftModel) -> PreTrainedModel:
    """The transformers classifier inside a PEFT model; its LoRA layers stay in place."""
    return cast(PreTrainedModel, model.get_base_model())


def layers_below(base: PreTrainedModel, upper_layers: int) -> int:
    """Number of layers below the last `upper_layers`; 0 if the encoder's layers are not known."""
    layers = encoder_layers(base)
    return 0 if layers is None else len(layers) - upper_layers


def skip_lower_layers(base: PreTrainedModel, below: int) -> Callable[[], None]:
    """Let a model take, as `inputs_embeds`, the activations that its layer number `below` takes.

    It no longer takes tokens. Its modules stay in place, so that weights keep their names. The model can still be
    pickled and copied.

    Returns:
        A function that undoes it.
    """
    embeddings, layers = base.base_model.get_submodule("embeddings"), _known_layers(base)[:below]
    replace_forward(embeddings, _return_input)
    for layer in layers:
        replace_forward(layer, _return_hidden_states)

    def restore() -> None:
        for module in (embeddings, *layers):
            restore_forward(module)

    return restore


@torch.no_grad()
def can_skip_lower_layers(base: PreTrainedModel, below: int) -> bool:
    """Whether a model's logits stay the same when it takes activations instead of tokens; padded input included."""
    ids = torch.arange(24, device=base.device).view(2, 12) % base.config.vocab_size
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    before = base(input_ids=ids, attention_mask=mask).logits
    hidden = layer_input(base, below, {"input_ids": ids, "attention_mask": mask})
    restore = skip_lower_layers(base, below)
    try:
        return torch.allclose(before, base(inputs_embeds=hidden, attention_mask=mask).logits, atol=TOLERANCE)
    except (RuntimeError, ValueError, TypeError):
        # ELECTRA's small form projects its embeddings to the hidden size outside of them.
        return False
    finally:
        restore()


@torch.no_grad()
def layer_input(base: PreTrainedModel, below: int, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """The activations that the layer number `below` takes, of shape (reviews, tokens, hidden units)."""
    found: list[torch.Tensor] = []

    def stop(layer: torch.nn.Module, args: tuple[Any, ...]) -> NoReturn:
        found.append(args[0])
        raise _StopForward

    hook = _known_layers(base)[below].register_forward_pre_hook(stop)
    try:
        base(**inputs)
    except _StopForward:
        pass
    finally:
        hook.remove()
    return found[0]


class _StopForward(Exception):
    """Ends a forward pass whose remaining layers are not needed."""


def _known_layers(base: PreTrainedModel) -> torch.nn.ModuleList:
    layers = encoder_layers(base)
    if layers is None:
        raise ValueError(f"The layers of a {base.config.model_type} encoder are not known.")
    return layers


def _return_input(
    embeddings: torch.nn.Module, *args: Any, inputs_embeds: torch.Tensor | None = None, **kwargs: Any
) -> torch.Tensor:
    # DistilBERT passes its arguments by position, the tokens first.
    return inputs_embeds if inputs_embeds is not None else args[1]


def _return_hidden_states(
    layer: torch.nn.Module, hidden_states: torch.Tensor, *args: Any, **kwargs: Any
) -> torch.Tensor:
    return hidden_states
