"""A digest of an adapter folder, for telling whether two runs used the same adapter."""

import hashlib
from pathlib import Path

from hf_sentiment.adapter.folder import adapter_files


def adapter_digest(folder: Path) -> str:
    """Twelve hexadecimal digits that depend on every file that affects the scores."""
    digest = hashlib.sha256()
    for name in adapter_files(folder):
        # The card and the report do not affect scores, and are rewritten from time to time.
        if name.suffix != ".md" and name.parts[0] != "evaluation":
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]
