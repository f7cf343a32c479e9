"""An environment with an older transformers: the first message names the version."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.version import Version

from hf_sentiment.compat import transformers
from hf_sentiment.compat.transformers import OLDEST, check_transformers

ROOT = Path(__file__).parents[2]
MESSAGE = "hf_sentiment needs transformers 5.2 or newer, and 4.57.6 is installed"


def run(folder, *command):
    """Run with metadata that says 4.57.6 before those of the installed transformers."""
    metadata = folder / "transformers-4.57.6.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: transformers\nVersion: 4.57.6\n")
    paths = os.pathsep.join([str(folder), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": paths}
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, env=environment)


def test_the_command_line_names_the_version(tmp_path):
    done = run(tmp_path, "-m", "hf_sentiment.cli", "predict", "--backend", "torch", "Great.")
    assert done.returncode == 2 and f"\nhf-sentiment: {MESSAGE}" in done.stderr


def test_other_tasks_of_transformers_still_work(tmp_path):
    code = "import hf_sentiment; from transformers import pipeline; print(pipeline.__name__)"
    done = run(tmp_path, "-c", code)
    assert done.stdout == "pipeline\n" and MESSAGE in done.stderr


@pytest.mark.parametrize("version", ["5.2.0", "5.30.0.dev0", "6.0rc1", "10.0"])
def test_versions_are_compared_as_numbers(version, monkeypatch):
    monkeypatch.setattr(transformers, "version", lambda name: version)
    check_transformers()


def test_the_oldest_version_is_that_of_setup_cfg():
    setup = configparser.ConfigParser(comment_prefixes="#")
    setup.read(ROOT / "setup.cfg")
    lower = re.search(r"^transformers >=([\d.]+)", setup["options"]["install_requires"], re.MULTILINE)
    assert Version(lower[1]) == Version(OLDEST)
