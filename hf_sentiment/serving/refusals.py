"""What a server answers instead of scores: a status, and the body that clients of TEI and of the Hub read."""

from http import HTTPStatus

from hf_sentiment.errors import SentimentError


class RefusedError(SentimentError):
    """A request that is not answered with scores.

    Args:
        message: a sentence for the client; no text of a review is in it.
        status: of HTTP.
        kind: the "error_type" of text-embeddings-inference.
        retry_after: seconds after which to try again.
    """

    def __init__(
        self, message: str, status: int = 422, kind: str = "validation", retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.retry_after = HTTPStatus(status), kind, retry_after

    @property
    def body(self) -> dict[str, str]:
        """What the client gets."""
        return {"error": str(self), "error_type": self.kind}

    @property
    def headers(self) -> dict[str, str]:
        """Of the answer."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


def too_large(message: str) -> RefusedError:
    """More than the server accepts."""
    return RefusedError(message, 413)


def overloaded(seconds: float) -> RefusedError:
    """The queue is full.

    Args:
        seconds: until there will be room.
    """
    return RefusedError("The server is overloaded: try again later.", 429, "overloaded", max(1, round(seconds)))


def not_ready(message: str = "The server is not ready.") -> RefusedError:
    """It loads, or it stops."""
    return RefusedError(message, 503, "unhealthy", 1)


def too_late() -> RefusedError:
    """The deadline has passed."""
    return RefusedError("The request waited for too long: try again later.", 504, "overloaded", 1)


def failed() -> RefusedError:
    """The model failed; the log has the reason."""
    return RefusedError("The model could not score this review.", 424, "backend")


def unknown_adapter(name: str, known: list[str]) -> RefusedError:
    """There is no adapter of that name."""
    return RefusedError(f"There is no adapter {name!r}; there are {', '.join(known)}.", 404)
