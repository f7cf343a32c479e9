"""The wheel, installed outside the clone, does what the clone does."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from tiny import tiny_reviews, write_csv

from hf_sentiment.version import __version__

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # From a copy: what an earlier build left in the clone would travel too, and two workers may build at once.
    skipped = shutil.ignore_patterns(
        ".git", ".venv*", ".ci", ".*_cache", "build", "*.egg-info", "demo-output", "__pycache__"
    )
    source = shutil.copytree(ROOT, folder / "source", ignore=skipped)
    # Without an option, the wheel is built from the source distribution, which so proves to be whole.
    subprocess.run([sys.executable, "-m", "build", "--outdir", folder, source], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_what_it_needs(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "hf_sentiment/reports/report_template.html",
        "hf_sentiment/model_card/template.md",
        "hf_sentiment/streamlit_app/app.py",
        "hf_sentiment/streamlit_app/style.css",
        "hf_sentiment/streamlit_app/.streamlit/config.toml",
        "hf_sentiment/streamlit_app/Dockerfile",
        "hf_sentiment/streamlit_app/README.md",
        "hf_sentiment/assets/demo.csv",
        "hf_sentiment/training/recipes/minilm.yaml",
        "hf_sentiment/training/search/spaces/grid.yaml",
        "hf_sentiment/py.typed",
        "hf_sentiment/assets/default/adapter_model.safetensors",
        "hf_sentiment/assets/default/evaluation/report.json",
        "hf_sentiment/assets/accurate/adapter_model.safetensors",
    } <= names
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "hf_sentiment").rglob("*.py")} <= names
    assert not [name for name in names if name.startswith(("tests", "scripts", "model_card", "streamlit_app"))]


@pytest.mark.slow
def test_its_metadata_are_valid_and_honest(wheel):
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        found = Metadata.from_email(archive.read(name), validate=True)
    assert (found.name, str(found.version)) == ("hf-sentiment", __version__)
    assert found.description_content_type == "text/markdown" and found.description.startswith("# hf_sentiment")
    assert {"Typing :: Typed", "Programming Language :: Python :: 3.11"} <= set(found.classifiers)
    assert {"all", "embedded", "runtime"} <= set(found.provides_extra)
    # Bounded on both sides, but for packages whose major version is a year.
    by_year = {"fsspec", "filelock", "openvino", "pyarrow", "opentelemetry-instrumentation-fastapi"}
    users = [need for need in found.requires_dist if need.marker is None or 'extra == "dev"' not in str(need.marker)]
    open_ended = {need.name for need in users if not re.search("<|==", str(need.specifier))}
    assert open_ended == by_year | {"hf-sentiment"}


@pytest.mark.slow
def test_installed_elsewhere_it_predicts_trains_and_publishes(wheel, tmp_path, tiny_base):
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(install, check=True)
    # Its needs come from this environment; the package itself is this environment's editable one no longer.
    needs = sysconfig.get_path("purelib")
    started = f"import sys; sys.path.append({needs!r}); from hf_sentiment.cli import main; sys.exit(main(sys.argv[1:]))"
    reviews = write_csv(tmp_path / "reviews.csv", tiny_reviews(60))

    def run(*words):
        python = environment / "bin" / "python"
        done = subprocess.run(
            [python, "-c", started, *words], cwd=tmp_path, env=os.environ, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    find = f"import sys; sys.path.append({needs!r}); import hf_sentiment; print(hf_sentiment.__file__)"
    where = subprocess.run([environment / "bin" / "python", "-c", find], cwd=tmp_path, capture_output=True, text=True)
    assert where.stdout.startswith(str(environment)), where
    assert run("predict", "I loved this product! It exceeded my expectations.").startswith("Positive")
    train = f"train --dataset {reviews} --output-dir adapter --base-model user/tiny-bert --max-steps 2 --bf16 false"
    assert "Trained 2 steps" in run(*train.split())
    assert "Dry run: nothing was sent" in run("publish", "adapter", "user/x", "--dry-run")
    assert "Dry run: nothing was sent" in run("space", "user/x", "--dry-run")
