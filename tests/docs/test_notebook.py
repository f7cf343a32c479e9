"""The notebook, executed whole with few reviews, and its install cell where the package is missing."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"


def read():
    return nbformat.read(NOTEBOOK, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text_of(cell):
    """What a cell printed and showed."""
    return "".join(out.get("text", "") + out.get("data", {}).get("text/plain", "") for out in cell.outputs)


def test_it_is_valid_and_kept_without_outputs():
    notebook = read()
    nbformat.validate(notebook)
    assert not [cell for cell in code_cells(notebook) if cell.outputs or cell.execution_count]


@pytest.mark.slow
def test_it_runs_from_top_to_bottom(tmp_path, monkeypatch):
    # No Hub: it says that it needs no network.
    for name, value in {"ROWS": "12", "FOLDER": str(tmp_path / "out"), "HF_HUB_OFFLINE": "1"}.items():
        monkeypatch.setenv(name, value)
    notebook = read()
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    cells = code_cells(notebook)
    said = [text_of(cell) for cell in cells]
    # The package is there, so nothing is installed.
    assert said[0] == ""
    search = next(text for cell, text in zip(cells, said, strict=True) if "search(" in cell.source)
    assert "9 trials over learning_rate, batch_size" in search
    assert any("predicted Negative" in text and "predicted Positive" in text for text in said)
    assert any("I loved this product" in text for text in said)
    # The shipped adapter knows what one of twelve reviews cannot.
    assert any("'label': 'Positive'" in text and "0.9" in text for text in said)
    assert any(": ok" in text for text in said)
    assert "adapter_model.safetensors" in said[-1]
    assert (tmp_path / "out" / "report" / "confusion_matrix.png").stat().st_size > 0


@pytest.mark.slow
def test_its_first_cell_installs_the_clone_that_it_is_in(tmp_path):
    """In an environment without the package; what it needs is this environment's, so that nothing is downloaded."""
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python, needs = environment / "bin" / "python", sysconfig.get_path("purelib")
    clone = tmp_path / "clone"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_bytes((ROOT / name).read_bytes())
    options = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PYTHONPATH": needs}
    cell = code_cells(read())[0].source
    script = f"{cell}\nprint(source)\nimport hf_sentiment\nprint(hf_sentiment.__file__)"
    done = subprocess.run(
        [python, "-c", script], cwd=clone / "docs", env=os.environ | options, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    source, where = done.stdout.splitlines()
    assert source == f"{clone}[embedded,app]" and where.startswith(str(environment))
