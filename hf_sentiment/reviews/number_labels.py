"""Ask before a column of numbers is taken for labels: votes, averages and scores make a class of each number."""

from collections.abc import Mapping
from statistics import median

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.labels import as_number, in_display_order
from hf_sentiment.reviews.options import DataOptions
from hf_sentiment.reviews.sources import source_name

# Stars go to 5, ratings to 10, half stars have 20 values at most.
MOST_NUMBERS = 20
# Class codes of the intent and topic data sets go to 77 (Banking77); scores in percent have 101 values.
MOST_CODES, CODE_ROWS = 100, 10
# The other labels may be typing errors.
NUMBER_SHARE = 0.9
NUMBERS_SHOWN = 5


def question_labels(rows: Mapping[str, int], multi: bool, column: str, options: DataOptions) -> None:
    """Refuse a label column that holds measured numbers or identifiers, unless the options say what its values mean.

    Args:
        rows: number of rows with each value.
        multi: whether a row can have several.
        column: the label column.
        options: its source, label names and label map are used.

    Raises:
        SentimentError: as in `question_numbers`.
    """
    if not multi and options.label_names is None and options.value_to_label is None:
        question_numbers(rows, column, source_name(options.source))


def question_numbers(rows: Mapping[str, int], column: str, source: str) -> None:
    """Refuse a label column of more than 20 different numbers, unless these look like class codes.

    Class codes are consecutive whole numbers from 0 or 1, at most 100, of which most have 10 rows or more.

    Args:
        rows: label -> its number of rows.
        column: the label column.
        source: what the message calls the source.

    Raises:
        SentimentError: the column is one of numbers.
    """
    numbers = {name: number for name in rows if (number := as_number(name)) is not None}
    if len(numbers) <= MOST_NUMBERS or len(numbers) < NUMBER_SHARE * len(rows):
        return
    typical = median(rows[name] for name in numbers)
    values = sorted(numbers.values())
    consecutive = values in ([*range(len(values))], [*range(1, len(values) + 1)])
    if consecutive and len(values) <= MOST_CODES and typical >= CODE_ROWS:
        return
    shown = in_display_order(numbers)[:NUMBERS_SHOWN]
    raise SentimentError(
        f"Column {column!r} of {source} holds {len(numbers):,} different numbers ({', '.join(shown)}, ...), each in "
        f"{typical:,.0f} row{'s' * (typical != 1)} (median), and a number column like this is rarely the label: name "
        f'another one with --label-column, or say what each number means with --label-map "{shown[0]}=Negative,'
        f'{shown[1]}=Positive,...".'
    )
