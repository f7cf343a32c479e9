import os

from hf_sentiment.training.device import KERNELS, bound_kernels

NAME = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"


def test_training_bounds_the_kernels_that_torch_keeps(train_tiny, monkeypatch):
    monkeypatch.delenv(NAME, raising=False)
    train_tiny(rows=60, epochs=1)
    assert os.environ[NAME] == KERNELS


def test_a_bound_that_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv(NAME, "7")
    bound_kernels()
    assert os.environ[NAME] == "7"
