"""Out-of-fold logits: each training row is scored by a model that was trained without it."""

import warnings
from dataclasses import replace

import numpy as np
from datasets import Dataset
from peft import PeftModel
from sklearn.model_selection import StratifiedKFold
from transformers import EarlyStoppingCallback, set_seed

from hf_sentiment.reviews.dataset import Reviews
from hf_sentiment.reviews.label_rows import rows_of_labels
from hf_sentiment.training.adapt import adapt
from hf_sentiment.training.callbacks.loss_watch import LossWatch
from hf_sentiment.training.callbacks.progress import show_progress
from hf_sentiment.training.encoding import encode_splits
from hf_sentiment.training.say import say_nothing
from hf_sentiment.training.scoring import score_classifier
from hf_sentiment.training.selection import chosen_by
from hf_sentiment.training.setup import RunSetup
from hf_sentiment.training.trainer import make_trainer
from hf_sentiment.training.trainer_options import training_arguments, with_schedule

Folds = list[tuple[np.ndarray, np.ndarray]]


def make_folds(rows: Dataset, folds: int, seed: int) -> Folds:
    """The positions of the rows to train on and to score in each fold; labels keep their shares.

    A label with fewer rows than folds is missing in some of them.
    """
    truth = np.asarray(rows["label"][:])
    most = int(np.unique(truth, return_counts=True)[1].max())
    split = StratifiedKFold(max(2, min(folds, most)), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # Of such a label: nobody who trains can do anything about the folds.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        return list(split.split(np.zeros(len(truth)), truth))


def out_of_fold_logits(setup: RunSetup, rows: Dataset, folds: Folds) -> np.ndarray:
    """Logits of rows, of shape (rows, labels), each by a model that was trained without the row.

    The model of each fold is the one at the end of training, because choosing an epoch on the rows that are scored
    would flatter it.

    Args:
        setup: the setup of a run; its training rows are replaced by those of each fold.
        rows: labelled rows.
        folds: as `make_folds` returns them. A run that neither trains nor fits a head scores all rows at once.
    """
    arguments = setup.arguments
    if not arguments.schedule.trains and arguments.lora.fit_head == "never":
        return score_classifier(_trained(setup), setup, rows)
    logits = np.empty((len(rows), len(setup.config.labels)), dtype=np.float32)
    for train, held in folds:
        fold = replace(setup, reviews=_only(setup.reviews, rows.select(train)), config=replace(setup.config))
        logits[held] = score_classifier(_trained(fold), fold, rows.select(held))
    return logits


def _only(reviews: Reviews, train: Dataset) -> Reviews:
    counts = reviews.counts | {"train": rows_of_labels(train, len(reviews.labels))}
    # What a fold notes is not true of the run.
    return replace(reviews, train=train, train_rows=len(train), counts=counts, notes=[])


def _trained(setup: RunSetup) -> PeftModel:
    set_seed(setup.arguments.run.seed)
    model = adapt(setup.classifier(), setup)
    if not setup.arguments.schedule.trains:
        return model
    options = with_schedule(training_arguments(setup.arguments), setup)
    options = replace(options, eval_strategy="no", save_strategy="no", load_best_model_at_end=False)
    trainer = make_trainer(model, setup, encode_splits(setup), options)
    trainer.remove_callback(EarlyStoppingCallback)
    show_progress(trainer, say_nothing, chosen_by(setup))
    trainer.add_callback(LossWatch.of_run(setup, trainer, say_nothing))
    trainer.train()
    trainer.accelerator.free_memory()
    return model
