"""Find labels that are probably wrong: those that scores from cross-validation contradict."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from datasets import Dataset, List
from numpy.typing import NDArray

from hf_sentiment.errors import SentimentError
from hf_sentiment.files.system_errors import system_errors_explained
from hf_sentiment.inference.pipeline import SentimentPipeline
from hf_sentiment.labelling.check import check_audit
from hf_sentiment.labelling.cross_validation import label_probabilities, rows_to_judge
from hf_sentiment.labelling.features import row_features
from hf_sentiment.labelling.tables import pick_rows, shown, write_table
from hf_sentiment.reviews.columns import ROW, Columns
from hf_sentiment.reviews.dataset import LabelledRows, read_split
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.read_source import read_source
from hf_sentiment.reviews.sources import source_name

Progress = Callable[[int], object]
# Lines of the table in the terminal.
LINES = 30


@dataclass(frozen=True)
class Doubt:
    """A label that the scores contradict.

    Attributes:
        row: the row's number, from 1: in its file, or over all files of its split where these are several.
        label: the given label, as the source has it.
        proposed: the label that the scores propose.
        probability: of the given label, by the scores of a model that has not seen the row.
        text: the review.
    """

    row: int
    label: str
    proposed: str
    probability: float
    text: str


@dataclass
class Audit:
    """What the scores say of the labels.

    Attributes:
        doubts: the labels that the scores contradict, the most doubtful first.
        rows: number of labelled rows.
        judged: number of rows whose labels could be judged.
        output: the file with all judged rows; None if none was written.
        notes: what was left out, and what a reader of the numbers should know.
    """

    doubts: list[Doubt]
    rows: int
    judged: int
    output: str | None = None
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The audit as JSON holds it."""
        return asdict(self)

    def table(self) -> str:
        """The most doubtful labels as lines for a terminal."""
        listed = self.doubts[:LINES]
        given, proposed = (
            max([len(name), *(len(getattr(each, name)) for each in listed)]) for name in ("label", "proposed")
        )
        lines = [f"{len(self.doubts):,} of {self.judged:,} labels are contradicted by the scores of cross-validation."]
        if listed:
            lines.append(f"{'row':>9}  {'label':{given}}  {'proposed':{proposed}}  probability  text")
        for each in listed:
            labels = f"{each.label:{given}}  {each.proposed:{proposed}}"
            lines.append(f"{each.row:>9}  {labels}  {each.probability:>11.3f}  {shown(each.text)}")
        return "\n".join(lines)


