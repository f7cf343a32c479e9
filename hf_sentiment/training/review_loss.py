"""The loss of a step: the mean over its rows in all processes."""

from dataclasses import dataclass
from typing import cast

import torch
from torch.nn import functional
from transformers.modeling_outputs import SequenceClassifierOutput

from hf_sentiment.training.filling import IGNORED


@dataclass(frozen=True)
class ReviewLoss:
    """Cross-entropy in nats; for several labels per review, binary cross-entropy.

    The classifiers of transformers take the mean over the rows of one process. Trainer multiplies it by the number of
    processes, because it believes that they take the mean over all, and a last step with fewer rows in one process
    would count them for more.

    Attributes:
        multi_label: whether a review can have several labels.
        smoothing: the share of each label that is spread over all labels.
    """

    multi_label: bool
    smoothing: float

    def __call__(
        self,
        outputs: SequenceClassifierOutput,
        labels: torch.Tensor,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        """The sum over the rows of this process, divided by the labels of the step in all processes.

        Args:
            outputs: with logits of shape (rows, labels).
            labels: of shape (rows,); multi-label: floats of shape (rows, labels).
            num_items_in_batch: the number of labels of the step that are not ignored, in all processes; by default
                that of this process.
        """
        logits = cast(torch.Tensor, outputs.logits).float()
        counted = labels != IGNORED
        if self.multi_label:
            target = labels * (1 - self.smoothing) + self.smoothing / 2
            each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
            total = each[counted].sum()
        else:
            total = functional.cross_entropy(
                logits, labels, reduction="sum", ignore_index=IGNORED, label_smoothing=self.smoothing
            )
        return total / (counted.sum() if num_items_in_batch is None else num_items_in_batch)
