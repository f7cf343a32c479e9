import math
from types import SimpleNamespace

import pytest
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState

from hf_sentiment.errors import SentimentError
from hf_sentiment.training.callbacks.loss_watch import MOST_RETURNS, SPAN, LossWatch, chance_loss
from hf_sentiment.training.callbacks.weight_average import WeightAverage

LEARNING = [0.69] * 5 + [0.3] * 10
LOST = [0.7] * SPAN


class Run:
    """A model whose one weight counts steps, and what Trainer hands its callbacks."""

    def __init__(self, average=()):
        self.lines, self.control, self.state = [], TrainerControl(), TrainerState()
        self.model = torch.nn.Linear(1, 1, bias=False)
        self.model.weight.data.zero_()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: 1.0)
        self.watch = LossWatch(math.log(2), self.lines.append, average)

    def feed(self, losses):
        for loss in losses:
            self.state.global_step += 10
            self.model.weight.data.fill_(self.state.global_step)
            self.optimizer.state[self.model.weight] = {"step": torch.tensor(1.0)}
            self.watch.on_log(
                SimpleNamespace(learning_rate=1e-3),
                self.state,
                self.control,
                logs={"loss": loss},
                model=self.model,
                optimizer=self.optimizer,
                lr_scheduler=self.schedule,
            )
            if self.control.should_training_stop:
                break
        return self


def test_chance_is_the_entropy_of_the_labels():
    assert chance_loss([2, 2], 4, False) == pytest.approx(math.log(2))
    assert chance_loss([3, 1], 4, False) == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25))
    assert chance_loss([3, 1], 4, True) == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25))


def test_a_collapsed_run_returns_to_its_good_weights_with_half_the_rate():
    run = Run().feed(LEARNING)
    # The lowest mean loss is reached when the last of the first losses has left the span.
    good = 10 * (5 + SPAN)
    run.feed(LOST)
    assert run.model.weight.item() == good and not run.optimizer.state
    assert run.schedule.base_lrs == [5e-4]
    assert f"back to the weights of step {good}, with a learning rate of 0.0005" in run.lines[0]
    # It goes on from there: new good weights are kept.
    run.feed([0.2] * 10 + LOST)
    assert run.model.weight.item() > good and "0.00025" in run.lines[1] and not run.control.should_training_stop


def test_a_run_that_collapses_again_and_again_stops_at_its_best_epoch():
    run = Run().feed(LEARNING + LOST * 20)
    assert len(run.lines) == MOST_RETURNS + 1 and "stops here and keeps its best epoch" in run.lines[-1]
    assert run.control.should_training_stop and run.schedule.base_lrs == [1e-3 / 2**MOST_RETURNS]


def test_the_weight_average_forgets_the_bad_weights_too():
    average = WeightAverage(0.99)
    run = Run([average]).feed(LEARNING)
    average.average = [torch.full((1, 1), 1e9)]
    run.feed(LOST)
    assert average.average[0].item() == run.model.weight.item()


def test_slow_starts_and_single_bad_batches_are_not_a_collapse():
    assert Run().feed([0.69] * 50 + [0.5, 0.9, 0.4, 0.3] * 20).lines == []


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_a_collapse_too(loss):
    with pytest.raises(SentimentError, match=rf"loss is {loss} at step 20: lower --learning-rate \(0.001 now\)"):
        Run().feed([0.6, loss])
    run = Run().feed([*LEARNING, loss])
    assert run.model.weight.item() == 10 * (5 + SPAN) and f"loss is {loss} at" in run.lines[0]


class Spoil(TrainerCallback):
    """Ruins the weights once, as too high a learning rate does."""

    def on_step_begin(self, args, state, control, *, model, **kwargs):
        if state.global_step == 150:
            with torch.no_grad():
                for name, value in model.named_parameters():
                    if value.requires_grad and "classifier" in name:
                        value.zero_()
                    elif value.requires_grad:
                        value.fill_(3.0)


def test_a_spoilt_run_ends_as_well_as_it_was(train_tiny, monkeypatch):
    from hf_sentiment.training import run, trainer

    made = trainer.make_trainer

    def with_spoiler(*arguments, **options):
        found = made(*arguments, **options)
        found.add_callback(Spoil())
        return found

    monkeypatch.setattr(run, "make_trainer", with_spoiler)
    lines = []
    result = train_tiny(rows=200, epochs=10, batch_size=4, learning_rate=3e-3, patience=9, say=lines.append)
    assert any("back to the weights of step" in line for line in lines), lines
    assert result.report.accuracy > 0.8
