"""What `transformers.pipeline` loads as the model of the task: an adapter, merged into its base."""

from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from hf_sentiment.adapter.folder import find_adapter
from hf_sentiment.adapter.last_layer import compute_first_token_only
from hf_sentiment.adapter.loading import LoadedAdapter, load_adapter
from hf_sentiment.backends.torch import torch_dtype
from hf_sentiment.errors import SentimentError

# transformers hands a pipeline the model and nothing else, so the adapter travels on the model.
ATTRIBUTE = "sentiment_adapter"


class AdapterModel:
    """What `transformers.pipeline` calls to load the model of the task: `from_pretrained` with an adapter."""

    @classmethod
    def from_pretrained(
        cls, adapter: str, *, revision: str | None = None, dtype: str | torch.dtype | None = None, **kwargs: Any
    ) -> PreTrainedModel:
        """The merged classifier of an adapter; `adapter_of` gives its LoadedAdapter.

        Args:
            adapter: "default", a folder or a Hub id.
            revision: what `transformers.pipeline` resolved, for the BASE; a revision the user asked for is refused.
            dtype: a torch dtype, or "auto".
            **kwargs: `token`, `local_files_only` and `trust_remote_code` are used; the rest of what transformers
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
    """Find, load and merge an adapter; `adapter_of` gives its LoadedAdapter.

    Merged, an adapter costs nothing at inference, and the scores are the same to float rounding.
    """
    folder = find_adapter(adapter, revision, token=token, local_files_only=local_files_only)
    loaded = load_adapter(folder, token=token, local_files_only=local_files_only, **kwargs)
    model = loaded.merge()
    compute_first_token_only(model)
    # torch's own method: transformers' wrapper of it only looks at quantized models, and hides its types.
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
