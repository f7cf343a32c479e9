"""Time limits and retries for requests to the Hub, which huggingface_hub sends without a limit."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from json import JSONDecodeError
from typing import TypeVar, cast

from huggingface_hub.errors import BadRequestError, HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled
from huggingface_hub.utils import (  # type: ignore[attr-defined] # exported without __all__
    get_session,
    parse_ratelimit_headers,
)

from hf_sentiment.compat.http import httpx
from hf_sentiment.errors import SentimentError, first_line
from hf_sentiment.files.system_errors import system_sentence

T = TypeVar("T")
SECONDS_PER_ANSWER, SECONDS_TO_CONNECT = 60.0, 10.0
# The Hub answers with these when trying again is right.
TRANSIENT = (408, 429, 500, 502, 503, 504)
PAUSES = (1.0, 2.0, 4.0)
# What huggingface_hub raises for a request that failed or an answer that cannot be used. Most of its own errors are
# OSErrors; ValueError is for names, cards, LFS and damaged JSON, KeyError for an answer without a field.
REQUEST_ERRORS = (httpx.TransportError, OSError, ValueError, KeyError)


class TimeLimitError(SentimentError):
    """The Hub took longer than a call may take in all."""


class Deadline:
    """The time until which a call may send requests.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raise a TimeLimitError when the time is up."""
        if time.monotonic() >= self._end:
            raise TimeLimitError(f"the Hub did not finish within {self.seconds:g} s")

    def allows(self, seconds: float) -> bool:
        """Whether there is time left after waiting so long."""
        return time.monotonic() + seconds < self._end

    def extend(self, seconds: float) -> None:
        """Allow requests for some more time from now, if that is later than the end was."""
        self._end = max(self._end, time.monotonic() + seconds)


class _Body(httpx.SyncByteStream):
    """The body of a request or an answer, which ends with an error when the time is up."""

    def __init__(self, stream: httpx.SyncByteStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def __iter__(self) -> Iterator[bytes]:
        for block in self._stream:
            self._deadline.check()
            yield block

    def close(self) -> None:
        self._stream.close()


@contextmanager
def limited_requests(seconds: float, each: float = SECONDS_PER_ANSWER) -> Iterator[Deadline]:
    """Limit each request that huggingface_hub sends meanwhile, and all of them together.

    The limits hold for the session that huggingface_hub shares between its calls, and so for what other
    threads request meanwhile. Transfers by hf_xet have limits of their own.

    Args:
        seconds: for all requests together.
        each: for one answer, or one block of its body.

    Yields:
        The deadline; a request after it ends with a TimeLimitError.
    """
    deadline, each = Deadline(seconds), min(each, seconds)

    def begin(request: httpx.Request) -> None:
        deadline.check()
        # Most calls of huggingface_hub ask for no limit, which is one of each kind that is None here.
        limits = httpx.Timeout(each, connect=min(SECONDS_TO_CONNECT, each)).as_dict()
        given = {kind: limit for kind, limit in request.extensions.get("timeout", {}).items() if limit is not None}
        request.extensions["timeout"] = limits | given
        request.stream = _Body(cast(httpx.SyncByteStream, request.stream), deadline)

    def bound(response: httpx.Response) -> None:
        response.stream = _Body(cast(httpx.SyncByteStream, response.stream), deadline)

    hooks = get_session().event_hooks
    hooks["request"].append(begin)
    hooks["response"].append(bound)
    try:
        yield deadline
    finally:
        hooks["request"].remove(begin)
        hooks["response"].remove(bound)


def retrying(call: Callable[[], T], deadline: Deadline, pauses: Sequence[float] = PAUSES) -> T:
    """Call until it succeeds, for a request that may be sent twice; the last error is raised.

    Args:
        call: sends the request.
        deadline: for all attempts.
        pauses: seconds after each attempt but the last, unless the Hub asks for others by Retry-After or ratelimit.
    """
    for pause in pauses:
        try:
            return call()
        except REQUEST_ERRORS as error:
            pause = wanted_pause(error) or pause
            if not is_transient(error) or not deadline.allows(pause):
                raise
            time.sleep(pause)
    return call()


def hub_cause(error: Exception) -> Exception:
    """The error of the request behind one that says that an upload failed or a file is not in the cache."""
    wraps = isinstance(error, LocalEntryNotFoundError | RuntimeError) and isinstance(error.__cause__, Exception)
    return error.__cause__ if wraps else error  # type: ignore[return-value] # mypy does not follow `wraps`


def reason_of(error: Exception) -> str:
    """Why a request failed, to stand in a sentence."""
    error = hub_cause(error)
    if isinstance(error, LocalEntryNotFoundError | OfflineModeIsEnabled):
        # huggingface_hub says it in three sentences, and names options of its own functions.
        return "the Hub was not asked: HF_HUB_OFFLINE or local_files_only is set"
    if isinstance(error, JSONDecodeError):
        return "its answer is no JSON"
    if isinstance(error, KeyError):
        return f"its answer lacks {error}"
    if isinstance(error, BadRequestError) and error.server_message:
        # Its first line says no more than that.
        return first_line(error.server_message).rstrip(".:")
    return (system_sentence(error) or first_line(error)).rstrip(".:")


def is_transient(error: Exception) -> bool:
    """Whether trying again is right: the network failed, an answer was cut or damaged, or the Hub is too busy now."""
    error = hub_cause(error)
    if isinstance(error, HfHubHTTPError):
        return error.response is not None and error.response.status_code in TRANSIENT
    if isinstance(error, LocalEntryNotFoundError | OfflineModeIsEnabled):
        return False
    # huggingface_hub raises a bare OSError, without a number, for an answer that is cut or lacks its headers.
    unnumbered = isinstance(error, OSError) and error.errno is None
    return unnumbered or isinstance(error, httpx.TransportError | JSONDecodeError | KeyError)


def wanted_pause(error: Exception) -> float | None:
    """The seconds that the Hub asks to wait before the next request, None if it does not say."""
    error = hub_cause(error)
    response = error.response if isinstance(error, HfHubHTTPError) else None
    if response is None:
        return None
    limit = parse_ratelimit_headers(response.headers)
    if limit is not None and limit.remaining == 0:
        return limit.reset_in_seconds
    after = response.headers.get("retry-after", "")
    return float(after) if after.isdigit() else None
