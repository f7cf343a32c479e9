"""A LoRA layer for training that does no work for its frozen weight, and passes over its activations seldom.

PEFT writes the update as operations of its own, each with a tensor as large as the layer's output to make, keep for
the backward pass and add. Written as one function with its own backward pass, the same sums are done in place.
"""

import torch
from peft.tuners.lora import Linear


class FrozenLinear(Linear):
    """PEFT's LoRA layer for a frozen `torch.nn.Linear`; the same numbers up to rounding.

    What it has no short way for (several adapters, dropout, a merged adapter, variants such as DoRA) it leaves to
    PEFT's own.
    """

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        """The layer's output of shape (..., out), for x of shape (..., in)."""
        name = self._only_adapter()
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

    def _only_adapter(self) -> str | None:
        """The adapter to train, None where PEFT's own way is needed."""
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
    def forward(ctx, x, weight, bias, a, b, scaling):
        low_a, low_b = a.to(x.dtype), b.to(x.dtype)
        rows = x.reshape(-1, x.shape[-1])
        inner = rows @ low_a.T
        # What is returned must be no view: DeBERTa changes it in place.
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
    def backward(ctx, grad):
        rows, weight, inner, a, b = ctx.saved_tensors
        grad = grad.reshape(-1, grad.shape[-1])
        grad_inner = grad @ b
        grad_x = None
        # The first adapted layer stands on frozen embeddings, which want no gradient.
        if ctx.needs_input_grad[0]:
            grad_x = grad @ weight
            grad_x.addmm_(grad_inner, a, alpha=ctx.scaling)
            grad_x = grad_x.view(ctx.shape)
        grad_a = (grad_inner.T @ rows).to(ctx.dtype) * ctx.scaling
        grad_b = (grad.T @ inner).to(ctx.dtype) * ctx.scaling
        return grad_x, None, None, grad_a, grad_b, None
