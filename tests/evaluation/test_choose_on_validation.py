"""What is chosen on validation rows holds on other rows."""

import numpy as np
import pytest
from draws import SEVERAL, THREE, TWO, overconfident

from hf_sentiment.evaluation.choose_on_validation import choose_on_validation
from hf_sentiment.metrics.calibration import measure_calibration


@pytest.mark.parametrize("config", [TWO, THREE, SEVERAL], ids=["two", "three", "several"])
def test_an_overconfident_model_is_calibrated_on_rows_it_was_not_fitted_on(config):
    rng = np.random.default_rng(0)
    chosen = choose_on_validation(*overconfident(rng, 1000, config), config)
    assert chosen.temperature == pytest.approx(3.0, rel=0.15)
    logits, truth = overconfident(rng, 4000, config)
    found = measure_calibration(logits / chosen.temperature, truth, chosen)
    assert found["ece"] < 0.03 < 0.1 < found["ece_uncalibrated"]
    assert found["brier"] < found["brier_uncalibrated"]
