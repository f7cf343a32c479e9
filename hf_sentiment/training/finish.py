"""The steps after training: write the adapter folder, choose on validation rows, evaluate, write the card."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from datasets import Dataset
from peft import PeftModel
from transformers import Trainer

from hf_sentiment.adapter.folder import find_adapter
from hf_sentiment.adapter.manifest import write_manifest
from hf_sentiment.adapter.saving import add_to_bias, head_bias, save_adapter
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.evaluation import evaluate_adapter
from hf_sentiment.evaluation.choose_on_validation import choose_on_validation
from hf_sentiment.evaluation.evaluate import score_reviews
from hf_sentiment.hub import write_card
from hf_sentiment.inference.pipeline import SentimentPipeline
from hf_sentiment.inference.task import load
from hf_sentiment.metrics.baselines import tfidf_logits
from hf_sentiment.metrics.logit_adjustment import choose_tau, log_shares
from hf_sentiment.metrics.predictions import true_labels
from hf_sentiment.reports.report import EvaluationReport
from hf_sentiment.reviews.fingerprints import read_training_rows, write_training_rows
from hf_sentiment.training.before import Before
from hf_sentiment.training.device import device_name
from hf_sentiment.training.learning_curve import learning_curve
from hf_sentiment.training.output_folder import CHECKPOINTS, take_finished
from hf_sentiment.training.selection import ACCURACY, chosen_by
from hf_sentiment.training.setup import RunSetup


@dataclass
class FinishedRun:
    """A run after training.

    Everything is measured on the adapter as it is loaded from its folder, not as it is in memory.

    Attributes:
        setup: the setup of the run.
        trainer: its model is the best epoch's.
        seconds: that training took.
    """

    setup: RunSetup
    trainer: Trainer
    seconds: float

    @property
    def folder(self) -> Path:
        """Where the adapter is written until it is complete; its name is that of the output folder."""
        folder = self.setup.arguments.run.folder
        return folder / CHECKPOINTS / "finished" / folder.resolve().name

    def write(self, before: Before) -> EvaluationReport:
        """Write the adapter folder with report and card, and delete the checkpoints.

        Args:
            before: the answers to the test rows before training.
        """
        # Anew, because an earlier run may have been killed while it wrote.
        shutil.rmtree(self.folder, ignore_errors=True)
        save_adapter(cast(PeftModel, self.trainer.model), self.setup.tokenizer, self.setup.config, self.folder)
        self._choose_on_validation().save(self.folder)
        self._write_training_rows()
        write_manifest(self.folder)
        report = self._evaluate(before)
        publish = self.setup.arguments.publish
        write_card(self.folder, license=publish.license, language=publish.language)
        take_finished(self.folder, self.setup.arguments.run.folder)
        return report

    def _load(self) -> SentimentPipeline:
        return load(
            self.folder,
            base_model=self.setup.base.path,
            dtype="float32",
            device=self.trainer.args.device,
            trust_remote_code=self.setup.arguments.base.trust_remote_code,
        )

    def _choose_on_validation(self) -> SentimentConfig:
        """The config with what is fitted on validation and cross-validated rows, after the logit adjustment."""
        config, validation = self.setup.config, self.setup.reviews.validation
        logits, truth = score_reviews(self._load(), validation), true_labels(validation["label"][:], config)
        if (more := self.setup.out_of_fold) is not None:
            logits, truth = np.concatenate([logits, more.logits]), np.concatenate([truth, more.truth])
        training = {
            "seconds": round(self.seconds),
            "device": device_name(self.trainer.args.device),
            "chosen_by": chosen_by(self.setup) if self.setup.arguments.schedule.trains else None,
            "logit_adjustment": (tau := self._adjust_logits(logits, truth)),
        }
        chosen = choose_on_validation(logits - tau * self._shares(), truth, config)
        return replace(chosen, provenance=chosen.provenance | {"training": training})

    def _shares(self) -> np.ndarray:
        return log_shares(self.setup.reviews.counts["train"])

    def _adjust_logits(self, logits: np.ndarray, truth: np.ndarray) -> float:
        """Choose the strength of the logit adjustment, add it to the head's bias in the folder, and return it.

        A run whose metric of choice was given as accuracy is not adjusted, because that is for rare labels.
        """
        arguments, base = self.setup.arguments, self.setup.base
        choice = arguments.schedule.choose_by
        if self.setup.config.multi_label or choice == ACCURACY:
            return 0.0
        if (name := head_bias(self.folder, base, arguments.base.trust_remote_code)) is None:
            return 0.0
        tau = choose_tau(logits, truth, self._shares(), keep_accuracy=choice == "auto")
        if tau:
            add_to_bias(self.folder, name, -tau * self._shares())
        return tau

    def _write_training_rows(self) -> None:
        reviews, init_adapter = self.setup.reviews, self.setup.arguments.lora.init_adapter
        # The rows of a stream are not in memory.
        texts = [*reviews.train["text"], *reviews.validation["text"]] if isinstance(reviews.train, Dataset) else None
        earlier = read_training_rows(find_adapter(init_adapter)) if init_adapter else frozenset()
        write_training_rows(self.folder, texts, earlier)

    def _evaluate(self, before: Before) -> EvaluationReport:
        reviews, classify = self.setup.reviews, self._load()
        tfidf = None
        if isinstance(reviews.train, Dataset):
            tfidf = tfidf_logits(reviews.train, reviews.test, classify.sentiment_config, reviews.validation)
        return evaluate_adapter(
            classify,
            reviews.test,
            dataset_name=reviews.source,
            before=None if before.of_adapter else before.logits,
            start=before.logits if before.of_adapter else None,
            tfidf=tfidf,
            texts=self.setup.arguments.publish.report_texts,
            splits=reviews.rows,
            cross_validated_rows=len(more.truth) if (more := self.setup.out_of_fold) is not None else None,
            notes=reviews.notes,
            learning_curve=learning_curve(self.trainer.state, chosen_by(self.setup)) or None,
            output_dir=self.folder / "evaluation",
        )
