"""Reviews in, labels out: the transformers pipeline "sentiment-lora"."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import GeneratorType

import numpy as np
import torch
from transformers import PreTrainedModel, TextClassificationPipeline
from transformers.pipelines import PIPELINE_REGISTRY
from transformers.pipelines.base import SUPPORTED_PEFT_TASKS
from transformers.pipelines.pt_utils import KeyDataset
from transformers.pipelines.text_classification import sigmoid, softmax

from hf_sentiment.adapter.digest import adapter_digest
from hf_sentiment.adapter.folder import DEFAULT, DEFAULT_FOLDER, copy_adapter, find_adapter
from hf_sentiment.adapter.last_layer import spare_last_layer
from hf_sentiment.adapter.loading import load_adapter
from hf_sentiment.backends import BACKENDS, TorchBackend
from hf_sentiment.backends.torch import torch_dtype
from hf_sentiment.core.answers import answer
from hf_sentiment.core.batching import encode, encode_windows, in_chunks, mean_by_owner, score_encoded, window_spans
from hf_sentiment.core.config import LONG_REVIEWS
from hf_sentiment.core.explanation import explain_answers
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.review import as_review

TASK = "sentiment-lora"
# Windows of a long review share a quarter of their tokens, so that no sentence is seen only in halves.
WINDOW_OVERLAP = 4
# Options of a call that are used before there are answers.
SCORING = ("max_length", "long_reviews", "progress", "explain")


class AdapterModel:
    """What `transformers.pipeline` calls to load the model of the task: `from_pretrained` with an adapter."""

    @classmethod
    def from_pretrained(cls, adapter: str, *, revision: str | None = None, dtype=None, **kwargs) -> PreTrainedModel:
        """The merged classifier of an adapter, with its LoadedAdapter as the attribute `sentiment_adapter`.

        Args:
            adapter: "default", a folder or a Hub id.
            revision: what `transformers.pipeline` resolved, for the BASE; a revision the user asked for is refused.
            dtype: a torch dtype, or "auto".
            **kwargs: `token`, `local_files_only` and `trust_remote_code` are used, the rest of what transformers
                passes has no meaning here.

        Raises:
            SentimentError: see `hf_sentiment.adapter.loading.load_adapter`.
        """
        # transformers hands over a ResolvedRevision, which remembers what the user wrote.
        if (asked := getattr(revision, "initial", revision)) is not None:
            raise SentimentError(
                f"pipeline(revision={asked!r}) asks for that revision of the base model too, not of the adapter "
                f"alone: use hf_sentiment.load({adapter!r}, revision={asked!r})."
            )
        known = {key: kwargs.get(key) for key in ("token", "local_files_only", "trust_remote_code")}
        return load_model(adapter, None, dtype=dtype, **{key: value for key, value in known.items() if value})


def load_model(
    adapter: str | Path,
    revision: str | None,
    *,
    dtype=None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    **kwargs,
) -> PreTrainedModel:
    """Find, load and merge an adapter; its LoadedAdapter becomes the model's attribute `sentiment_adapter`."""
    folder = find_adapter(adapter, revision, token=token, local_files_only=local_files_only)
    loaded = load_adapter(folder, token=token, local_files_only=local_files_only, **kwargs)
    # Merged, an adapter costs nothing at inference, and the scores are the same to float rounding.
    model = loaded.merge()
    spare_last_layer(model)
    model = model.to(torch_dtype(dtype))
    model.sentiment_adapter = loaded
    return model


