"""The transformers pipeline "sentiment-lora": transformers' conventions around the core."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, TextClassificationPipeline

from hf_sentiment.adapter.digest import adapter_digest
from hf_sentiment.adapter.folder import copy_adapter
from hf_sentiment.backends.torch import TorchBackend
from hf_sentiment.core.backend import Backend
from hf_sentiment.core.call_options import refuse_unknown
from hf_sentiment.core.classify import classify
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.review_scorer import ReviewScorer, ScoringOptions
from hf_sentiment.inference.adapter_model import adapter_of

if TYPE_CHECKING:
    from hf_sentiment.hub import PublishResult


class SentimentPipeline(TextClassificationPipeline):
    """Classifies reviews with a LoRA adapter, its labels, tokenizer, template and window.

    Inputs and outputs are those of transformers' text-classification pipeline, `top_k` and `function_to_apply`
    included. A review is a string, or a mapping with "text" (or "content") and optionally "title". A review longer
    than the window is read in several windows, or cut, as the adapter's config says; it is never an error. Threads may
    share a pipeline and call it with different options, and it can be pickled.

    Attributes:
        adapter: the LoadedAdapter: config, tokenizer, base, folder.
        backend: runs the model, see `hf_sentiment.core.backend.Backend`.
    """

    # The base's tokenizer is not the adapter's: transformers is to leave it alone.
    _load_tokenizer = False
    # Left open by text classification; transformers then asks the Hub for one, over and over without a network.
    _load_video_processor = False  # type: ignore[assignment] # transformers declares only the None it begins with

    def __init__(self, model: PreTrainedModel, backend: Backend | None = None, **kwargs: Any) -> None:
        self.adapter = adapter_of(model)
        kwargs["tokenizer"] = self.adapter.tokenizer
        super().__init__(model=model, **kwargs)
        self.backend: Backend = backend or TorchBackend(self.model)

    @property
    def sentiment_config(self) -> SentimentConfig:
        """The adapter's SentimentConfig."""
        return self.adapter.config

    @property
    def scorer(self) -> ReviewScorer:
        """The path from reviews to scores, which has no state of its own."""
        return ReviewScorer(self.adapter.config, self.adapter.encoder, self.backend)

    def __call__(self, inputs: Any, **kwargs: Any) -> Any:  # type: ignore[override] # no stray positions
        """Classify one review or many.

        Args:
            inputs: a review, a list, column or table of reviews, or a generator of them.
            **kwargs: see `hf_sentiment.core.call_options.CallOptions`: `top_k` (labels per review; None for all of
                them, highest first), `function_to_apply`, `batch_size` (instead of batches of about the same number of
                tokens), `max_length` (a window shorter than the adapter's), `long_reviews` ("windows" or "truncate",
                instead of the adapter's own rule), `present` (for a multi-label adapter: all labels that reach their
                threshold), `windows` (True: each answer says how many windows its review took), `target_error` (each
                answer says whether its review is "undecided": of the others, about that share at most is wrong, on
                reviews like the validation rows), `explain` (True: each answer says what every word of the review adds
                to its label; it takes as long as scoring the review once for every word), `progress` (called with the
                number of windows of each batch). A keyword that is not known is refused.

        Returns:
            [{"label", "score"}] for one string; a list in the order of the input for many; an iterator for a
            generator, which is read only a little ahead. With `top_k`, each review has a list of answers.

        Raises:
            SentimentError: a review is empty or is not text; the message says which. Or an option is not possible.
        """
        if isinstance(inputs, torch.utils.data.Dataset):
            inputs = _stream_of(inputs)
        defaults = {**self._preprocess_params, "batch_size": self._batch_size}
        return classify(self.scorer, inputs, kwargs, defaults)

    def scores(self, reviews: Iterable[object], **options: Unpack[ScoringOptions]) -> NDArray[np.float32]:
        """Calibrated scores as an array of shape (reviews, labels); see `ReviewScorer.scores`."""
        return self.scorer.scores(reviews, **options)

    def logits(self, reviews: Iterable[object], **options: Unpack[ScoringOptions]) -> NDArray[np.float32]:
        """Calibrated logits as an array of shape (reviews, labels); see `ReviewScorer.logits`."""
        return self.scorer.logits(reviews, **options)

    def identity(self) -> dict[str, str]:
        """What decides the scores: the adapter, the backend and its precision."""
        folder = self.adapter.folder
        return {
            # The name is for people; the digest tells whether the folder holds another adapter by now.
            "adapter": f"{folder.name} ({adapter_digest(folder)})",
            "backend": type(self.backend).__name__,
            "dtype": self.backend.dtype,
        }

    def _sanitize_parameters(  # type: ignore[override] # the keywords are those of CallOptions
        self, **kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        # Called by transformers with the keywords of the constructor, which hold for every call.
        refuse_unknown(kwargs)
        return kwargs, {}, {}

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        """Write the adapter folder, as it was loaded: not the merged weights, and none of our source files."""
        Path(save_directory).mkdir(parents=True, exist_ok=True)
        copy_adapter(self.adapter.folder, Path(save_directory))

    def push_to_hub(  # type: ignore[override] # what was published, not its address alone
        self, repo_id: str, **kwargs: Any
    ) -> "PublishResult":
        """Publish the adapter folder; the arguments are those of `hf_sentiment.hub.publish`."""
        from hf_sentiment.hub import publish

        return publish(self.adapter.folder, repo_id, **kwargs)


def _stream_of(data: Any) -> Iterator[object]:
    """The rows of a torch data set, read lazily as every pipeline does; some can only be indexed."""
    if hasattr(data, "__iter__"):
        return iter(data)
    return (data[index] for index in range(len(data)))
