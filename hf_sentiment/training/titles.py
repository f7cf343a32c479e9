"""Learn from reviews without labels: predict the words of each review's title from its text.

The title of a review is a short opinion in its writer's own words: an encoder that has learnt to foresee it needs fewer
labelled reviews afterwards.
"""

import math
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from peft import PeftModel
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from transformers import DataCollatorWithPadding, PreTrainedTokenizerBase, TrainingArguments

from hf_sentiment.core.text_encoder import TextEncoder
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.review import Review
from hf_sentiment.training.callbacks.progress import show_progress
from hf_sentiment.training.encoding import encode_texts
from hf_sentiment.training.review_trainer import ReviewTrainer
from hf_sentiment.training.say import Say

# The most frequent words of titles; an exclamation mark is one.
WORDS, MOST_WORDS = r"(?u)\b\w[\w']*\b|!", 1500
# Without a title, the first sentence stands for it, if it is as short as one.
SENTENCE, LONGEST = re.compile(r"(?<=[.!?])\s+|\n"), 120
# The layer that predicts words starts from nothing and is thrown away afterwards.
WORDS_LEARNING_RATE = 3e-3


@dataclass(frozen=True)
class TitleOptions:
    """How long and how fast to learn from titles.

    Attributes:
        epochs: passes over the reviews.
        batch_size: reviews per step, in all processes together.
        learning_rate: peak rate of the LoRA layers.
        max_length: tokens of a text that are read.
        seed: of the order of the reviews.
    """

    epochs: float = 2.0
    batch_size: int = 32
    learning_rate: float = 6e-4
    max_length: int = 80
    seed: int = 42


def titles_and_texts(reviews: Sequence[Review]) -> list[tuple[str, str]]:
    """Each review's title, or its short first sentence, and the text below it; without a word in a title, neither."""
    pairs = []
    for title, text in reviews:
        parts = [title, text] if title else SENTENCE.split(text, maxsplit=1)
        if len(parts) == 2 and parts[1].strip() and len(parts[0]) <= LONGEST and re.search(WORDS, parts[0]):
            pairs.append((parts[0], parts[1]))
    return pairs


def learn_from_titles(
    model: PeftModel,
    read_by: torch.nn.Linear,
    reviews: Sequence[Review],
    encoder: TextEncoder,
    tokenizer: PreTrainedTokenizerBase,
    say: Say,
    options: TitleOptions = TitleOptions(),  # noqa: B008 - frozen
    *,
    bf16: bool,
    use_cpu: bool,
) -> None:
    """Train a model's LoRA layers to predict the words of titles from what its head reads of the texts.

    Args:
        model: the classifier with its LoRA layers, changed in place; its head does not change.
        read_by: the last layer of its head.
        reviews: without labels.
        encoder: the tokenizer as the core uses it.
        tokenizer: the same tokenizer, which pads the batches.
        say: called with lines of progress.
        options: how long and how fast.
        bf16: compute in bf16 autocast.
        use_cpu: even if there is an accelerator.

    Raises:
        SentimentError: fewer reviews than a batch have a title, or a first sentence and more.
    """
    pairs = titles_and_texts(reviews)
    words = TfidfVectorizer(max_features=MOST_WORDS, sublinear_tf=True, token_pattern=WORDS)
    targets = words.fit_transform([title for title, _ in pairs]) if pairs else csr_matrix((0, 0))
    kept = np.flatnonzero(np.diff(targets.indptr))
    if len(kept) < options.batch_size:
        raise SentimentError(
            f"Only {len(kept)} of {len(reviews)} unlabelled reviews have a title and a text, or a first sentence and "
            f"more: give {options.batch_size} or more, or leave --unlabelled out."
        )
    texts, targets = [pairs[row][1] for row in kept], targets[kept]
    say(f"Learning from the titles of {len(texts):,} reviews without labels")
    task = _PredictWords(model, read_by, targets)
    tuned = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": tuned, "lr": options.learning_rate},
            {"params": task.words.parameters(), "lr": WORDS_LEARNING_RATE},
        ],
        weight_decay=0.0,
    )
    encoded = encode_texts(encoder, texts, options.max_length)
    with tempfile.TemporaryDirectory() as folder:
        trainer = ReviewTrainer(
            model=task,
            args=_training_arguments(folder, options, bf16=bf16, use_cpu=use_cpu),
            train_dataset=Dataset.from_dict(encoded | {"row": list(range(len(texts)))}),
            data_collator=_Collator(tokenizer, targets),
            optimizers=(optimizer, None),
        )
        show_progress(trainer, say, "accuracy")
        try:
            trainer.train()
        finally:
            task.hook.remove()


class _PredictWords(torch.nn.Module):
    """A classifier with a second head, over the words of titles, that reads what its own head reads."""

    # Trainer would multiply the loss of each of several processes by their number.
    accepts_loss_kwargs = False

    def __init__(self, model: PeftModel, read_by: torch.nn.Linear, targets: csr_matrix) -> None:
        super().__init__()
        self.model = model
        self.words = torch.nn.Linear(read_by.in_features, targets.shape[1])
        shares = np.asarray(targets.sum(axis=0)).ravel()
        with torch.no_grad():
            self.words.weight.normal_(std=0.02)
            self.words.bias.copy_(torch.from_numpy(np.log(shares / shares.sum())))
        self._read = torch.empty(0)
        self.hook = read_by.register_forward_pre_hook(self._keep)

    def _keep(self, layer: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        self._read = args[0]

    def forward(self, labels: torch.Tensor, **inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        """The cross-entropy of the titles' words, `labels` of shape (texts, words)."""
        self.model(**inputs)
        scores = torch.log_softmax(self.words(self._read).float(), dim=-1)
        return {"loss": -(labels * scores).sum(dim=-1).mean()}


class _Collator:
    """Pads texts, and looks up the shares of the words in their titles."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, targets: csr_matrix) -> None:
        self.pad = DataCollatorWithPadding(tokenizer)
        self.targets = targets

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        words = torch.from_numpy(self.targets[[row.pop("row") for row in rows]].toarray()).float()
        return {**self.pad(rows), "labels": words / words.sum(dim=-1, keepdim=True)}


def _training_arguments(folder: str, options: TitleOptions, *, bf16: bool, use_cpu: bool) -> TrainingArguments:
    arguments = TrainingArguments(
        output_dir=folder,
        use_cpu=use_cpu,
        bf16=bf16,
        seed=options.seed,
        warmup_steps=0.05,
        num_train_epochs=options.epochs,
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        remove_unused_columns=False,
        save_strategy="no",
        logging_steps=10,
        dataloader_pin_memory=not use_cpu,
        # accelerate would fill the last step of several processes with texts of the beginning.
        dataloader_drop_last=True,
        # The head of the labels takes no part in this loss.
        ddp_find_unused_parameters=True,
        report_to="none",
    )
    return replace(arguments, per_device_train_batch_size=math.ceil(options.batch_size / arguments.world_size))
