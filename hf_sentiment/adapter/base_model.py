"""Find a base encoder: its weights and its tokenizer."""

from dataclasses import asdict, dataclass
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from hf_sentiment.adapter import embedded_base
from hf_sentiment.adapter.download import FOLDERS, SAFE_FILES, Wanted, fetch
from hf_sentiment.errors import SentimentError
from hf_sentiment.install import pip_install

# Bytes; XLM-RoBERTa-XL, with 3.5 billion weights in float32, has 14 GB.
LARGEST = 20_000_000_000
SHORT_NAMES = {
    "minilm": embedded_base.BASE_ID,
    "mpnet": "sentence-transformers/all-mpnet-base-v2",
    "distilbert": "distilbert/distilbert-base-uncased",
    "roberta": "FacebookAI/roberta-base",
    "deberta-v3": "microsoft/deberta-v3-base",
    "modernbert": "answerdotai/ModernBERT-base",
}


@dataclass(frozen=True)
class Base:
    """A base encoder whose files are on this machine.

    Attributes:
        id: its Hub id.
        path: the local folder of its files.
        revision: the commit; None if it is unknown (a local folder, the embedded package).
        source: "folder", "cache", "embedded" or "hub".
        sha256: of the weights, if they were checked.
    """

    id: str
    path: str
    revision: str | None
    source: str
    sha256: str | None = None

    def __str__(self) -> str:
        known = f"revision {self.revision}" if self.revision else f"sha256 {self.sha256}" if self.sha256 else "local"
        return f"{self.id} (from {self.source}, {known})"

    def record(self) -> dict[str, str | None]:
        """What an adapter folder records about its base: everything except the local path."""
        return {key: value for key, value in asdict(self).items() if key != "path"}


def locate_base(
    base: str,
    revision: str | None = None,
    *,
    hub_id: str | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    trust_remote_code: bool = False,
) -> Base:
    """Find a base encoder: the folder given, the Hub cache, the embedded package, the Hub, in this order.

    Args:
        base: a Hub id, a local folder or a short name ("minilm", "distilbert", ...).
        revision: a commit, branch or tag of the base on the Hub.
        hub_id: the Hub id to record for a local folder.
        token: for private bases.
        local_files_only: do not ask the Hub.
        trust_remote_code: fetch the repository's Python files as well.

    Raises:
        SentimentError: there is no such base, or it has no safetensors weights.
    """
    if Path(base).expanduser().is_dir():
        return _checked(Base(hub_id or Path(base).name, str(Path(base).expanduser()), None, "folder"))
    base = SHORT_NAMES.get(base, base)
    # The first use of the embedded base puts it into the cache, where later calls find it.
    if base == embedded_base.BASE_ID:
        embedded_base.ensure_snapshot()
    cached = _cached(base, revision)
    if cached is not None:
        return cached
    cure = "go online once, or give a local folder as the base"
    if base == embedded_base.BASE_ID:
        cure = f"{pip_install('embedded')}, which includes it"
    wanted = Wanted("base", (*SAFE_FILES, *(("*.py",) if trust_remote_code else ())), LARGEST, cure=cure)
    path = fetch(wanted, base, revision, token=token, local_files_only=local_files_only)
    return _checked(Base(base, str(path), path.name, "hub"))


def _cached(base: str, revision: str | None) -> Base | None:
    try:
        path = Path(
            snapshot_download(
                base,
                revision=revision,
                local_files_only=True,
                allow_patterns=list(SAFE_FILES),
                ignore_patterns=[FOLDERS],
            )
        )
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    # A cached revision may have only a config and a tokenizer.
    if not _has_weights(path):
        return None
    if path.name == embedded_base.SNAPSHOT:
        return Base(base, str(path), None, "embedded", embedded_base.WEIGHTS_SHA256)
    return Base(base, str(path), path.name, "cache")


def _checked(base: Base) -> Base:
    if not (Path(base.path) / "config.json").is_file():
        raise SentimentError(f"The base {base.id} has no config.json: it is not a transformers model.")
    if not _has_weights(Path(base.path)):
        raise SentimentError(
            f"The base {base.id} has no safetensors weights, and pickles are never opened: "
            "convert it with save_pretrained, or use a revision that has model.safetensors."
        )
    return base


def _has_weights(folder: Path) -> bool:
    return any(folder.glob("*.safetensors"))
