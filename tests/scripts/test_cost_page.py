"""The page of costs: it is what the script writes, and its simulation is right where the answer is known."""

import json
import math
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _scripts(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")


def fleet(**changes):
    from cost_simulation import Fleet

    return Fleet(**{"workers": 1, "rate": 100.0} | changes)


def seconds(rows, unit_rows, **changes):
    from cost_simulation import simulate

    return simulate(fleet(**changes), rows, unit_rows).seconds


def test_the_page_is_what_the_script_writes_from_the_stored_rates():
    from cost_page import PAGE, Assumptions, page
    from cost_rates import RATES

    assert PAGE.read_text() == page(json.loads(RATES.read_text()), Assumptions())


def test_units_of_a_run_have_the_chosen_size():
    from cost_page import SCENARIOS, Assumptions, choose, overheads
    from cost_rates import RATES

    from hf_sentiment.scale.plan import UNIT_ROWS

    scoring = json.loads(RATES.read_text())["scoring"]
    assert choose({name: overheads(scoring, Assumptions(), *each) for name, each in SCENARIOS.items()}) == UNIT_ROWS


def test_one_worker_takes_the_sum_of_its_units():
    # Ten units of a second, and half a one; each costs two more seconds.
    assert seconds(1050, 100, start_seconds=10.0, unit_seconds=2.0) == pytest.approx(10 + 11 * 2 + 10.5)
    assert seconds(100, 1000) == pytest.approx(1)
    assert seconds(0, 100) == 0


def test_more_workers_take_as_many_rounds_as_there_are_units_for():
    assert seconds(600, 100, workers=2) == pytest.approx(3)
    assert seconds(700, 100, workers=2) == pytest.approx(4)
    assert seconds(700, 350, workers=2) == pytest.approx(3.5)
    # More workers than units have nothing to do.
    assert seconds(300, 100, workers=50) == pytest.approx(1)


def test_a_slow_worker_ends_late_with_the_unit_that_it_took():
    slow = {"workers": 2, "slow_share": 0.5, "slow_factor": 3.0}
    # It takes one for three seconds, while the other one takes three.
    assert seconds(400, 100, **slow) == pytest.approx(3)
    # Halves of all rows: the other one waits.
    assert seconds(400, 200, **slow) == pytest.approx(6)


def test_workers_that_are_taken_away_take_what_theory_expects():
    from cost_simulation import simulate

    # A unit of t seconds that begins anew after each loss, with a rate of losses r and an absence of d seconds, takes
    # (1 / r + d) (exp(r t) - 1) seconds in the mean (Ross, Introduction to Probability Models, on renewal arguments).
    units, mean, absence = 4000, 2.0, 0.5
    found = simulate(fleet(preemption_seconds=mean, absence_seconds=absence), 100 * units, 100)
    assert found.seconds / units == pytest.approx((mean + absence) * (math.exp(1 / mean) - 1), rel=0.03)
    assert found.preemptions / units == pytest.approx(math.exp(1 / mean) - 1, rel=0.05)
    # All the time that is neither work nor absence is lost.
    assert found.lost_seconds == pytest.approx(found.seconds - units - absence * found.preemptions, rel=1e-6)


def test_rare_losses_change_nothing_and_frequent_ones_ask_for_small_units():
    assert seconds(1000, 100, preemption_seconds=1e12) == pytest.approx(10)
    often = {"workers": 10, "preemption_seconds": 30.0, "absence_seconds": 5.0, "unit_seconds": 0.01}
    assert seconds(100_000, 500, **often) < seconds(100_000, 5000, **often)
    costly = {"workers": 10, "unit_seconds": 5.0}
    assert seconds(100_000, 500, **costly) > seconds(100_000, 5000, **costly)


def test_the_bottleneck_is_what_takes_longest():
    from cost_page import ALL, DRIVER, UNIT_ROWS, Assumptions, scale_out

    scoring = {
        "seconds_per_review": {"read": 1e-5, "tokenize": 1e-4, "compute": 1e-2, "write": 1e-5},
        "input_bytes_per_review": 300.0,
        "output_bytes_per_review": 200.0,
        "open_seconds": 0.0,
        "unit_seconds": 0.0,
    }
    driver = DRIVER * ALL / UNIT_ROWS
    one = scale_out(scoring, Assumptions(cores=1), 1)
    assert one.hours == pytest.approx((ALL * 0.01012 + driver) / 3600) and one.busy == pytest.approx(1, abs=1e-3)
    assert one.bottleneck == "computing"
    slow_store = scale_out(scoring, Assumptions(cores=1, store=300.0), 1)
    assert slow_store.hours == pytest.approx(ALL / 3600) and slow_store.bottleneck == "reading from the store"
    many = scale_out(scoring, Assumptions(cores=100, store=1e12), 10_000)
    assert (
        many.hours == pytest.approx((UNIT_ROWS * 0.01012 + driver) / 3600)
        and many.bottleneck == "units: fewer than cores"
    )
