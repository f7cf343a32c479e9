"""The content of an adapter's folder, its upload to the test Hub, and what the Hub received."""

from pathlib import Path

import numpy as np
from huggingface_hub import HfApi
from safetensors.numpy import save

CARD = """---
license: apache-2.0
library_name: peft
pipeline_tag: text-classification
base_model: user/base
tags: [sentiment]
model-index:
- name: adapter
  results:
  - task: {type: text-classification}
    dataset: {type: imdb, name: IMDb}
    metrics: [{type: accuracy, value: 0.9}]
---
# An adapter
"""


def weights(seed: int) -> bytes:
    return save({"weight": np.random.default_rng(seed).normal(size=(64, 64))})


def contents(folder: Path | str) -> dict[str, bytes]:
    paths = (path for path in Path(folder).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def published(api: HfApi, repo_id: str, folder: Path):
    api.create_repo(repo_id)
    return api.upload_folder(repo_id=repo_id, folder_path=folder, commit_message="Publish")


def puts(hub) -> list[str]:
    return [entry for entry in hub.requests if entry.startswith("PUT /storage/")]
