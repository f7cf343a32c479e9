import pytest
from optuna.trial import TrialState

from hf_sentiment.training.search.space import Space
from hf_sentiment.training.search.study import Study

SPACES = {
    "grid": Space("grid", {"lora_r": [1, 2]}),
    "tpe": Space("tpe", {"lora_r": [1, 2, 4, 8], "learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}}),
}


@pytest.fixture(params=SPACES)
def study(request, tmp_path):
    study = Study(tmp_path, SPACES[request.param], 2, seed=1)
    study.begin()
    return study


def test_trials_end_with_a_value_or_a_reason(study):
    first, second = study.ask(), study.ask()
    assert not study.open() and study.finished() == 0
    study.complete(first, 0.5)
    study.fail(second, "no such layer")
    assert study.finished() == 2
    assert study.all()[1].user_attrs["reason"] == "no such layer"


def test_a_worker_that_comes_late_gets_no_trial(study):
    study.ask(), study.ask()
    assert study.ask() is None and not study.open()
    assert study.all()[2].state == TrialState.PRUNED


def test_a_killed_trial_is_tried_again_with_the_same_settings(study):
    study.complete(study.ask(), 0.5)
    killed = study.space.suggest(study.ask())
    # Nobody tells the study: the process is gone.
    study.begin()
    assert study.open() and study.finished() == 1
    assert study.space.suggest(study.ask()) == killed


def test_a_trial_that_fails_without_a_reason_is_tried_again(study):
    settings = study.space.suggest(trial := study.ask())
    study.fail(trial)
    study.begin()
    assert study.finished() == 0
    again = [study.space.suggest(study.ask()) for _ in range(2)]
    assert settings in again
