"""The structure that CONTRIBUTING.md describes: public names, modules that import alone, small files, true paths."""

import os
import pkgutil
import re
import statistics
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import hf_sentiment

ROOT = Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "hf_sentiment").rglob("*.py"))
# Users' scripts depend on these names; remove one only after deprecating it.
PUBLIC = {
    "hf_sentiment": ["SentimentError", "SentimentPipeline", "__version__", "load"],
    "hf_sentiment.training": ["TrainArguments", "TrainResult", "train"],
    "hf_sentiment.evaluation": [
        "Comparison",
        "EvaluationReport",
        "SentimentMetric",
        "compare",
        "evaluate_adapter",
        "make_report",
    ],
    "hf_sentiment.hub": [
        "PublishError",
        "PublishResult",
        "add_to_card",
        "check_identifiers",
        "publish",
        "publish_space",
        "write_card",
    ],
    "hf_sentiment.labelling": ["Audit", "Suggestions", "audit", "suggest"],
    "hf_sentiment.exports": ["add_onnx", "export_graph", "export_merged"],
}
# Imports every module in a process of its own. All of them are forks of one process that has imported what others
# made, and nothing that imports transformers' pipelines, whose import is what registers the task.
ALONE = """
import importlib, os, sys, traceback
import accelerate, datasets, matplotlib, numpy, pandas, peft, pyarrow.parquet, scipy.stats, sklearn, torch
assert not {"hf_sentiment", "transformers.pipelines"} & set(sys.modules)
torch.set_num_threads(1)
wrong = []
for name in sys.argv[1:]:
    child = os.fork()
    if not child:
        try:
            importlib.import_module(name)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        wrong.append(name)
sys.exit(f"cannot be imported alone: {wrong}" if wrong else 0)
"""


def modules():
    app = [f"hf_sentiment.streamlit_app.{each.name}" for each in pkgutil.iter_modules([str(ROOT / "streamlit_app")])]
    found = [each.name for each in pkgutil.walk_packages(hf_sentiment.__path__, "hf_sentiment.")]
    # Streamlit's own script does something when it is imported, and so does `python -m`.
    return [name for name in ["hf_sentiment", *found, *app] if not name.endswith((".app", ".__main__"))]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_every_module_can_be_imported_alone():
    names = modules()
    assert len(names) > 90
    done = subprocess.run([sys.executable, "-c", ALONE, *names], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def test_the_public_names_hold():
    for module, names in PUBLIC.items():
        found = __import__(module, fromlist=["x"])
        assert sorted(found.__all__) == sorted(names), module
        for name in names:
            assert getattr(found, name) is not None
    assert {"load", "SentimentPipeline"} <= set(dir(hf_sentiment))


@pytest.mark.parametrize("kind", [DeprecationWarning, PendingDeprecationWarning, FutureWarning])
def test_a_deprecation_in_our_own_code_is_an_error_in_tests(kind):
    with pytest.raises(kind):
        warnings.warn_explicit("old", kind, "file.py", 1, module="hf_sentiment.core.scores")
    with pytest.warns(kind):
        warnings.warn_explicit("old", kind, "file.py", 1, module="some_other_package")


def test_files_are_small():
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE}
    assert statistics.median(lines.values()) < 120
    assert max(lines.values()) <= 350


def test_what_the_docs_name_is_there():
    """Paths and modules that README, docs, docstrings and comments name exist."""
    wrong = []
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), *PACKAGE]
    texts += [*(ROOT / "streamlit_app").rglob("*.py"), *(ROOT / "scripts").glob("*.py")]
    folders = "|".join(["hf_sentiment", "streamlit_app", "scripts", "tests", "docs", "model_card"])
    for path in texts:
        text = path.read_text(encoding="utf-8")
        # Not a part of an address or of a longer path.
        for name in re.findall(rf"(?<![\w./-])(?:{folders})/[\w./-]*\w", text):
            wrong += [] if (ROOT / name).exists() else [f"{path.relative_to(ROOT)}: {name}"]
        for name in re.findall(r"`(hf_sentiment(?:\.\w+)+)`", text):
            wrong += [] if _is_there(name) else [f"{path.relative_to(ROOT)}: {name}"]
    # The map writes the package's own files without its name.
    written = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    wrong += [name for name in re.findall(r"`([a-z_]+/[\w/]+(?:\.py|/))`", written) if not _in_the_package(name)]
    assert not wrong


def _in_the_package(name):
    return any((folder / name).exists() for folder in (ROOT / "hf_sentiment", ROOT))


def _is_there(name):
    """Whether a dotted name is a module, or is written in one."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:end])
        module = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
        if module.is_file():
            rest = parts[end:]
            return not rest or re.search(rf"\b{rest[0]}\b", module.read_text(encoding="utf-8")) is not None
    return False
