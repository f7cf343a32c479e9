"""Say what a failed publication left on the Hub, and what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from huggingface_hub.errors import OfflineModeIsEnabled

from hf_sentiment.adapter.request_limits import (
    REQUEST_ERRORS,
    TimeLimitError,
    hub_cause,
    is_transient,
    reason_of,
    wanted_pause,
)
from hf_sentiment.errors import SentimentError

# RuntimeError is for uploads.
HUB_ERRORS = (*REQUEST_ERRORS, RuntimeError, TimeLimitError)
AGAIN = "publish again, which does not commit files that are there already"


class Outcome(StrEnum):
    """What the repository holds after a publication that failed."""

    UNCHANGED = "unchanged"
    REFUSED = "refused"
    PUBLISHED = "published"
    UNKNOWN = "unknown"


class PublishError(SentimentError):
    """A publication that failed.

    Attributes:
        outcome: "unchanged" (try again), "refused" (nothing changed, and trying again will not help), "published" (the
            commit is there, but its check or its tag failed) or "unknown".
        commit: the commit's hash if it is there.
    """

    def __init__(self, message: str, outcome: Outcome, commit: str | None = None) -> None:
        super().__init__(message)
        self.outcome, self.commit = outcome, commit


def not_published(repo_id: str, error: Exception) -> PublishError:
    """The error for a repository that holds what it held before."""
    if not _try_again(error):
        return PublishError(f"{repo_id} was not published: {reason_of(error)}.", Outcome.REFUSED)
    pause = wanted_pause(error)
    when = f"again in {pause:g} s" if pause else "again"
    return PublishError(f"Nothing was published to {repo_id} ({reason_of(error)}): try {when}.", Outcome.UNCHANGED)


def maybe_published(repo_id: str, url: str, error: Exception) -> PublishError:
    """The error where the Hub did not say whether it took the commit."""
    return PublishError(
        f"The Hub did not say whether {repo_id} was published ({reason_of(error)}): look at {url}, or {AGAIN}.",
        Outcome.UNKNOWN,
    )


@contextmanager
def after_commit(repo_id: str, commit: str, step: str) -> Iterator[None]:
    """Say of an error in a step after the commit that the commit is there.

    Args:
        repo_id: the repository.
        commit: its hash.
        step: "check" or "tag".
    """
    try:
        yield
    except (*HUB_ERRORS, SentimentError) as error:
        raise PublishError(
            f"{repo_id} was published as commit {commit[:8]}, but its {step} failed ({reason_of(error)}): {AGAIN}.",
            Outcome.PUBLISHED,
            commit,
        ) from error


def _try_again(error: Exception) -> bool:
    return isinstance(hub_cause(error), TimeLimitError | OfflineModeIsEnabled) or is_transient(error)
