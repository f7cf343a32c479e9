"""Write docs/cost.md from measured rates: python scripts/cost_page.py --core-hour 0.04.

The rates are those of scripts/cost_rates.json, which scripts/cost_rates.py measures; prices, machines and what happens
to them are assumptions, and options.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

from cost_rates import RATES
from cost_simulation import Fleet, simulate
from jinja2 import StrictUndefined, Template

from hf_sentiment.scale.plan import UNIT_ROWS

PAGE = Path(__file__).parents[1] / "docs" / "cost.md"
TEMPLATE = Path(__file__).with_name("cost_page.md.jinja")
# Reviews of Amazon Polarity's training split, and of Amazon Reviews 2023.
TRAINING, ALL = 3_600_000, 571_000_000
MACHINES = (1, 10, 100, 1_000, 10_000)
SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
# Of the simulation: a tenth of the reviews on a tenth of a hundred machines takes as long, and is simulated sooner.
PART, SEEDS = 10, 5
# Seconds of the driver for each unit: of a whole `--resume` over 10,000 finished units, in docs/scale.md.
DRIVER = 2.5 / 10_000
# How much longer than the best size a size may take.
LITTLE = 1.03
STAGES = {"read": "reading", "tokenize": "tokenizing", "compute": "computing", "write": "writing"}


class Assumptions(NamedTuple):
    """What is not measured.

    Attributes:
        core_hour: price of a core for an hour.
        cores: of a machine.
        store: bytes per second that all machines together can read, and as many that they can write.
        slow_share: share of the workers that are slow.
        slow_factor: how many times as long they take.
        absence: seconds until another machine takes the place of one that was taken away.
    """

    core_hour: float = 0.04
    cores: int = 8
    store: float = 1e9
    slow_share: float = 0.05
    slow_factor: float = 3.0
    absence: float = 120.0


class Scaled(NamedTuple):
    """All reviews on some machines.

    Attributes:
        machines: number of machines.
        cores: of all of them.
        hours: of the run.
        busy: share of the paid time of the cores in which they work.
        bottleneck: what the run waits for.
    """

    machines: int
    cores: int
    hours: float
    busy: float
    bottleneck: str


def scale_out(scoring: dict[str, Any], assumed: Assumptions, machines: int) -> Scaled:
    """The run over all reviews: the longest of what cores, units and the store need."""
    workers = machines * assumed.cores
    review = sum(scoring["seconds_per_review"].values())
    fleet = Fleet(workers, 1 / review, scoring["open_seconds"], scoring["unit_seconds"])
    simulated = simulate(fleet, ALL, UNIT_ROWS).seconds + DRIVER * ALL / UNIT_ROWS
    even = ALL * review / workers
    store = {
        "reading from the store": ALL * scoring["input_bytes_per_review"] / assumed.store,
        "writing to the store": ALL * scoring["output_bytes_per_review"] / assumed.store,
    }
    slowest = max(store, key=store.__getitem__)
    if store[slowest] > simulated:
        bottleneck = slowest
    elif workers > ALL / UNIT_ROWS:
        bottleneck = "units: fewer than cores"
    else:
        stages = scoring["seconds_per_review"]
        bottleneck = STAGES[max(stages, key=stages.__getitem__)]
    seconds = max(simulated, store[slowest])
    return Scaled(machines, workers, seconds / 3600, even / seconds, bottleneck)


def overheads(scoring: dict[str, Any], assumed: Assumptions, preemption: float | None, slow: bool) -> dict[int, float]:
    """How much longer a run takes than its rows alone on cores that are all alike, by the rows of a unit."""
    rows, workers = ALL // PART, 100 * assumed.cores // PART
    rate = 1 / sum(scoring["seconds_per_review"].values())
    fleet = Fleet(
        workers,
        rate,
        scoring["open_seconds"],
        scoring["unit_seconds"],
        assumed.slow_share if slow else 0.0,
        assumed.slow_factor,
        preemption,
        assumed.absence,
    )
    even = rows / rate / workers
    # That of all units, not of a part.
    driver = {size: DRIVER * ALL / size / even for size in SIZES}
    return {
        size: sum(simulate(fleet, rows, size, seed).seconds for seed in range(SEEDS)) / SEEDS / even - 1 + driver[size]
        for size in SIZES
    }


SCENARIOS = {
    "all alike": (None, False),
    "slow ones": (None, True),
    "taken away every 2 hours": (7200.0, True),
    "every 20 minutes": (1200.0, True),
}


def choose(table: dict[str, dict[int, float]]) -> int:
    """The largest size whose runs take little longer than those of the best size, whatever happens to the machines.

    Fewer units are fewer files, which cost more on some stores than on the disk that was measured.
    """
    return max(
        size for size in SIZES if all((1 + each[size]) / (1 + min(each.values())) < LITTLE for each in table.values())
    )


def page(rates: dict[str, Any], assumed: Assumptions) -> str:
    """The whole page."""
    scoring = rates["scoring"]
    stages = scoring["seconds_per_review"]
    review = sum(stages.values())
    table = {name: overheads(scoring, assumed, *each) for name, each in SCENARIOS.items()}
    second = max((name for name in stages if name != "compute"), key=stages.__getitem__)
    made = Template(TEMPLATE.read_text(), undefined=StrictUndefined, keep_trailing_newline=True).render(
        rates=rates,
        scoring=scoring,
        assumed=assumed,
        core_hour=f"{assumed.core_hour:g}",
        stages=STAGES,
        review=review,
        million_hours=1e6 * review / 3600,
        training_rows=TRAINING,
        training_hours=TRAINING * rates["training"]["seconds_per_review"] / 3600,
        all_rows=ALL,
        all_hours=ALL * review / 3600,
        units=-(-ALL // UNIT_ROWS),
        unit_rows=UNIT_ROWS,
        scaled=[scale_out(scoring, assumed, machines) for machines in MACHINES],
        store_cores=assumed.store * review / max(scoring["input_bytes_per_review"], scoring["output_bytes_per_review"]),
        second=STAGES[second],
        second_times=stages["compute"] / stages[second],
        workers=100 * assumed.cores // PART,
        simulated_rows=ALL // PART,
        seeds=SEEDS,
        driver=DRIVER,
        sizes=SIZES,
        table=table,
        chosen=choose(table),
        little=LITTLE - 1,
    )
    return "\n".join(line.rstrip() for line in made.splitlines()) + "\n"


def main() -> None:
    """Write the page, or print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in Assumptions()._asdict().items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=type(default), default=default, help="(default: %(default)s)"
        )
    parser.add_argument("--print", action="store_true", help="print the page instead of writing docs/cost.md")
    parsed = vars(parser.parse_args())
    printed = parsed.pop("print")
    made = page(json.loads(RATES.read_text()), Assumptions(**parsed))
    if printed:
        sys.stdout.write(made)
    else:
        PAGE.write_text(made)


if __name__ == "__main__":
    main()
