import os
import subprocess
import sys

import pytest

LABELS = "print(pipeline('sentiment-lora')('I loved this product!'))"


def python(code: str, **environment: str) -> str:
    return run(code, **environment).stdout


def run(code: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)
    assert done.returncode == 0, done.stderr[-2000:]
    return done


HEAVY = "{'torch', 'transformers', 'peft', 'datasets'} & set(sys.modules)"


def test_the_import_waits_with_what_is_heavy():
    assert python(f"import sys, hf_sentiment; print({HEAVY})") == "set()\n"


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["predict", "--help"],
        ["train", "--help"],
        ["predict", "--backend", "nothing", "Fine."],
        ["predict", "--input", "missing.csv", "--output", "scored.csv"],
        ["evaluate", "default", "--dataset", "missing.csv"],
        ["compare", "default"],
        ["train", "--nothing"],
        ["export", "default"],
        ["publish", "folder"],
    ],
    ids=" ".join,
)
def test_help_and_mistakes_wait_for_nothing_heavy(words):
    code = (
        "import sys\nfrom hf_sentiment.cli import main\ntry: main(sys.argv[1:])\n"
        f"except SystemExit: pass\nprint({HEAVY})"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.stdout.endswith("set()\n"), done.stdout + done.stderr


@pytest.mark.parametrize(
    "imports",
    [
        "import hf_sentiment; from transformers import pipeline",
        "from transformers import pipeline; import hf_sentiment",
        "import transformers, hf_sentiment; pipeline = transformers.pipeline",
        "import hf_sentiment.inference.pipeline; from transformers import pipeline",
        "from hf_sentiment import load; from transformers import pipeline",
        "import hf_sentiment.inference.multi_adapter; from transformers import pipeline",
    ],
)
def test_the_task_is_registered_in_whatever_order_things_are_imported(imports):
    assert "'label': 'Positive'" in python(f"{imports}; {LABELS}")


def test_an_unknown_name_is_an_attribute_error():
    import hf_sentiment

    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        hf_sentiment.lod  # noqa: B018 - the look-up is the test


def test_the_import_writes_nothing(tmp_path):
    home, cache = tmp_path / "home", tmp_path / "cache"
    home.mkdir()
    python("import hf_sentiment; dir(hf_sentiment)", HOME=str(home), HF_HOME=str(cache), PYTHONDONTWRITEBYTECODE="1")
    assert not cache.exists() and not any(home.iterdir())


def test_the_default_is_loaded_without_a_warning():
    done = run(f"import hf_sentiment; from transformers import pipeline; {LABELS}")
    assert "No model was supplied" not in done.stderr and "Warning" not in done.stderr
