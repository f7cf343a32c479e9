import warnings
from pathlib import Path

import pytest

from hf_sentiment.backends import processor, runtimes
from hf_sentiment.backends.runtimes import RUNTIMES

PRECISIONS = [(name, dtype) for name, runtime in RUNTIMES.items() for dtype in runtime.files if dtype != "float32"]


@pytest.mark.parametrize(("runtime", "dtype"), PRECISIONS)
def test_a_precision_that_the_processor_is_not_made_for_is_warned_of(runtime, dtype, monkeypatch):
    words = Path("/proc/cpuinfo").read_text().split()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        monkeypatch.setattr(processor, "INT8_INSTRUCTIONS", {words[0]})
        monkeypatch.setattr(runtimes, "has_bf16", lambda: True)
        RUNTIMES[runtime].open(Path("model"), dtype, None)
    monkeypatch.setattr(processor, "INT8_INSTRUCTIONS", {"no such instruction"})
    monkeypatch.setattr(runtimes, "has_bf16", lambda: False)
    with pytest.warns(
        UserWarning, match="This processor has no instructions for " + {"bfloat16": "bf16"}.get(dtype, dtype)
    ):
        RUNTIMES[runtime].open(Path("model"), dtype, None)
