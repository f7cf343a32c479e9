"""The files beside an exported model: all that `hf_sentiment.runtime` needs, and how to use it."""

import json
from dataclasses import replace
from pathlib import Path

from transformers import PreTrainedModel

from hf_sentiment.adapter.loading import LoadedAdapter
from hf_sentiment.backends.export_files import CHECK, TOKENIZER
from hf_sentiment.backends.runtimes import Runtime
from hf_sentiment.core.backend import ExportCheck
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.core.text_encoder import FastTextEncoder
from hf_sentiment.install import WHERE, pip_command

README = """# {name}, exported for {runtime}

Labels: {labels}. On {rows} sample reviews the labels agree with torch's on {agreement} %.

```
pip install numpy tokenizers {package}
{install}  # {where}
```

```python
from hf_sentiment.runtime import load

classify = load("FOLDER")  # neither torch nor transformers is imported
classify("I loved this product!")
```
"""


def describe(loaded: LoadedAdapter, model: PreTrainedModel, folder: Path, found: ExportCheck, runtime: Runtime) -> None:
    """Write the configs, the tokenizer, check.json and README.md into an export's folder.

    Args:
        loaded: the adapter.
        model: its merged model, whose head is divided by the temperature.
        folder: of the export.
        found: how closely its answers match torch's.
        runtime: what runs it.
    """
    model.config.save_pretrained(folder)
    loaded.tokenizer.save_pretrained(folder)
    # The head is divided by the temperature already.
    write_runtime_files(loaded, replace(loaded.config, temperature=1.0), folder, found)
    text = README.format(
        name=loaded.folder.name,
        runtime=runtime.name,
        labels=", ".join(loaded.config.labels),
        rows=found["rows"],
        agreement=f"{100 * found['label_agreement']:.1f}",
        package=runtime.package,
        install=pip_command(options="--no-deps"),
        where=WHERE,
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def write_runtime_files(loaded: LoadedAdapter, config: SentimentConfig, folder: Path, found: ExportCheck) -> None:
    """Write what `hf_sentiment.runtime` needs beside the model: the config, the tokenizer in one file, check.json."""
    if isinstance(loaded.encoder, FastTextEncoder):
        loaded.encoder.write(folder / TOKENIZER, config.max_length)
    config.save(folder)
    (folder / CHECK).write_text(json.dumps(found, indent=2) + "\n")
