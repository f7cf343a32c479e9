"""The model that `transformers.pipeline` loads for the task: an adapter merged into its base."""

from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from hf_sentiment.adapter.folder import find_adapter
from hf_sentiment.adapter.last_layer import compute_first_token_only
from hf_sentiment.adapter.loading import LoadedAdapter, load_adapter
from hf_sentiment.backends.torch import torch_dtype
from hf_sentiment.errors import SentimentError

# transformers passes only the model to a pipeline, so the adapter is stored on the model.
ATTRIBUTE = "sentiment_adapter"


class AdapterModel:
    """The class that `transformers.pipeline` loads the task's model with: `from_pretrained` takes an adapter."""

    @classmethod
    def from_pretrained(
        cls, adapter: str, *, revision: str | None = None, dtype: str | torch.dtype | None = None, **kwargs: Any
    ) -> PreTrainedModel:
        """Load the merged classifier of an adapter; `adapter_of` returns its LoadedAdapter.

        Args:
            adapter: "default", "accurate", a folder or a Hub id.
            revision: the revision of the BASE that `transformers.pipeline` resolved; one set by the user is refused.
            dtype: a torch dtype, or "auto".
            **kwargs: `token`, `local_files_only` and `trust_remote_code` are used; the others that transformers passes
                are ignored.

        Raises:
            SentimentError: see `hf_sentiment.adapter.loading.load_adapter`.
        """
        # transformers passes a ResolvedRevision, which keeps what the user wrote.
        if (asked := getattr(revision, "initial", revision)) is not None:
            raise SentimentError(
                f"pipeline(revision={asked!r}) requests that revision of the base model too, not only of the adapter: "
                f"use hf_sentiment.load({adapter!r}, revision={asked!r})."
            )
        known = {name: kwargs[name] for name in ("token", "local_files_only", "trust_remote_code") if kwargs.get(name)}
        return load_merged(adapter, None, dtype=dtype, **known)


def load_merged(
    adapter: str | Path,
    revision: str | None,
    *,
    dtype: str | torch.dtype | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    **kwargs: Any,
) -> PreTrainedModel:
    """Find, load and merge an adapter; `adapter_of` returns its LoadedAdapter.

    A merged adapter costs nothing at inference, and its scores are the same up to float rounding.
    """
    folder = find_adapter(adapter, revision, token=token, local_files_only=local_files_only)
    loaded = load_adapter(folder, token=token, local_files_only=local_files_only, **kwargs)
    model = loaded.merge()
    compute_first_token_only(model)
    # torch's own method: transformers' wrapper only matters for quantized models, and hides the types.
    torch.nn.Module.to(model, torch_dtype(dtype))
    setattr(model, ATTRIBUTE, loaded)
    return model


def adapter_of(model: object) -> LoadedAdapter:
    """The adapter that was merged into a model.

    Raises:
        SentimentError: the model was not loaded by `AdapterModel`.
    """
    loaded = getattr(model, ATTRIBUTE, None)
    if not isinstance(loaded, LoadedAdapter):
        raise SentimentError('"sentiment-lora" takes an adapter by its Hub id or folder: model="user/adapter".')
    return loaded
