"""Where reviews come from: presets, files, folders, the Hub; and which of their columns hold what."""

from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from datasets import DatasetDict, IterableDatasetDict, load_dataset
from datasets.exceptions import DatasetGenerationError, DatasetNotFoundError

from hf_sentiment.errors import SentimentError, first_line

DEMO_FILE = files("hf_sentiment.assets") / "demo.csv"
PRESETS = {"amazon_polarity": "fancyzhx/amazon_polarity", "demo": str(DEMO_FILE)}
FORMATS = {".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".json": "json", ".ndjson": "json", ".parquet": "parquet"}
TEXT_NAMES = ("text", "content", "review", "review_text", "review_body", "reviewtext", "body", "comment", "sentence")
TITLE_NAMES = ("title", "review_title", "summary", "headline")
LABEL_NAMES = ("label", "labels", "sentiment", "polarity", "stars", "rating", "score", "class", "overall")

SLICE_NAMES = ("domain", "category", "product_category", "sarcastic", "sarcasm", "is_sarcastic")
# What `datasets` takes for these splits in the names of a folder's files; here also on the Hub and in a column.
SPLIT_NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}


def read_source(
    source: str, *, config: str | None = None, revision: str | None = None, streaming: bool = False
) -> DatasetDict | IterableDatasetDict:
    """The raw splits of a source, by their usual names; one that has none comes as "train".

    Args:
        source: a preset, a file, a folder or a Hub id.
        config: configuration of a Hub data set.
        revision: of a Hub data set.
        streaming: read rows only when they are asked for; a column `split` of a file is then not looked at.

    Raises:
        SentimentError: it does not exist, is empty, or is of no format known here.
    """
    source = PRESETS.get(source, source) if not Path(source).exists() else source
    path = Path(source).expanduser()
    with readable(source):
        if path.is_file():
            splits = _read_file(path, streaming)
        elif path.is_dir():
            splits = load_dataset(str(path), streaming=streaming)
        elif path.suffix in FORMATS or source.startswith((".", "/", "~")):
            raise SentimentError(f"There is no file or folder {source}; check the path.")
        else:
            splits = load_dataset(source, config, revision=revision, streaming=streaming)
    if not streaming and not sum(len(part) for part in splits.values()):
        raise SentimentError(f"{source} holds no rows.")
    named = {split_name(name): part for name, part in splits.items()}
    return type(splits)(named) if len(named) == len(splits) else splits


def split_name(name: str) -> str:
    """The usual name of a split: "validation" for dev; one that is none of the usual ones as it is."""
    lower = str(name).strip().lower()
    return next((usual for usual, names in SPLIT_NAMES.items() if lower in names), name)


@contextmanager
def readable(source: str):
    """Turn what reading a source may raise into a SentimentError."""
    try:
        yield
    except DatasetNotFoundError:
        raise SentimentError(
            f"There is no data set {source!r}: it is no preset ({', '.join(PRESETS)}), no file here, and no Hub data "
            "set that you can read."
        ) from None
    except (DatasetGenerationError, ValueError, OSError, KeyError) as error:
        if "corresponds to no data" in str(error):
            raise SentimentError(f"{source} holds no rows.") from None
        cause = error.__cause__ or error
        raise SentimentError(f"The reviews in {source} cannot be read: {first_line(cause)}") from error


def _read_file(path: Path, streaming: bool) -> DatasetDict | IterableDatasetDict:
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise SentimentError(f"{path} is none of {', '.join(FORMATS)}; rename or convert it.")
    if not path.stat().st_size:
        raise SentimentError(f"{path} is empty.")
    options = {"sep": "\t"} if path.suffix.lower() == ".tsv" else {}
    splits = load_dataset(kind, data_files=str(path), streaming=streaming, **options)
    whole = splits["train"]
    if streaming or "split" not in whole.column_names:
        return splits
    return DatasetDict(
        {
            name: whole.filter(lambda value, name=name: value == name, input_columns="split")
            for name in whole.unique("split")
        }
    )


def source_name(source: str) -> str:
    """The source without a path of this machine: a file's or a folder's own name, a preset or a Hub id as it is."""
    if source == "demo" or Path(source).expanduser().exists():
        return Path(source).resolve().name
    return PRESETS.get(source, source)


def find_column(columns: list[str], wanted: str | None, usual: tuple[str, ...], role: str, source: str) -> str | None:
    """The column that holds something: the one wanted, else the first of the usual names; None where neither is there.

    Raises:
        SentimentError: the wanted column does not exist.
    """
    if wanted is not None:
        if wanted not in columns:
            raise SentimentError(f"{source} has no column {wanted!r} for the {role}; it has {', '.join(columns)}.")
        return wanted
    by_lower = {column.lower(): column for column in columns}
    return next((by_lower[name] for name in usual if name in by_lower), None)
