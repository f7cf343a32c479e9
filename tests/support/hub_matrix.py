"""A matrix of faults of the test Hub: at each request, each kind of fault, and what it left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

from hf_sentiment import SentimentError

STATUSES = (401, 403, 404, 409, 412, 413, 429, 500, 503)
KINDS = (*map(str, STATUSES), "cut", "hang", "wrong bytes")
FOREVER = 10_000


def plan(faults, kind: str, method: str, path: str, after: int) -> None:
    """Plan one kind of fault at a request, and at each like it afterwards."""
    if kind.isdigit():
        faults.fail(method, path, int(kind), FOREVER, after)
    else:
        do = {"cut": faults.cut, "hang": faults.hang, "wrong bytes": faults.corrupt}[kind]
        do(method, path, times=FOREVER, after=after)


def cases(hub, steps: dict[str, tuple[str, str, int]]) -> Iterator[tuple[str, str]]:
    """Each step and kind, with its fault planned: step -> method, path and how many requests pass before."""
    for step, (method, path, after) in steps.items():
        for kind in KINDS:
            hub.faults.clear()
            hub.requests.clear()
            plan(hub.faults, kind, method, path, after)
            yield step, kind
            # A step that no request reaches would show nothing.
            assert hub.faults.struck, f"{step}, {kind}: not reached"
    hub.faults.clear()


def attempt(call: Callable[[], object], counts: Counter, limit: float) -> Exception | None:
    """Call, and count errors that are no sentences and waits over the limit; the error, None without one."""
    begun, error = time.monotonic(), None
    try:
        call()
    except SentimentError as caught:
        error = caught
    except Exception as caught:  # noqa: BLE001 - it is what the matrix counts
        error = caught
        counts["tracebacks"] += 1
        print(f"traceback: {caught!r}")
    counts["cases"] += 1
    counts["waits over the limit"] += time.monotonic() - begun > limit
    return error


def show(what: str, counts: Counter, *names: str) -> None:
    """Print the counts of a matrix."""
    shown = ("cases", *names, "tracebacks", "waits over the limit")
    print(f"\n{what}: " + ", ".join(f"{counts[name]} {name}" for name in shown))
