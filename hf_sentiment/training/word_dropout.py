"""Words that the model does not get to see while it trains, so that it does not lean on single ones."""

import torch


def drop_words(model: torch.nn.Module, share: float) -> None:
    """Hide a share of the tokens from each training step, by the attention mask.

    The first and the last position, where encoders keep the token that the head reads, are never hidden.
    Word dropout as in Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic Methods for Text Classification".

    Args:
        model: called with an attention mask of shape (reviews, tokens).
        share: of the tokens, 0 to 1.
    """

    def hide(module, args, kwargs):
        mask = kwargs.get("attention_mask")
        if not module.training or mask is None:
            return None
        hidden = torch.rand(mask.shape, device=mask.device) < share
        hidden[:, [0, -1]] = False
        return args, kwargs | {"attention_mask": mask.masked_fill(hidden, 0)}

    model.register_forward_pre_hook(hide, with_kwargs=True)
