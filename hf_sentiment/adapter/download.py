"""Fetch a model repository from the Hub or its cache: safe files only, and a clear error if that fails."""

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

# Never a pickle: weights are safetensors or nothing. Subfolders hold other formats and tasks.
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
    """Fetch a repository, and return the folder of its files in the Hub cache.

    Args:
        kind: "base" or "adapter", for messages.
        repo_id: Hub id.
        revision: commit, tag or branch.
        token: for private repositories.
        local_files_only: look only in the cache.
        more_files: patterns of files to fetch besides the safe ones.
        cure: what the error message suggests if neither the cache nor the Hub has the repository.

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
            f"There is no {kind} {repo_id!r}: it is neither a local folder nor a Hub repository that you can read. "
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
