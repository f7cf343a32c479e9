"""The activations of the lower layers, on disk for every epoch and every trial.

They are kept in half precision, 2 bytes for each hidden unit of a token: 80 KB per review with MiniLM.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from peft import PeftModel
from transformers import PreTrainedModel, TrainingArguments

from hf_sentiment.core.batching import padded_batches
from hf_sentiment.errors import SentimentError
from hf_sentiment.training.setup import RunSetup
from hf_sentiment.training.speedups.lower_layers import can_skip_lower_layers, classifier_of, layer_input, layers_below


@dataclass
class Activations:
    """The lower layers' activations for all rows of a run; called with the rows of a batch, it is their data collator.

    Attributes:
        values: float16, of shape (tokens of all rows, hidden units), read from disk as needed.
        starts: the index of each row's first token, and at the end the number of all tokens; of shape (rows + 1,).
        encoded: the splits; each row has its number in the column `row` instead of its tokens.
        dtype: the precision of the layers above.
    """

    values: np.ndarray
    starts: np.ndarray
    encoded: dict[str, Dataset]
    dtype: torch.dtype

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """inputs_embeds of shape (rows, tokens, hidden units), attention_mask and labels."""
        places = [slice(self.starts[row["row"]], self.starts[row["row"] + 1]) for row in rows]
        found = [torch.from_numpy(self.values[place].astype(np.float32)) for place in places]
        pad = torch.nn.utils.rnn.pad_sequence
        return {
            "inputs_embeds": pad(found, batch_first=True).to(self.dtype),
            "attention_mask": pad([torch.ones(len(each), dtype=torch.long) for each in found], batch_first=True),
            "labels": torch.tensor([row["labels"] for row in rows]),
        }


def cache_activations(
    model: PeftModel, setup: RunSetup, encoded: dict[str, Dataset], options: TrainingArguments
) -> Activations:
    """Compute the lower layers' activations, or open the run's file of them.

    Args:
        model: with LoRA layers in the upper layers only.
        setup: the setup of the run.
        encoded: what `encode_splits` returns.
        options: the file is written to their output_dir.

    Raises:
        SentimentError: the lower layers of this encoder cannot be skipped.
    """
    base = classifier_of(model).eval()
    below = layers_below(base, setup.arguments.lora.upper_layers)
    # Frozen weights may be in bf16.
    precision = torch.autocast(base.device.type, dtype=torch.bfloat16, enabled=options.bf16)
    with precision:
        possible = below > 0 and can_skip_lower_layers(base, below)
    if not possible:
        raise SentimentError(
            f"The lower layers of a {base.config.model_type} encoder cannot be skipped: give --upper-layers 0."
        )
    rows = [row for part in encoded.values() for row in part.remove_columns(["length", "labels"])]
    starts = np.cumsum([0, *(len(row["input_ids"]) for row in rows)])
    path = Path(str(options.output_dir)) / f"activations-{_digest(setup, rows, below, options.bf16)}.npy"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Write under another name first: a killed run must not leave an incomplete file under the final one.
        partial_path = path.with_suffix(f".{os.getpid()}")
        with precision:
            _compute(base, below, rows, starts, setup, partial_path)
        os.replace(partial_path, path)
    dtype = torch.bfloat16 if options.bf16 else torch.float32
    return Activations(np.load(path, mmap_mode="r"), starts, _with_row_numbers(encoded), dtype)


def _with_row_numbers(encoded: dict[str, Dataset]) -> dict[str, Dataset]:
    parts, first = {}, 0
    for name, part in encoded.items():
        kept = part.select_columns(["length", "labels"])
        parts[name] = kept.add_column("row", list(range(first, first + len(part))))
        first += len(part)
    return parts


def _digest(setup: RunSetup, rows: list[dict[str, Any]], below: int, bf16: bool) -> str:
    digest = hashlib.sha256(json.dumps([setup.base.record(), below, bf16], sort_keys=True).encode())
    for row in rows:
        digest.update(np.array(row["input_ids"], dtype=np.int64).tobytes())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def _compute(
    base: PreTrainedModel,
    below: int,
    rows: list[dict[str, Any]],
    starts: np.ndarray,
    setup: RunSetup,
    path: Path,
) -> None:
    shape = (int(starts[-1]), base.config.hidden_size)
    values = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
    layout = setup.encoder.layout
    # The batches add the special tokens themselves.
    ends = len(layout.prefix), len(layout.suffix)
    tokens = [row["input_ids"][ends[0] : len(row["input_ids"]) - ends[1]] for row in rows]
    for indices, batch in padded_batches(tokens, layout, setup.config.max_length):
        tensors = {name: torch.from_numpy(array).to(base.device) for name, array in batch.items()}
        hidden = layer_input(base, below, tensors).half().cpu().numpy()
        for index, own, mask in zip(indices, hidden, batch["attention_mask"], strict=True):
            # The mask says which side the tokenizer pads.
            values[starts[index] : starts[index + 1]] = own[mask == 1]
    values.flush()
