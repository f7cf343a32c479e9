"""An adapter in a server's memory."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hf_sentiment.core.backend import Batch
from hf_sentiment.core.batching import TOKEN_BUDGET, padded_batches
from hf_sentiment.core.review_scorer import ReviewScorer
from hf_sentiment.serving.batch_shapes import BatchShapes


@dataclass(frozen=True, eq=False)
class ServedAdapter:
    """An adapter in memory.

    Attributes:
        name: under which clients ask for it.
        source: the Hub id or folder that it comes from.
        revision: asked for.
        identity: what affects its scores, see `RuntimeClassifier.identity`.
        scorer: its tokenizer, template, window and calibration.
        together: adapters for which it is the same can be in one batch.
        compute: the logits of a batch, from the batch, the keys of the adapters by the windows' indices, and whether
            it may have all cores.
        key: its name in such a batch.
        batch_tokens: padded tokens in a batch.
        lanes: batches that its runtime computes at the same time.
        shapes: of its batches; None for any.
        compile_shapes: makes kernels for them, if its runtime needs them.
    """

    name: str
    source: str
    revision: str | None
    identity: dict[str, str]
    scorer: ReviewScorer
    together: Hashable
    compute: Callable[[Batch, list[str], bool], NDArray[np.float32]] = field(repr=False)
    key: str = ""
    batch_tokens: int = TOKEN_BUDGET
    lanes: int = 1
    shapes: BatchShapes | None = None
    compile_shapes: Callable[[], None] | None = field(default=None, repr=False)

    @property
    def special_tokens(self) -> int:
        """Of each window."""
        return self.scorer.encoder.layout.special_tokens

    def padded_length(self, tokens: int) -> int:
        """The tokens that a window of so many has in a batch, if it is the longest of it; special tokens included."""
        return tokens if self.shapes is None else self.shapes.length(tokens)

    def logits(self, rows: list[list[int]], keys: list[str], *, all_cores: bool) -> tuple[int, NDArray[np.float32]]:
        """The logits of windows that go through the model together.

        Args:
            rows: the token ids of each window, without special tokens.
            keys: of the windows' adapters.
            all_cores: it may have all cores, since few others wait.

        Returns:
            The tokens of the batch, padding included, and its logits in order, of shape (windows, labels), not
            calibrated.
        """
        longest = max(map(len, rows)) + self.special_tokens
        (batch,) = padded_batches(
            rows,
            self.scorer.encoder.layout,
            self.scorer.config.max_length,
            length_step=self.scorer.backend.length_step,
            least_length=self.padded_length(longest),
            batch_size=len(rows),
        )
        found = self.compute(batch, keys, all_cores)
        logits = np.empty_like(found)
        logits[batch.indices] = found
        return batch.inputs["input_ids"].size, logits
