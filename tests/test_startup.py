import subprocess
import sys

import pytest

LABELS = "print(pipeline('sentiment-lora')('I loved this product!'))"


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_import_and_the_help_wait_with_what_is_heavy():
    assert python("import sys, hf_sentiment; print({'torch', 'transformers', 'peft'} & set(sys.modules))") == "set()\n"
    code = (
        "import sys\nfrom hf_sentiment.cli import main\ntry: main(['--help'])\n"
        "except SystemExit: print({'torch', 'transformers', 'peft'} & set(sys.modules))"
    )
    assert python(code).endswith("set()\n")


@pytest.mark.parametrize(
    "imports",
    [
        "import hf_sentiment; from transformers import pipeline",
        "from transformers import pipeline; import hf_sentiment",
        "import transformers, hf_sentiment; pipeline = transformers.pipeline",
        "import hf_sentiment.inference.pipeline; from transformers import pipeline",
        "from hf_sentiment import load; from transformers import pipeline",
    ],
)
def test_the_task_is_registered_in_whatever_order_things_are_imported(imports):
    assert "'label': 'Positive'" in python(f"{imports}; {LABELS}")


def test_an_unknown_name_is_an_attribute_error():
    import hf_sentiment

    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        hf_sentiment.lod  # noqa: B018 - the look-up is the test
