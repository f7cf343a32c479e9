"""Fetch a model repository from the Hub or its cache: what may be fetched, and what is said when it cannot be."""

from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hf_sentiment.errors import SentimentError, first_line

# Never a pickle: weights come as safetensors or not at all. Folders below the top hold other formats and tasks.
SAFE_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
FOLDERS = ["*/*"]


def fetch(
    kind: str,
    repo_id: str,
    revision: str | None = None,
    *,
    token: str | bool | None = None,
    local_files_only: bool = False,
    more_files: tuple[str, ...] = (),
    cure: str = "go online once, or give a local folder",
) -> Path:
    """The folder of a repository's files in the Hub cache.

    Args:
        kind: "base" or "adapter", for messages.
        repo_id: Hub id.
        revision: commit, tag or branch.
        token: for private repositories.
        local_files_only: look in the cache alone.
        more_files: patterns of files wanted beside the safe ones.
        cure: what helps where neither the cache nor the Hub has it.

    Raises:
        SentimentError: there is no such repository or revision, or it cannot be reached and is not cached.
    """
    try:
        path = snapshot_download(
            repo_id,
            revision=revision,
            token=token,
            local_files_only=local_files_only,
            allow_patterns=[*SAFE_FILES, *more_files],
            ignore_patterns=FOLDERS,
        )
    except GatedRepoError:
        raise SentimentError(f"The {kind} {repo_id} is gated: accept its terms and run hf auth login.") from None
    except (HFValidationError, RepositoryNotFoundError):
        raise SentimentError(
            f"There is no {kind} {repo_id!r}: it is neither a folder here nor a Hub repository that you can read. "
            "Check the name, or run hf auth login if it is private."
        ) from None
    except RevisionNotFoundError:
        raise SentimentError(f"The {kind} {repo_id} has no revision {revision!r} on the Hub.") from None
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError, OSError) as error:
        at = f" at revision {revision}" if revision else ""
        raise SentimentError(
            f"The {kind} {repo_id}{at} is not in the Hub cache and could not be fetched ({first_line(error)}): {cure}."
        ) from error
    return Path(path)
