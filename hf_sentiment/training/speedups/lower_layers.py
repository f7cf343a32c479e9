"""Layers below the adapted ones, computed once: what they give stays on disk for every epoch and every trial.

Nothing below the lowest LoRA layer changes in training, and without dropout there it gives the same activations for a
review each time. They are kept in half precision, 2 bytes for each of a token's hidden units: with MiniLM 80 KB a
review.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MethodType

import numpy as np
import torch
from datasets import Dataset
from peft import PeftModel
from transformers import PreTrainedTokenizerBase, TrainingArguments

from hf_sentiment.adapter.last_layer import encoder_layers
from hf_sentiment.core.batching import padded_batches
from hf_sentiment.errors import SentimentError
from hf_sentiment.training.setup import RunSetup

# What logits may differ by when the activations are handed over instead of the tokens.
TOLERANCE = 1e-4


@dataclass
class Activations:
    """What the lower layers gave for the rows of a run; called with rows of one batch, it is their data collator.

    Attributes:
        values: float16, of shape (tokens of all rows, hidden units), read from disk as needed.
        starts: where each row's tokens begin; one more than there are rows.
        encoded: the splits, each row with its number in `row` in the place of its tokens.
        dtype: what the layers above compute in.
    """

    values: np.ndarray
    starts: np.ndarray
    encoded: dict[str, Dataset]
    dtype: torch.dtype

    def __call__(self, rows: list[dict]) -> dict[str, torch.Tensor]:
        """inputs_embeds of shape (rows, tokens, hidden units), attention_mask and labels."""
        places = [slice(self.starts[row["row"]], self.starts[row["row"] + 1]) for row in rows]
        found = [torch.from_numpy(self.values[place].astype(np.float32)) for place in places]
        pad = torch.nn.utils.rnn.pad_sequence
        return {
            "inputs_embeds": pad(found, batch_first=True).to(self.dtype),
            "attention_mask": pad([torch.ones(len(each), dtype=torch.long) for each in found], batch_first=True),
            "labels": torch.tensor([row["labels"] for row in rows]),
        }


def keep_activations(
    model: PeftModel, setup: RunSetup, encoded: dict[str, Dataset], options: TrainingArguments
) -> Activations:
    """Compute what the lower layers give, unless the run's folder has it already.

    Args:
        model: whose LoRA layers are in the upper layers only.
        setup: of the run.
        encoded: what `encode_splits` gives.
        options: whose folder takes the file.

    Raises:
        SentimentError: it is not known how to begin in the middle of this encoder.
    """
    base = model.get_base_model().eval()
    layers = encoder_layers(base)
    below = 0 if layers is None else len(layers) - setup.arguments.upper_layers
    # Frozen weights may be held in bf16.
    precision = torch.autocast(base.device.type, dtype=torch.bfloat16, enabled=options.bf16)
    with precision:
        possible = below > 0 and _can_begin_at(base, below)
    if not possible:
        raise SentimentError(
            f"It is not known how to begin in the middle of a {base.config.model_type} encoder: give --upper-layers 0."
        )
    rows = [row for part in encoded.values() for row in part.remove_columns(["length", "labels"])]
    starts = np.cumsum([0, *(len(row["input_ids"]) for row in rows)])
    path = Path(options.output_dir) / f"activations-{_digest(setup, rows, below, options)}.npy"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        # A run that is killed leaves no half of it under its name.
        aside = path.with_suffix(f".{os.getpid()}")
        with precision:
            _compute(base, below, rows, starts, setup.tokenizer, aside)
        os.replace(aside, path)
    numbers, parts = iter(range(len(rows))), {}
    for name, part in encoded.items():
        kept = part.select_columns(["length", "labels"])
        parts[name] = kept.add_column("row", [next(numbers) for _ in range(len(part))])
    dtype = torch.bfloat16 if options.bf16 else torch.float32
    return Activations(np.load(path, mmap_mode="r"), starts, parts, dtype)


def begin_above(model: PeftModel, upper_layers: int) -> None:
    """Let a model take in, as `inputs_embeds`, what `keep_activations` gives; tokens it can take no more."""
    base = model.get_base_model()
    _begin_at(base, len(encoder_layers(base)) - upper_layers)


def _digest(setup: RunSetup, rows: list[dict], below: int, options: TrainingArguments) -> str:
    digest = hashlib.sha256(json.dumps([setup.base.record(), below, options.bf16], sort_keys=True).encode())
    for row in rows:
        digest.update(np.array(row["input_ids"], dtype=np.int64).tobytes())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def _compute(base, below: int, rows: list[dict], starts, tokenizer: PreTrainedTokenizerBase, path: Path) -> None:
    shape = (int(starts[-1]), base.config.hidden_size)
    values = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
    for indices, batch in padded_batches(rows, tokenizer):
        tensors = {key: torch.from_numpy(value).to(base.device) for key, value in batch.items()}
        hidden = _below(base, below, tensors).half().cpu().numpy()
        for index, own in zip(indices, hidden, strict=True):
            # Padding stands on the tokenizer's side; the mask knows which.
            kept = own[batch["attention_mask"][indices.index(index)] == 1]
            values[starts[index] : starts[index + 1]] = kept
    values.flush()


class _Reached(Exception):
    """The layer above is reached; nothing above it is wanted."""


@torch.no_grad()
def _below(base, below: int, inputs: dict) -> torch.Tensor:
    """The activations that the layer numbered `below` would take in, of shape (reviews, tokens, hidden units)."""
    found = []

    def stop(layer, args):
        found.append(args[0])
        raise _Reached

    hook = encoder_layers(base)[below].register_forward_pre_hook(stop)
    try:
        base(**inputs)
    except _Reached:
        pass
    finally:
        hook.remove()
    return found[0]


def _begin_at(base, below: int) -> Callable[[], None]:
    # The modules stay where they are, so that weights keep their names.
    skipped = [base.base_model.embeddings, *encoder_layers(base)[:below]]
    skipped[0].forward = MethodType(_as_given, skipped[0])
    for layer in skipped[1:]:
        layer.forward = MethodType(_unchanged, layer)

    def restore():
        for module in skipped:
            del module.forward

    return restore


def _as_given(self, *args, inputs_embeds=None, **kwargs):
    # DistilBERT hands its arguments over by position, the tokens first.
    return inputs_embeds if inputs_embeds is not None else args[1]


def _unchanged(self, hidden_states, *args, **kwargs):
    return hidden_states


@torch.no_grad()
def _can_begin_at(base, below: int) -> bool:
    """Whether the logits are the same when the activations are handed over, of padded inputs too."""
    ids = torch.arange(24, device=base.device).view(2, 12) % base.config.vocab_size
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    before = base(input_ids=ids, attention_mask=mask).logits
    hidden = _below(base, below, {"input_ids": ids, "attention_mask": mask})
    restore = _begin_at(base, below)
    try:
        return torch.allclose(before, base(inputs_embeds=hidden, attention_mask=mask).logits, atol=TOLERANCE)
    except (RuntimeError, ValueError, TypeError):
        # ELECTRA's small form widens its embeddings once more.
        return False
    finally:
        restore()
