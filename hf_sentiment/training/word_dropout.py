"""Word dropout: hide tokens from the model during training, so that it does not rely on single words."""

from functools import partial
from typing import Any

import torch


def add_word_dropout(model: torch.nn.Module, share: float) -> None:
    """Hide a share of the tokens in each training step, through the attention mask.

    The first and the last position are never hidden: encoders keep the token that the head reads there.
    Word dropout as in Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic Methods for Text Classification".

    Args:
        model: called with an attention mask of shape (reviews, tokens).
        share: the share of the tokens to hide, from 0 to 1.
    """
    # A partial, unlike a nested function, can be pickled with the model.
    model.register_forward_pre_hook(partial(_hide_words, share), with_kwargs=True)


def _hide_words(
    share: float, module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    mask = kwargs.get("attention_mask")
    if not module.training or mask is None:
        return None
    hidden = torch.rand(mask.shape, device=mask.device) < share
    hidden[:, [0, -1]] = False
    return args, kwargs | {"attention_mask": mask.masked_fill(hidden, 0)}
