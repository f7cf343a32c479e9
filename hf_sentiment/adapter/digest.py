"""A digest of an adapter folder, for telling whether two runs used the same adapter."""

import hashlib
from pathlib import Path

from hf_sentiment.adapter.folder import answer_files


def adapter_digest(folder: Path) -> str:
    """Twelve hexadecimal digits that depend on every file that affects the scores."""
    digest = hashlib.sha256()
    for name in answer_files(folder):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]
