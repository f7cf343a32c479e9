"""A faster LoRA layer for training: no gradient work for the frozen weight, and fewer passes over the activations.

PEFT computes the LoRA update in separate operations, each of which allocates a tensor as large as the layer's output,
keeps it for the backward pass and adds it. As one autograd function, the same arithmetic is done in place.
"""

import functools
import logging
from typing import Any

import torch
from peft import LoraConfig, PeftConfig, get_peft_model
from peft.tuners.lora import Linear

logger = logging.getLogger(__name__)


def use_frozen_linear(config: PeftConfig) -> None:
    """Let PEFT build `FrozenLinear` layers for this config; what is saved is an ordinary adapter.

    PEFT's way to register a layer class is private. If the installed PEFT has changed it, or its LoRA layer, PEFT's own
    layers are used and a warning is logged.
    """
    if not isinstance(config, LoraConfig):
        return
    if works_with_installed_peft():
        config._register_custom_module({torch.nn.Linear: FrozenLinear})
    else:
        logger.warning("The installed PEFT does not support the faster LoRA layer: training is slower.")


@functools.cache
def works_with_installed_peft() -> bool:
    """Whether a small `FrozenLinear` takes its fast path and returns the output of PEFT's layer."""
    # Leaves the global generator as it was: seeds must give the same adapters whether or not this ran before.
    with torch.random.fork_rng(devices=[]):
        net = torch.nn.Sequential(torch.nn.Linear(3, 2))
        config = LoraConfig(r=1, target_modules=["0"], init_lora_weights=False)
        try:
            config._register_custom_module({torch.nn.Linear: FrozenLinear})
            layer = get_peft_model(net, config).get_submodule("base_model.model.0")
            if not isinstance(layer, FrozenLinear) or layer.only_adapter() is None:
                return False
            x = torch.randn(4, 3)
            return torch.allclose(layer(x), Linear.forward(layer, x), atol=1e-5)
        except (AttributeError, KeyError, TypeError, RuntimeError):
            return False


class FrozenLinear(Linear):
    """PEFT's LoRA layer for a frozen `torch.nn.Linear`, with the same results up to rounding.

    It falls back to PEFT's implementation for several adapters, dropout, a merged adapter, and variants such as DoRA.
    """

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        """The layer's output of shape (..., out), for x of shape (..., in)."""
        name = self.only_adapter()
        if name is None or args or kwargs:
            return super().forward(x, *args, **kwargs)
        base = self.get_base_layer()
        weight, bias = base.weight, base.bias
        device = x.device.type
        if torch.is_autocast_enabled(device):
            dtype = torch.get_autocast_dtype(device)
            weight, x = weight.to(dtype), x.to(dtype)
            bias = None if bias is None else bias.to(dtype)
        a, b = self.lora_A[name].weight, self.lora_B[name].weight
        with torch.autocast(device, enabled=False):
            return _FrozenLora.apply(x, weight, bias, a, b, self.scaling[name])

    def only_adapter(self) -> str | None:
        """The name of the adapter to compute; None if PEFT's implementation is needed."""
        if self.disable_adapters or self.merged or len(self.active_adapters) != 1:
            return None
        name = self.active_adapters[0]
        if name not in self.lora_A or name in self.lora_variant or self.get_base_layer().weight.requires_grad:
            return None
        dropout = self.lora_dropout[name]
        return name if isinstance(dropout, torch.nn.Identity) or not self.training else None


class _FrozenLora(torch.autograd.Function):
    """y = x W^T + bias + s (x A^T) B^T, with no gradient for W and bias."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        a: torch.Tensor,
        b: torch.Tensor,
        scaling: float,
    ) -> torch.Tensor:
        low_a, low_b = a.to(x.dtype), b.to(x.dtype)
        rows = x.reshape(-1, x.shape[-1])
        inner = rows @ low_a.T
        # The output must not be a view: DeBERTa changes it in place.
        y = x.new_empty((*x.shape[:-1], weight.shape[0]))
        flat = y.view(-1, weight.shape[0])
        if bias is None:
            torch.mm(rows, weight.T, out=flat)
        else:
            torch.addmm(bias, rows, weight.T, out=flat)
        flat.addmm_(inner, low_b.T, alpha=scaling)
        ctx.save_for_backward(rows, weight, inner, low_a, low_b)
        ctx.scaling, ctx.shape, ctx.dtype = scaling, x.shape, a.dtype
        return y

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        rows, weight, inner, a, b = ctx.saved_tensors
        grad = grad.reshape(-1, grad.shape[-1])
        grad_inner = grad @ b
        grad_x = None
        # The first adapted layer takes the output of frozen embeddings, which needs no gradient.
        if ctx.needs_input_grad[0]:
            grad_x = grad @ weight
            grad_x.addmm_(grad_inner, a, alpha=ctx.scaling)
            grad_x = grad_x.view(ctx.shape)
        grad_a = (grad_inner.T @ rows).to(ctx.dtype) * ctx.scaling
        grad_b = (grad.T @ inner).to(ctx.dtype) * ctx.scaling
        return grad_x, None, None, grad_a, grad_b, None
