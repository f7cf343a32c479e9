"""What is checked before a publication: the repository's name, and who writes to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined] # exported without __all__

from hf_sentiment.adapter.request_limits import Deadline, retrying
from hf_sentiment.errors import SentimentError
from hf_sentiment.hub.publish_error import HUB_ERRORS, PublishError, not_published


def check_repo_id(repo_id: str) -> None:
    """Check the name of a repository.

    Raises:
        SentimentError: it is not of the form user/name.
    """
    try:
        validate_repo_id(repo_id)
    except HFValidationError:
        repo_id = ""
    if repo_id.count("/") != 1:
        raise SentimentError("A repository is named user/name, with letters, digits, '-', '_' and '.' only.")


def check_login(api: HfApi, repo_id: str, deadline: Deadline) -> None:
    """Check that there is a token, and that the Hub accepts it.

    Raises:
        SentimentError: there is none, or the Hub does not.
        PublishError: the Hub cannot be reached.
    """
    try:
        with before_commit(repo_id):
            retrying(api.whoami, deadline)
    except PublishError as error:
        cause = error.__cause__
        if isinstance(cause, LocalTokenNotFoundError):
            raise SentimentError(
                f"Publishing {repo_id} needs a token: run hf auth login, or set HF_TOKEN. --dry-run works without one."
            ) from None
        if isinstance(cause, HfHubHTTPError) and cause.response is not None and cause.response.status_code == 401:
            raise SentimentError("The Hub does not accept the token: run hf auth login again.") from None
        raise


@contextmanager
def before_commit(repo_id: str) -> Iterator[None]:
    """Say of an error in a step before the commit that nothing was published."""
    try:
        yield
    except HUB_ERRORS as error:
        raise not_published(repo_id, error) from error
