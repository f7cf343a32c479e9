"""The environment of the whole suite: a Hub on loopback, and nothing from the developer's own Hugging Face home."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hub_server import HubServer

# huggingface_hub reads its environment once, when it is imported.
if "huggingface_hub" in sys.modules:
    raise RuntimeError("huggingface_hub was imported before tests/conftest.py could point it at the test Hub.")

# At module level: each pytest-xdist worker imports this file, and so gets its own Hub and HF_HOME.
_hub = HubServer().start()
_hf_home = tempfile.TemporaryDirectory(prefix="test-hf-home-")

for _name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN"):
    os.environ.pop(_name, None)
os.environ.update(
    HF_ENDPOINT=_hub.url,
    HF_HOME=_hf_home.name,
    HF_HUB_DISABLE_XET="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
)


# `make test-pythons` runs what needs no torch on interpreters that have none.
WITHOUT_TORCH = importlib.util.find_spec("torch") is None
NOT_INSTALLED = re.compile("No module named '(torch|transformers|peft|safetensors|jinja2)'")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """Skip the files that import torch where it is not installed."""
    report = yield
    missing = NOT_INSTALLED.search(str(report.longrepr)) if WITHOUT_TORCH and report.failed else None
    if missing:
        report.outcome = "skipped"
        report.longrepr = (str(collector.path), 0, f"Skipped: {missing[0]}")
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    _hub.stop()
    _hf_home.cleanup()


@pytest.fixture(scope="session")
def hub() -> HubServer:
    """The test Hub, shared by the session; the token "hf_test" writes to the namespace "user"."""
    return _hub


@pytest.fixture(autouse=True)
def _no_faults_and_empty_log() -> None:
    _hub.faults.clear()
    _hub.requests.clear()


BASE_ID = "user/tiny-bert"


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory, hub) -> str:
    """A folder with a tiny BERT, which is user/tiny-bert on the test Hub."""
    pytest.importorskip("torch")
    from tiny import save_tiny_base

    folder = save_tiny_base(tmp_path_factory.mktemp("bases") / "tiny-bert")
    hub.add_commit(BASE_ID, {path.name: path.read_bytes() for path in folder.iterdir()})
    return str(folder)


@pytest.fixture(scope="session")
def train_tiny(tiny_base, tmp_path_factory):
    """A function that trains a tiny adapter on made-up reviews and returns its TrainResult; takes TrainArguments."""
    from tiny import tiny_reviews, write_csv

    from hf_sentiment.training import TrainArguments, train

    def run(labels=("Negative", "Positive"), rows=200, say=lambda line: None, **options):
        folder = tmp_path_factory.mktemp("training")
        reviews = write_csv(folder / "reviews.csv", tiny_reviews(rows, labels))
        defaults = {
            "dataset": str(reviews),
            "output_dir": str(folder / "adapter"),
            "base_model": BASE_ID,
            "epochs": 5,
            "learning_rate": 1e-2,
            "max_length": 48,
            "bf16": False,
            # The defaults are for hundreds of steps.
            "patience": 2,
            "warmup_ratio": 0.1,
            "word_dropout": 0.0,
            "ema_decay": 0.0,
        }
        return train(TrainArguments(**(defaults | options)), say=say)

    return run


@pytest.fixture(scope="session")
def binary_adapter(train_tiny):
    """The folder of a trained tiny adapter for Negative and Positive; read only."""
    return train_tiny().output_dir


@pytest.fixture(scope="session")
def calibrated_adapter(binary_adapter, tmp_path_factory):
    """The same adapter with a temperature and a threshold, in a folder named "cool"; read only."""
    from altered import change_config

    folder = shutil.copytree(binary_adapter, tmp_path_factory.mktemp("adapter") / "cool")
    return change_config(folder, temperature=3.0, abstention=[{"target_error": 0.05, "threshold": 0.55}])


@pytest.fixture(scope="session")
def three_class_adapter(train_tiny):
    """The folder of a trained tiny adapter for three classes; read only."""
    return train_tiny(labels=("Negative", "Neutral", "Positive")).output_dir


@pytest.fixture(scope="session")
def slim_python(tmp_path_factory):
    """The Python of an environment with what the Dockerfiles install, and without torch and transformers."""
    root, folder = Path(__file__).parents[1], tmp_path_factory.mktemp("slim")
    python = folder / "slim" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    words = (root / "serve.Dockerfile").read_text().partition("constraints.txt numpy")[2].partition("\\")[0].split()
    packages = ["numpy", *(word for word in words if "RUNTIME" not in word), "openvino", "onnxruntime"]
    subprocess.run([sys.executable, "-m", "venv", folder / "slim"], check=True)
    subprocess.run([*install, "--constraint", root / "constraints.txt", *packages], check=True)
    # A copy, because building a package writes into its folder.
    source = shutil.copytree(root, folder / "source", ignore=shutil.ignore_patterns(".venv", ".git", "build"))
    subprocess.run([*install, "--no-deps", source], check=True)
    return python


@pytest.fixture
def started(monkeypatch):
    """A function that opens a page of the app, started with some options."""
    from app_pages import open_page

    return lambda page="page_review", *options, query=None: open_page(monkeypatch, page, *options, query=query)
