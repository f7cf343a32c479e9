"""The transformers pipeline "sentiment-lora": transformers' conventions around the core."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, TextClassificationPipeline

from hf_sentiment.adapter.digest import adapter_digest
from hf_sentiment.adapter.folder import copy_adapter
from hf_sentiment.backends.torch import TorchBackend, check_device
from hf_sentiment.core.backend import Backend
from hf_sentiment.core.call_options import call_options, refuse_unknown_keywords
from hf_sentiment.core.classify import classify
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.review_scorer import ReviewScorer, ScoringOptions
from hf_sentiment.errors import SentimentError
from hf_sentiment.inference.adapter_model import adapter_of

if TYPE_CHECKING:
    from hf_sentiment.hub import PublishResult


class SentimentPipeline(TextClassificationPipeline):
    """Classifies reviews with a LoRA adapter, its labels, tokenizer, template and window.

    Inputs and outputs are those of transformers' text-classification pipeline, `top_k` and `function_to_apply`
    included. A review is a string, or a mapping with "text" (or "content") and optionally "title". A review longer
    than the window is read in several windows or truncated, as the adapter's config says; it is never an error.
    Threads may share a pipeline and call it with different options, and it can be pickled.

    Attributes:
        adapter: the LoadedAdapter: config, tokenizer, base, folder.
        backend: runs the model, see `hf_sentiment.core.backend.Backend`.
    """

    # The base's tokenizer may differ from the adapter's, so transformers must not load it.
    _load_tokenizer = False
    # Text classification does not set this; transformers would then ask the Hub, again and again without a network.
    _load_video_processor = False  # type: ignore[assignment] # transformers declares only the None it begins with

    def __init__(self, model: PreTrainedModel, backend: Backend | None = None, **kwargs: Any) -> None:
        self.adapter = adapter_of(model)
        kwargs["tokenizer"] = self.adapter.tokenizer
        # The options of the constructor, which apply to every call.
        self._defaults: dict[str, Any] = {"batch_size": kwargs.get("batch_size")}
        check_device(kwargs.get("device"))
        super().__init__(model=model, **kwargs)
        self.backend: Backend = backend or TorchBackend(self.model)

    @property
    def sentiment_config(self) -> SentimentConfig:
        """The adapter's SentimentConfig."""
        return self.adapter.config

    @property
    def scorer(self) -> ReviewScorer:
        """The stateless path from reviews to scores."""
        return ReviewScorer(self.adapter.config, self.adapter.encoder, self.backend)

    def __call__(self, inputs: Any, **kwargs: Any) -> Any:  # type: ignore[override] # keywords only
        """Classify one review or many.

        Args:
            inputs: a review, a list, column or table of reviews, or a generator of them.
            **kwargs: see `hf_sentiment.core.call_options.CallOptions`: `top_k` (labels per review; None for all of
                them, highest first), `function_to_apply`, `batch_size` (instead of batches of about the same number of
                tokens), `max_length` (a window shorter than the adapter's), `long_reviews` ("windows" or "truncate",
                instead of the adapter's own rule), `present` (for a multi-label adapter: all labels that reach their
                threshold), `windows` (True: each answer says how many windows its review took), `target_error` (each
                answer says whether its review is "undecided": with 95 % confidence, at most that share of the others
                is wrong, on reviews like the validation rows), `explain` (True: each answer says how much each
                word of the review contributes to its label; this takes as long as scoring the review once per word),
                `progress` (called after each batch with the number of reviews that it completes). An unknown keyword is
                refused.

        Returns:
            [{"label", "score"}] for one string; a list in input order for many; an iterator for a generator, which is
            read only a little ahead. With `top_k`, each review has a list of answers.

        Raises:
            SentimentError: a review is empty or is not text (the message says which), or an option is invalid.
        """
        return classify(self.scorer, _stream_of(inputs), kwargs, self._defaults)

    def scores(self, reviews: object, **options: Unpack[ScoringOptions]) -> NDArray[np.float32]:
        """Calibrated scores as an array of shape (reviews, labels); see `ReviewScorer.scores`."""
        return self.scorer.scores(_stream_of(reviews), **(self._scoring_defaults | options))

    def logits(self, reviews: object, **options: Unpack[ScoringOptions]) -> NDArray[np.float32]:
        """Calibrated logits as an array of shape (reviews, labels); see `ReviewScorer.logits`."""
        return self.scorer.logits(_stream_of(reviews), **(self._scoring_defaults | options))

    @property
    def _scoring_defaults(self) -> ScoringOptions:
        return call_options(self._defaults, self.sentiment_config).scoring

    def identity(self) -> dict[str, str]:
        """Everything that affects the scores: the adapter, the backend and its precision."""
        folder = self.adapter.folder
        return {
            # The name is for people; the digest is that of the files that were loaded.
            "adapter": f"{folder.name} ({self.adapter.digest})",
            "backend": type(self.backend).__name__,
            "dtype": self.backend.dtype,
        }

    def _sanitize_parameters(  # type: ignore[override] # the keywords are those of CallOptions
        self, **kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        # transformers passes the other keywords of the constructor.
        refuse_unknown_keywords(kwargs)
        self._defaults |= kwargs
        return kwargs, {}, {}

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        """Write the adapter folder as it was loaded: no merged weights, no source files."""
        if adapter_digest(self.adapter.folder) != self.adapter.digest:
            raise SentimentError(
                f"{self.adapter.folder} was moved or changed since the adapter was loaded: load it again."
            )
        Path(save_directory).mkdir(parents=True, exist_ok=True)
        copy_adapter(self.adapter.folder, Path(save_directory))

    def push_to_hub(  # type: ignore[override] # returns all that was published, not only the URL
        self, repo_id: str, **kwargs: Any
    ) -> "PublishResult":
        """Publish the adapter folder; the arguments are those of `hf_sentiment.hub.publish`."""
        from hf_sentiment.hub import publish

        return publish(self.adapter.folder, repo_id, **kwargs)


def _stream_of(inputs: Any) -> Any:
    """The rows of a torch dataset, read lazily as in every pipeline; other inputs as they are."""
    if not isinstance(inputs, torch.utils.data.Dataset):
        return inputs
    # Some datasets can only be indexed.
    return iter(inputs) if hasattr(inputs, "__iter__") else (inputs[index] for index in range(len(inputs)))  # type: ignore[arg-type] # a dataset that has no length can be iterated
