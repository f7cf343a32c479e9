import math
from types import SimpleNamespace

import pytest
from transformers import TrainerControl, TrainerState

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.callbacks.loss_watch import PATIENCE, SPAN, LossWatch, chance_loss


def feed(losses, best=None):
    lines, control = [], TrainerControl()
    watch = LossWatch(math.log(2), lines.append)
    state = TrainerState(best_metric=best)
    for step, loss in enumerate(losses, 1):
        state.global_step = 10 * step
        watch.on_log(SimpleNamespace(learning_rate=1e-3), state, control, logs={"loss": loss})
        if control.should_training_stop:
            break
    return lines, state.global_step


def test_chance_is_the_entropy_of_the_labels():
    assert chance_loss([2, 2], 4, False) == pytest.approx(math.log(2))
    assert chance_loss([3, 1], 4, False) == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25))
    assert chance_loss([3, 1], 4, True) == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25))


def test_a_collapse_is_reported_and_one_that_lasts_stops_the_run_at_its_best_epoch():
    learning, lost = [0.69] * 5 + [0.3] * 10, [0.7] * 40
    lines, step = feed(learning + lost, best=0.9)
    assert "fell back to chance (0.69)" in lines[0] and "0.001 now" in lines[0]
    assert len(lines) == 2 and "stops here and keeps its best epoch" in lines[1]
    assert step == 10 * (len(learning) + SPAN + PATIENCE)
    with pytest.raises(SentimentError, match="fell back to chance"):
        feed(learning + lost)


def test_a_run_that_recovers_continues():
    lines, step = feed([0.3] * 10 + [0.7] * (SPAN + 3) + [0.3] * 30, best=0.9)
    assert len(lines) == 1 and "It may still recover." in lines[0] and step == 10 * (40 + SPAN + 3)


def test_slow_starts_and_single_bad_batches_are_not_a_collapse():
    assert feed([0.69] * 50 + [0.5, 0.9, 0.4, 0.3] * 20)[0] == []


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_an_error(loss):
    with pytest.raises(SentimentError, match=rf"loss is {loss} at step 20: lower --learning-rate \(0.001 now\)"):
        feed([0.6, loss], best=0.9)
