"""The systems of learning_curve.py: each trains on the given rows and is scored once on their test rows.

Each takes the arguments of the command line, the options of `load_reviews` and `TrainArguments` that choose the rows,
and a folder to write to. It returns what is recorded about the run, see `scored`.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from datasets import Dataset

from hf_sentiment.adapter.base_model import locate_base
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.rendering import render_rows
from hf_sentiment.metrics.baselines import tfidf_logits
from hf_sentiment.metrics.intervals import wilson_interval
from hf_sentiment.metrics.predictions import predicted_labels, right_rows, true_labels
from hf_sentiment.reviews.dataset import Reviews, load_reviews
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.training import TrainArguments, train


def lora(arguments: argparse.Namespace, rows: dict, folder: Path) -> dict:
    """Our recipe, as `hf-sentiment train` runs it; the seconds include choosing an epoch."""
    return _trained(arguments, rows, folder, recipe=arguments.recipe)


def lora_from_adapter(arguments: argparse.Namespace, rows: dict, folder: Path) -> dict:
    """Our recipe for continuing from the adapter of `--init-adapter`."""
    options = {"recipe": arguments.warm_recipe, "init_adapter": arguments.init_adapter}
    return _trained(arguments, rows, folder, **options)


def _trained(arguments: argparse.Namespace, rows: dict, folder: Path, **options) -> dict:
    # An interrupted run may have left files there.
    options_of_run = TrainArguments(
        dataset=arguments.dataset, output_dir=str(folder), overwrite=True, **options, **rows
    )
    result = train(options_of_run, say=lambda line: None)
    report = result.report
    right = round(report.accuracy * report.rows)
    return scored(right, report.rows, report.splits["train"], result.seconds, result.validation_accuracy)


def tfidf(arguments: argparse.Namespace, rows: dict, folder: Path) -> dict:
    """TF-IDF and logistic regression; the seconds include scoring, which is fast."""
    reviews, config = _load(arguments, rows)
    started = time.monotonic()
    predictions = predicted_labels(tfidf_logits(reviews.train, reviews.test, config), config)
    seconds = time.monotonic() - started
    return scored(_right(predictions, reviews, config), len(reviews.test), reviews.train_rows, seconds)


def setfit(arguments: argparse.Namespace, rows: dict, folder: Path) -> dict:
    """SetFit on the embedded MiniLM, with its own defaults except for the number of steps."""
    from sentence_transformers.sentence_transformer.modules import Normalize
    from setfit import SetFitModel, Trainer, TrainingArguments, logging
    from transformers import PrinterCallback

    logging.set_verbosity_error()
    reviews, config = _load(arguments, rows)
    model = SetFitModel.from_pretrained(locate_base("minilm").path)
    # On the Hub, MiniLM comes with these two settings; the embedded package holds only the encoder.
    model.model_body.append(Normalize())
    model.model_body.max_seq_length = 256
    data = Dataset.from_dict({"text": render_rows(reviews.train, config), "label": reviews.train["label"][:]})
    silent = {"report_to": "none", "logging_strategy": "no", "save_strategy": "no", "show_progress_bar": False}
    options = {"output_dir": str(folder), "max_steps": arguments.setfit_steps, "seed": rows["seed"]}
    trainer = Trainer(model=model, args=TrainingArguments(**options, **silent), train_dataset=data)
    trainer.remove_callback(PrinterCallback)
    warnings.filterwarnings("ignore", "'pin_memory' argument is set")
    started = time.monotonic()
    trainer.train()
    seconds = time.monotonic() - started
    predictions = model.predict(render_rows(reviews.test, config), as_numpy=True, show_progress_bar=False)
    return scored(_right(np.asarray(predictions), reviews, config), len(reviews.test), reviews.train_rows, seconds)


# Names for --systems, in the order of the table's columns.
SYSTEMS: dict[str, Callable[[argparse.Namespace, dict, Path], dict]] = {
    "minilm": lora,
    "minilm-warm": lora_from_adapter,
    "tfidf": tfidf,
    "setfit": setfit,
}
# Systems that train an adapter with our recipe.
ADAPTERS = ("minilm", "minilm-warm")


def scored(right: int, test_rows: int, train_rows: int, seconds: float, validation: float | None = None) -> dict:
    """The numbers that are recorded about a run.

    Args:
        right: correctly answered test rows.
        test_rows: all test rows.
        train_rows: training rows; slightly fewer than asked for if some texts are also test rows.
        seconds: duration of training.
        validation: accuracy of the chosen epoch on validation rows; None if none was chosen.
    """
    low, high = wilson_interval(right, test_rows)
    found = {"accuracy": right / test_rows, "low": low, "high": high, "test_rows": test_rows, "train_rows": train_rows}
    return found | {"validation_accuracy": validation, "seconds": round(seconds, 2)}


def _load(arguments: argparse.Namespace, rows: dict) -> tuple[Reviews, SentimentConfig]:
    reviews = load_reviews(DataOptions(arguments.dataset, **rows))
    # Every system joins title and text with the same template.
    return reviews, SentimentConfig(reviews.labels, reviews.problem_type)


def _right(predictions: np.ndarray, reviews: Reviews, config: SentimentConfig) -> int:
    return int(right_rows(predictions, true_labels(reviews.test["label"][:], config)).sum())
