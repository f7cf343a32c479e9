from datetime import date, datetime

import pytest
from openpyxl import Workbook

from hf_sentiment import SentimentError
from hf_sentiment.reviews.row_files.open_rows import count_rows, open_rows


def book(path, *rows, **more):
    made = Workbook()
    for row in rows:
        made.active.append(row)
    for name in more:
        made.create_sheet(name)
    made.save(path)
    return path


def test_cells_become_text(tmp_path):
    path = book(
        tmp_path / "in.xlsx",
        ["text", "stars", "half", "day", "time", "kept", None],
        ["Great\nsoup", 5, 4.5, date(2024, 1, 5), datetime(2024, 1, 5, 10, 30), True],
        [None, None, None],
        [1984, 5.0, None, None, None, False],
    )
    rows = open_rows(path)
    (chunk,) = rows.chunks(10)
    assert rows.columns == ["text", "stars", "half", "day", "time", "kept"] and not chunk.rejects and not rows.notes
    assert [list(row.values()) for row in chunk.rows] == [
        ["Great\nsoup", "5", "4.5", "2024-01-05T00:00:00", "2024-01-05T10:30:00", "true"],
        ["1984", "5", "", "", "", "false"],
    ]
    assert count_rows(rows) == 2


def test_a_cell_beyond_the_header_is_a_reject(tmp_path):
    (chunk,) = open_rows(book(tmp_path / "in.xlsx", ["text"], ["soup"], ["tea", "bad"], ["water", None])).chunks(10)
    assert [row["text"] for row in chunk.rows] == ["soup", "water"]
    assert [(each.number, each.reason) for each in chunk.rejects] == [
        (2, "The row has cells beyond the 1 columns of the header.")
    ]


def test_the_first_sheet_is_read_and_that_is_told(tmp_path):
    rows = open_rows(book(tmp_path / "in.xlsx", ["text"], ["soup"], Other=1), "in.xlsx")
    assert rows.notes == ["in.xlsx: the first of its sheets is read, Sheet."]


def test_without_a_header_columns_have_numbers(tmp_path):
    path = book(tmp_path / "in.xlsx", [5, "A soup that I would like to eat once more"], [1, "Cold"])
    assert "looks like data" in open_rows(path).hint
    (chunk,) = open_rows(path, header=False).chunks(10)
    assert chunk.rows[1] == {"1": "1", "2": "Cold"}


@pytest.mark.parametrize("rows", [[], [["text", "label"]], [[None], [None]]])
def test_no_rows_are_told(tmp_path, rows):
    with pytest.raises(SentimentError, match="holds no rows"):
        open_rows(book(tmp_path / "in.xlsx", *rows))