class SentimentPipeline(TextClassificationPipeline):
    """Classifies reviews with a LoRA adapter, its labels, tokenizer, template and window.

    Inputs and outputs are those of transformers' text-classification pipeline, `top_k` and `function_to_apply`
    included. A review is a string, or a mapping with "text" (or "content") and optionally "title". A review longer
    than the window is read in several, or cut, as the adapter's config says; it is never an error.

    Attributes:
        adapter: the LoadedAdapter: config, tokenizer, base, folder.
        backend: what runs the model, see `hf_sentiment.backends`.
    """

    # The base's tokenizer is not the adapter's: transformers is to leave it alone.
    _load_tokenizer = False
    # Left open by text classification; transformers then asks the Hub for one, over and over without a network.
    _load_video_processor = False

    def __init__(self, model: PreTrainedModel, backend=None, **kwargs):
        self.adapter = getattr(model, "sentiment_adapter", None)
        if self.adapter is None:
            raise SentimentError('"sentiment-lora" takes an adapter by its Hub id or folder: model="user/adapter".')
        kwargs["tokenizer"] = self.adapter.tokenizer
        super().__init__(model=model, **kwargs)
        self.backend = backend or TorchBackend(self.model)

    @property
    def sentiment_config(self):
        """The adapter's SentimentConfig."""
        return self.adapter.config

    def __call__(self, inputs, **kwargs):
        """Classify one review or many.

        Args:
            inputs: a review, a list or column of reviews, or a generator of them.
            **kwargs: `top_k` (labels per review; None for all of them, highest first), `batch_size` (reviews per
                batch, instead of batches of about the same number of tokens), `function_to_apply`, `max_length` (a
                window shorter than the adapter's), `present` (for reviews with several labels: all that reach their
                threshold, highest first), `progress` (called with the number of reviews of each batch), `long_reviews`
                ("windows" or "truncate", instead of the adapter's own rule), `windows` (True: each answer says how
                many windows its review took), `target_error` (each answer says whether its review is "undecided": so
                that of the decided ones about that share at most is wrong, on reviews like the validation rows),
                `explain` (True: each answer says what every word of the review adds to its label, see
                `explain_answers`; it takes as long as scoring the review once for every word).

        Returns:
            [{"label", "score"}] for one string; a list in the order of the input for many; an iterator for a
            generator, which is read only a little ahead. Several labels come as a list for each review.

        Raises:
            SentimentError: a review is empty or is not text; the message says which. Or the adapter has no threshold
                for the target error.
        """
        if isinstance(inputs, Iterable) and not isinstance(
            inputs, str | Mapping | list | GeneratorType | torch.utils.data.Dataset
        ):
            # Iterators stay lazy, as generators do; tuples, columns and arrays come whole.
            inputs = (item for item in inputs) if isinstance(inputs, Iterator) else list(inputs)
        if isinstance(inputs, list) and not inputs:
            return []
        return super().__call__(inputs, **kwargs)

    def _sanitize_parameters(self, truncation=None, padding=None, **kwargs):
        # Both are accepted, as stock pipelines need them; every batch is padded and fitted to the window anyway.
        scoring = {key: kwargs.pop(key) for key in SCORING if key in kwargs}
        if scoring.get("long_reviews", "windows") not in LONG_REVIEWS:
            raise SentimentError(
                f"long_reviews is {scoring['long_reviews']!r}; it is one of {', '.join(LONG_REVIEWS)}."
            )
        shown = {key: kwargs.pop(key) for key in ("present", "windows", "target_error") if key in kwargs}
        if shown.get("target_error") is not None:
            # Before the first review is read.
            self.sentiment_config.undecided_below(shown["target_error"])
        _, forward_params, postprocess_params = super()._sanitize_parameters(**kwargs)
        return scoring, forward_params, postprocess_params | shown

    def postprocess(self, model_outputs, top_k=1, _legacy=True, windows=False, **kwargs):
        """Labels and scores of one review; `_legacy` is transformers' word for "no top_k was given"."""
        logits = model_outputs["logits"][0].float().numpy()
        answers = answer(logits, self.sentiment_config, top_k=top_k, single=_legacy, **kwargs)
        for each in (answers if isinstance(answers, list) else [answers]) if windows else []:
            each["windows"] = model_outputs["windows"]
        return answers

    def run_single(self, inputs, preprocess_params, forward_params, postprocess_params):
        """One review: the same path as many."""
        items = self._answers([inputs], None, preprocess_params, postprocess_params, single=True)
        return next(items)

    def get_iterator(self, inputs, num_workers, batch_size, preprocess_params, forward_params, postprocess_params):
        """Answers in the order of the input, computed by length rather than by arrival."""
        # 1 is what transformers puts where the user said nothing.
        size = None if batch_size == 1 and self._batch_size is None else batch_size
        return self._answers(inputs, size, preprocess_params, postprocess_params)

    def _answers(self, inputs, batch_size, preprocess_params, postprocess_params, single=False) -> Iterator:
        options = dict(preprocess_params)
        explain, progress = options.pop("explain", False), options.pop("progress", None)
        position = 0
        items = (inputs[index] for index in range(len(inputs))) if isinstance(inputs, KeyDataset) else inputs
        for chunk in in_chunks(items):
            reviews = [as_review(item, None if single else position + i) for i, item in enumerate(chunk)]
            texts = [self.sentiment_config.render(*review) for review in reviews]
            scored = self._score(texts, batch_size=batch_size, progress=progress, **options)
            for text, logits, windows in zip(texts, *scored, strict=True):
                outputs = {"logits": torch.from_numpy(logits)[None], "windows": int(windows)}
                answers = self.postprocess(outputs, **postprocess_params)
                if explain:
                    self._explain(answers, text, **options)
                yield answers
            position += len(chunk)

    def _explain(self, answers: dict | list[dict], text: str, **options) -> None:
        length, overlap = self._window(**options)
        windows = window_spans(text, self.tokenizer, length, overlap)
        score = partial(self.logits, max_length=length, long_reviews="truncate")
        explain_answers(answers, text, windows, self.sentiment_config, score)

    def _window(self, max_length=None, long_reviews=None) -> tuple[int, int | None]:
        """Tokens in a window, and how many it shares with the one before; None where long reviews are cut."""
        config = self.sentiment_config
        length = min(max_length or config.max_length, config.max_length)
        return length, length // WINDOW_OVERLAP if (long_reviews or config.long_reviews) == "windows" else None

    def scores(
        self, reviews: Iterable, *, batch_size=None, max_length=None, long_reviews=None, progress=None
    ) -> np.ndarray:
        """Calibrated scores as a float32 array of shape (reviews, labels)."""
        options = {"batch_size": batch_size, "max_length": max_length, "long_reviews": long_reviews}
        function = sigmoid if self.sentiment_config.multi_label else softmax
        parts, position = [np.empty((0, len(self.sentiment_config.labels)), np.float32)], 0
        for chunk in in_chunks(reviews):
            texts = [self.sentiment_config.render(*as_review(item, position + i)) for i, item in enumerate(chunk)]
            parts.append(function(self.logits(texts, progress=progress, **options).astype(np.float32)))
            position += len(chunk)
        return np.concatenate(parts)

    def identity(self) -> dict[str, str]:
        """What decides the scores: the adapter, the backend and its dtype."""
        folder = self.adapter.folder
        return {
            # The name is for people; the digest tells whether the folder holds another adapter by now.
            "adapter": f"{folder.name} ({adapter_digest(folder)})",
            "backend": type(self.backend).__name__,
            "dtype": str(self.model.dtype),
        }

    def logits(self, texts: list[str], **options) -> np.ndarray:
        """Calibrated logits of rendered reviews.

        Args:
            texts: what `sentiment_config.render` gives.
            **options: `batch_size`, `max_length`, `long_reviews` and `progress`, as in a call.

        Returns:
            float32 array of shape (texts, labels).
        """
        return self._score(texts, **options)[0]

    def _score(
        self, texts: list[str], batch_size=None, max_length=None, long_reviews=None, progress=None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Calibrated logits, and how many windows each text took."""
        tokenizer = self.tokenizer
        length, overlap = self._window(max_length, long_reviews)
        if overlap is None:
            rows, owners = encode(texts, tokenizer, length), np.arange(len(texts))
        else:
            rows, owners = encode_windows(texts, tokenizer, length, overlap)
        raw = score_encoded(
            rows,
            tokenizer,
            self.backend.run,
            length_step=self.backend.length_step,
            batch_size=batch_size,
            progress=progress,
        )
        return mean_by_owner(raw, owners) / self.sentiment_config.temperature, np.bincount(owners, minlength=len(texts))

    def save_pretrained(self, save_directory: str | Path, **kwargs) -> None:
        """Write the adapter folder, as it was loaded: not the merged weights, and none of our source files."""
        Path(save_directory).mkdir(parents=True, exist_ok=True)
        copy_adapter(self.adapter.folder, save_directory)

    def push_to_hub(self, repo_id: str, **kwargs):
        """Publish the adapter folder; the arguments are those of `hf_sentiment.hub.publish`."""
        from hf_sentiment.hub import publish

        return publish(self.adapter.folder, repo_id, **kwargs)


def load(
    adapter: str | Path | list[str | Path] | Mapping[str, str | Path] = DEFAULT,
    revision: str | None = None,
    backend: str = "torch",
    dtype: str = "auto",
    device: int | str | torch.device | None = None,
    *,
    base_model: str | None = None,
    labels: list[str] | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    trust_remote_code: bool = False,
) -> SentimentPipeline:
    """The pipeline of an adapter, with a revision of the ADAPTER pinned.

    Args:
        adapter: "default" (the shipped one), a folder or a Hub id; a list or a mapping of them gives a
            MultiAdapterPipeline, with one copy of their base.
        revision: commit, tag or branch of the adapter.
        backend: "torch", or "openvino", several times as fast on a CPU: the first use of an adapter exports and checks
            it, which takes a minute, and later ones find it in the cache.
        dtype: "auto" (bf16 where the processor has the instructions for it, else float32), "float32", "bfloat16",
            and with openvino "int8". Scores are the same to 1e-5 in float32, to about 0.02 in bf16.
        device: as in `transformers.pipeline`.
        base_model: a folder or Hub id to take the base from, instead of the one that the adapter names.
        labels: names for the head's outputs, for an adapter that came without names.
        token: for private repositories.
        local_files_only: do not ask the Hub.
        trust_remote_code: allow a base that brings its own Python code.

    Raises:
        SentimentError: see `hf_sentiment.adapter.loading.load_adapter`.
    """
    if backend not in BACKENDS:
        raise SentimentError(f"backend {backend!r} is not one of {', '.join(BACKENDS)}.")
    if isinstance(adapter, list | tuple | Mapping):
        return _load_several(
            adapter,
            {"revision": revision, "labels": labels},
            dtype,
            base_model=base_model,
            device=device,
            token=token,
            local_files_only=local_files_only,
            trust_remote_code=trust_remote_code,
        )
    model = load_model(
        adapter,
        revision,
        # OpenVINO is exported from the exact weights, whatever it computes in.
        dtype=dtype if backend == "torch" else "float32",
        token=token,
        local_files_only=local_files_only,
        base_model=base_model,
        labels=labels,
        trust_remote_code=trust_remote_code,
    )
    if backend == "torch":
        return SentimentPipeline(model=model, task=TASK, device=device)
    from hf_sentiment.backends.openvino import openvino_backend

    return SentimentPipeline(
        model=model, task=TASK, device="cpu", backend=openvino_backend(model.sentiment_adapter, dtype)
    )


def _load_several(adapters, single: dict, dtype, **options):
    from hf_sentiment.inference.multi_adapter import load_many

    for name, value in single.items():
        if value is not None:
            raise SentimentError(f"{name}= belongs to one adapter; {len(adapters)} are named.")
    if dtype not in ("auto", "float32", torch.float32):
        raise SentimentError(f"Several adapters on one base are not merged into it, and run in float32, not {dtype}.")
    return load_many(adapters, **options)


def _register() -> None:
    if TASK in PIPELINE_REGISTRY.get_supported_tasks():
        return
    PIPELINE_REGISTRY.register_pipeline(
        TASK,
        pipeline_class=SentimentPipeline,
        pt_model=AdapterModel,
        default={"model": (str(DEFAULT_FOLDER), None)},
        type="text",
    )
    # Without it, transformers says of every PEFT model that it is not supported.
    SUPPORTED_PEFT_TASKS[TASK] = ["PeftModelForSequenceClassification"]


_register()
