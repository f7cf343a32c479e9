"""Make an encoder's last layer compute only what the classification head reads.

Heads of the BERT family read only the first token. The last layer needs the other tokens as keys and values, but not
their queries, output projections and feed-forward passes. In six layers of MiniLM that is a seventh of all arithmetic,
in training and in scoring, and the logits are the same.
"""

from collections.abc import Callable
from typing import Any

import torch
from transformers import PreTrainedModel

from hf_sentiment.adapter.model_patches import replace_forward, restore_forward

# Largest difference of logits in float32; an encoder with a larger one is left unchanged.
TOLERANCE = 1e-4
Forward = Callable[..., torch.Tensor]


def compute_first_token_only(model: PreTrainedModel) -> bool:
    """Make the last layer compute only its first token, if the head reads no other.

    Comparing logits, also of padded inputs, shows whether it does. A model whose kind of last layer is unknown, or
    whose logits would change, is left unchanged. Weights keep their values and names.

    Args:
        model: a sequence classifier in float32, before PEFT wraps it or after an adapter was merged.

    Returns:
        Whether the model was changed.
    """
    found = _last_layer(model)
    if found is None:
        return False
    layer, first_token = found
    before = _logits(model)
    replace_forward(layer, first_token)
    try:
        same = torch.allclose(before, _logits(model), atol=TOLERANCE)
    except (RuntimeError, ValueError, IndexError, TypeError):
        # A head that reads every token finds only one; a layer that merely looks similar has different parts.
        same = False
    if not same:
        restore_forward(layer)
    return same


def encoder_layers(model: PreTrainedModel) -> torch.nn.ModuleList | None:
    """The layers of an encoder of the BERT family, lowest first; None for other encoders."""
    encoder = getattr(model.base_model, "encoder", None) or getattr(model.base_model, "transformer", None)
    layers = getattr(encoder, "layer", None)
    return layers if isinstance(layers, torch.nn.ModuleList) and len(layers) else None


def _last_layer(model: PreTrainedModel) -> tuple[torch.nn.Module, Forward] | None:
    layers = encoder_layers(model)
    if layers is None:
        return None
    last = layers[-1]
    return next(((last, forward) for forward, parts in FORWARDS.items() if _has(last, parts)), None)


def _has(module: torch.nn.Module, parts: tuple[str, ...]) -> bool:
    try:
        return all(isinstance(module.get_submodule(part), torch.nn.Module) for part in parts)
    except AttributeError:
        return False


@torch.no_grad()
def _logits(model: PreTrainedModel) -> torch.Tensor:
    """Logits of two made-up inputs, one of them padded."""
    length = 12
    ids = torch.arange(2 * length).view(2, length) % model.config.vocab_size
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    training = model.training
    logits = model.eval()(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
    model.train(training)
    return logits


def _bert(
    self: Any, hidden_states: torch.Tensor, attention_mask: torch.Tensor | None = None, *args: Any, **kwargs: Any
) -> torch.Tensor:
    """A BERT layer's forward, for the first token: (reviews, tokens, width) to (reviews, 1, width)."""
    heads, first = self.attention.self, hidden_states[:, :1]
    read = _attend(
        heads.query(first),
        heads.key(hidden_states),
        heads.value(hidden_states),
        attention_mask,
        heads.attention_head_size,
        heads.dropout.p if self.training else 0.0,
    )
    attended = self.attention.output(read, first)
    return self.output(self.intermediate(attended), attended)


def _distilbert(
    self: Any, hidden_states: torch.Tensor, attention_mask: torch.Tensor | None = None, *args: Any, **kwargs: Any
) -> torch.Tensor:
    """A DistilBERT block's forward, for the first token."""
    heads, first = self.attention, hidden_states[:, :1]
    read = _attend(
        heads.q_lin(first),
        heads.k_lin(hidden_states),
        heads.v_lin(hidden_states),
        attention_mask,
        heads.attention_head_size,
        heads.dropout.p if self.training else 0.0,
    )
    attended = self.sa_layer_norm(heads.out_lin(read) + first)
    return self.output_layer_norm(self.ffn(attended) + attended)


def _attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    head_size: int,
    dropout: float,
) -> torch.Tensor:
    query, key, value = (x.unflatten(-1, (-1, head_size)).transpose(1, 2) for x in (query, key, value))
    if attention_mask is not None:
        # Of shape (reviews, 1, queries, keys).
        attention_mask = attention_mask[:, :, :1]
    read = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=attention_mask, dropout_p=dropout
    )
    return read.transpose(1, 2).flatten(2)


# The layers known here: their forward for the first token, and the parts that it uses.
FORWARDS: dict[Forward, tuple[str, ...]] = {
    _bert: (
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.self.dropout",
        "attention.output",
        "intermediate",
        "output",
    ),
    _distilbert: ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "ffn", "sa_layer_norm"),
}
