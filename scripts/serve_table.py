"""The results of benchmark_serve.py as Markdown tables."""

import statistics
from typing import Any

FAILED = "not 200"


def tables(rows: list[dict]) -> str:
    """All results, each the median of its rounds."""
    parts = [
        _systems([row for row in rows if row["kind"] == "system"]),
        _overload([row for row in rows if row["kind"] == "overload"]),
        _adapters([row for row in rows if row["kind"] == "adapters"]),
    ]
    return "\n\n".join(part for part in parts if part)


def _grouped(rows: list[dict]) -> list[dict]:
    """One row per system: medians of the numbers of its rounds, and of the counts their sums."""
    names = list(dict.fromkeys(row["system"] for row in rows))
    return [_middle([row for row in rows if row["system"] == name]) for name in names]


def _middle(values: list[Any]) -> Any:
    there = [each for each in values if each is not None]
    if not there:
        return None
    if isinstance(there[0], dict):
        if all(isinstance(each, int) for each in there[0].values()):
            return {key: sum(each.get(key, 0) for each in there) for key in {k for each in there for k in each}}
        return {key: _middle([each.get(key) for each in there]) for key in there[0]}
    return statistics.median(there) if isinstance(there[0], int | float) else there[0]


def _systems(rows: list[dict]) -> str:
    if not rows:
        return ""
    shares = list(rows[0]["open"])
    head = ["server", "reviews/s", "share of the same without a server", "reviews per processor second"]
    head += ["one review, ms", *(f"p50 / p99 at {share} %, ms" for share in shares)]
    head += ["p99 at 50 % / one review", "MiB", "same labels", FAILED]
    if checked := any("second_opinion" in row for row in rows):
        head.append("p99 at 50 %, one review: autocannon in bursts of 8 / here, ms")
    lines = []
    for row in _grouped(rows):
        cells = [row["system"], f"{row['capacity']:.0f}", _percent(row["share_of_offline"], 0)]
        cells += [f"{row['per_processor_second']:.0f}", _number(row["single_ms"])]
        cells += [f"{_number(each['p50_ms'])} / {_number(each['p99_ms'])}" for each in row["open"].values()]
        cells += [_number(row["p99_at_half_per_single"]), f"{row['rss_mib']:.0f}", _percent(row["same_labels"], 1)]
        failed = {key: count for key, count in row["statuses"].items() if key != "200"}
        cells.append(", ".join(f"{count} x {key}" for key, count in sorted(failed.items())) or "0")
        if checked:
            both = row.get("second_opinion") or {}
            cells.append(f"{_number(both.get('autocannon_p99_ms'))} / {_number(both.get('same_review_p99_ms'))}")
        lines.append(cells)
    return _table(head, lines)


def _overload(rows: list[dict]) -> str:
    if not rows:
        return ""
    head = ["at twice its capacity", "seconds", "requests/s", "goodput", "of capacity", "statuses"]
    head += ["p50 / p99 of 200, s", "MiB, first tenth", "last tenth", "growth"]
    lines = []
    for row in rows:
        statuses = ", ".join(f"{count} x {key}" for key, count in sorted(row["statuses"].items()))
        cells = [row["system"], f"{row['planned_seconds']:.0f}", f"{row['rate']:.0f}", f"{row['goodput']:.0f}"]
        cells += [_percent(row["goodput"] / row["capacity"], 0), statuses]
        cells += [" / ".join(_number(row[name] and row[name] / 1000) for name in ("p50_ms", "p99_ms"))]
        cells += [f"{row['first_mib']:.0f}", f"{row['last_mib']:.0f}", _percent(row["growth"], 1)]
        lines.append(cells)
    return _table(head, lines)


def _adapters(rows: list[dict]) -> str:
    if not rows:
        return ""
    head = ["several adapters", "with 1, reviews/s", "with several", "cost", "MiB with 1", "MiB with several"]
    lines = []
    for row in _grouped(rows):
        cells = [row["system"], f"{row['one']:.0f}", f"{row['several']:.0f}", _percent(row["cost"], 0)]
        lines.append([*cells, f"{row['one_mib']:.0f}", f"{row['several_mib']:.0f}"])
    return _table(head, lines)


def _table(head: list[str], lines: list[list[str]]) -> str:
    rows = [f"| {' | '.join(cells)} |" for cells in (head, *lines)]
    return "\n".join([rows[0], "|---" * len(head) + "|", *rows[1:]])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _percent(share: float | None, digits: int) -> str:
    return "-" if share is None else f"{100 * share:.{digits}f} %"
