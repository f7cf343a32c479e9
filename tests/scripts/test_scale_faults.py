"""The loop of scripts/scale_faults.py: drivers, workers and actors killed at random moments."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ray_parts import ray_folder

ROOT = Path(__file__).parents[2]
SUPPORT = ROOT / "tests" / "support"


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "kills", "longest"), [("local", 8, 1.5), ("ray", 3, 12)])
def test_what_is_killed_and_resumed_equals_an_unbroken_run(tmp_path, monkeypatch, engine, kills, longest):
    if engine == "ray" and importlib.util.find_spec("ray") is None:
        pytest.skip("needs the extra ray")
    monkeypatch.syspath_prepend(ROOT / "scripts")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(SUPPORT), str(ROOT)]))
    monkeypatch.setenv("SLOW_HASHER", "1")
    monkeypatch.setenv("SCALE_ENGINE", engine)
    import scale_faults

    scale_faults.write_inputs(tmp_path / "in", 600)
    command = [sys.executable, str(SUPPORT / "scale_driver.py"), str(tmp_path / "in")]
    subprocess.run([*command, str(tmp_path / "whole")], check=True, stdout=subprocess.DEVNULL)
    whole = scale_faults.content(tmp_path / "whole")
    with ray_folder() as folder:
        monkeypatch.setenv("RAY_TMPDIR", str(folder))
        counts = scale_faults.run_with_kills(command, tmp_path, whole, kills, longest)
    assert counts["driver"] + counts["worker"] == kills and counts["runs"] >= 1