@system_errors_explained()
def audit(
    dataset: str,
    *,
    adapter: str | Path | SentimentPipeline | None = "default",
    folds: int = 5,
    split: str = "train",
    output: str | Path | None = None,
    columns: Columns = Columns(),  # noqa: B008 - frozen
    label_map: str | dict[Any, str | None] | None = None,
    header: bool = True,
    overwrite: bool = False,
    escape_formulas: bool = False,
    seed: int = 42,
    progress: Progress | None = None,
) -> Audit:
    """Find labels that are probably wrong.

    A logistic regression on the features of a frozen base is trained on some of the rows and scores the others,
    until all are scored; rows of one text are never apart. The probability of the given label (self-confidence in
    Northcutt et al. 2021, Confident Learning, https://arxiv.org/abs/1911.00068) is low for labels that are probably
    wrong.

    Args:
        dataset: a source of labelled reviews, as in `load_reviews`; its labels may have any names.
        adapter: whose base and logits are the features: "default", "accurate", a folder, a Hub id or a loaded pipeline;
            None for the embedded base alone. An adapter that was trained on these rows has learned their wrong labels,
            and a note says so.
        folds: of the cross-validation. A label with fewer texts is not judged, and a note says so.
        split: which split of a source.
        output: CSV, TSV, JSON Lines or Parquet: all judged rows, the most doubtful first, with the columns row,
            given_label, proposed_label and probability, then the source's own. `train` reads the file, once its label
            column is corrected.
        columns: the columns of text, title and label.
        label_map: source value to label name, as in DataOptions.
        header: whether a CSV, TSV or Excel file has a header.
        overwrite: replace the output if it exists.
        escape_formulas: put an apostrophe before cells of a CSV output that a spreadsheet would run as formulas.
        seed: of the folds.
        progress: called after each batch with the number of its rows.

    Raises:
        SentimentError: the adapter, the source, its labels or the output cannot be used.
    """
    options = DataOptions(dataset, columns=columns, label_map=label_map, header=header, seed=seed)
    check_audit(options, folds, output=output, overwrite=overwrite, escape_formulas=escape_formulas)
    notes: list[str] = []
    read = read_split(options, split, notes)
    if read.files > 1:
        notes.append(f"The rows are numbered over all {read.files:,} files, one after the other.")
    labels = _spellings(read)
    data = _single_label(read.data, dataset)
    given = np.asarray(data["label"][:])
    judged = rows_to_judge(given, data["text"][:], folds, labels, notes)
    data, given = data.select(judged), given[judged]
    features = row_features(adapter, data, notes, progress)
    probabilities = label_probabilities(features, given, data["text"][:], folds, seed)
    found = _ranked(probabilities, given)
    if output is not None:
        _write(output, options, split, data, found, labels, escape_formulas)
    doubts = [_doubt(data, place, found, labels) for place in found.order if found.proposed[place] != given[place]]
    return Audit(doubts, len(read.data), len(data), None if output is None else str(output), notes)


class _Ranked(NamedTuple):
    """The rows, all of shape (rows,).

    Attributes:
        order: their indices, the most doubtful first.
        given, proposed: the class index of the given label, and of the one that the scores propose.
        probability: of the given label.
    """

    order: NDArray[np.intp]
    given: NDArray[np.int64]
    proposed: NDArray[np.int64]
    probability: NDArray[np.float64]


def _ranked(probabilities: NDArray[np.float64], given: NDArray[np.int64]) -> _Ranked:
    """Rank the rows: those that are contradicted come first, then by the probability of the given label."""
    probability, proposed = probabilities[np.arange(len(given)), given], probabilities.argmax(axis=1)
    return _Ranked(np.lexsort((probability, proposed == given)), given, proposed, probability)


def _spellings(read: LabelledRows) -> dict[int, str]:
    """Class index -> the value that most rows of the source have for it, so that a correction is spelled like it."""
    ordered = sorted(read.values, key=lambda value: read.values[value])
    return {index: value for value in ordered if (index := read.index[value]) is not None}


def _single_label(data: Dataset, source: str) -> Dataset:
    if isinstance(data.features["label"], List):
        raise SentimentError(
            f"The label column of {source_name(source)} holds lists of labels: audit checks reviews that have one "
            "label each."
        )
    return data


def _doubt(data: Dataset, place: int, found: _Ranked, labels: dict[int, str]) -> Doubt:
    row = data[int(place)]
    text = f"{row['title']}. {row['text']}" if row["title"] else row["text"]
    given, proposed = labels[int(found.given[place])], labels[int(found.proposed[place])]
    return Doubt(row[ROW] + 1, given, proposed, float(found.probability[place]), text)


def _write(
    output: str | Path,
    options: DataOptions,
    split: str,
    data: Dataset,
    found: _Ranked,
    labels: dict[int, str],
    escape_formulas: bool,
) -> None:
    numbers = [row + 1 for row in data[ROW][:]]
    order = found.order.tolist()
    source = read_source(options)
    name = source.find_split(split)
    added: dict[str, list[Any]] = {
        "row": [numbers[place] for place in order],
        "given_label": [labels[int(found.given[place])] for place in order],
        "proposed_label": [labels[int(found.proposed[place])] for place in order],
        "probability": [float(found.probability[place]) for place in order],
    }
    rows = pick_rows(source.chunks(name), added["row"])
    write_table(output, rows, source.columns(name), added, escape_formulas=escape_formulas)
