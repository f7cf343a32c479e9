"""The loop of scripts/scale_faults.py: drivers and workers killed at random moments."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUPPORT = ROOT / "tests" / "support"


@pytest.mark.slow
def test_what_is_killed_and_resumed_equals_an_unbroken_run(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(SUPPORT), str(ROOT)]))
    monkeypatch.setenv("SLOW_HASHER", "1")
    import scale_faults

    scale_faults.write_inputs(tmp_path / "in", 600)
    command = [sys.executable, str(SUPPORT / "scale_driver.py"), str(tmp_path / "in")]
    subprocess.run([*command, str(tmp_path / "whole")], check=True, stdout=subprocess.DEVNULL)
    whole = scale_faults.content(tmp_path / "whole")
    counts = scale_faults.run_with_kills(command, tmp_path, whole, kills=8, longest=1.5)
    assert counts["driver"] + counts["worker"] == 8 and counts["runs"] >= 1
