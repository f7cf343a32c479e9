import re
from datetime import date, datetime
from zipfile import ZipFile

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


def sheets(path, hidden=(), **rows):
    made = Workbook()
    made.remove(made.active)
    for title, cells in rows.items():
        sheet = made.create_sheet(title)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
        for row in cells:
            sheet.append(row)
    made.save(path)
    return path


SOUP, TEA = [["text"], ["soup"]], [["text"], ["tea"]]


@pytest.mark.parametrize(
    ("rows", "hidden", "text", "note"),
    [
        ({"A": SOUP, "B": []}, (), "soup", None),
        ({"A": [], "B": TEA}, (), "tea", "in.xlsx: its sheet B is read."),
        (
            {"A": [["About"]], "B": TEA},
            (),
            "tea",
            "in.xlsx: its sheet B is read. Other sheets with rows are not read: A.",
        ),
        ({"A": SOUP, "B": TEA}, (), "soup", "its sheet A is read. Other sheets with rows are not read: B."),
        ({"A": SOUP, "B": TEA}, ("A",), "tea", "its sheet B is read. Other sheets with rows are not read: A (hidden)."),
        ({"A": [], "B": TEA}, ("B",), "tea", "its sheet B is read, which is hidden."),
    ],
)
def test_the_first_sheet_with_rows_is_read_and_the_others_are_told(tmp_path, rows, hidden, text, note):
    read = open_rows(sheets(tmp_path / "in.xlsx", hidden, **rows), "in.xlsx")
    (chunk,) = read.chunks(10)
    assert [row["text"] for row in chunk.rows] == [text]
    assert len(read.notes) == bool(note) and (not note or note in read.notes[0])


def test_a_sheet_without_the_column_points_to_the_others(tmp_path):
    path = sheets(tmp_path / "in.xlsx", About=[["About"], ["these reviews"]], Data=SOUP)
    assert open_rows(path).cure("text").startswith("Other sheets with rows are not read: Data. To read one")


def test_escapes_are_decoded(tmp_path):
    path = book(tmp_path / "in.xlsx", ["text"], ["soup_x000D_tea"], ["_x0041_"], ["half_xD83D_"])
    (chunk,) = open_rows(path).chunks(10)
    assert [row["text"] for row in chunk.rows] == ["soup\rtea", "A", "half_xD83D_"]


def test_columns_without_a_name_get_their_numbers(tmp_path):
    rows = open_rows(book(tmp_path / "in.xlsx", [None, "text", None, "label"], [1, "soup", 2, 3]), "in.xlsx")
    assert rows.columns == ["1", "text", "3", "label"]
    assert rows.notes == ["in.xlsx: its columns without a name were named by their numbers: 1, 3."]


def test_without_a_header_columns_have_numbers(tmp_path):
    path = book(tmp_path / "in.xlsx", [5, "A soup that I would like to eat once more"], [1, "Cold"])
    assert "looks like data" in open_rows(path).hint
    (chunk,) = open_rows(path, header=False).chunks(10)
    assert chunk.rows[1] == {"1": "1", "2": "Cold"}


@pytest.mark.parametrize("rows", [[], [["text", "label"]], [[None], [None]]])
def test_no_rows_are_told(tmp_path, rows):
    with pytest.raises(SentimentError, match="holds no rows"):
        open_rows(book(tmp_path / "in.xlsx", *rows))


@pytest.mark.parametrize("size", ["A1", "A1:A3", "A1:B2"])
def test_a_wrong_size_loses_nothing(tmp_path, size):
    path = book(tmp_path / "right.xlsx", ["text", "label"], *[[f"soup {i}", i % 2] for i in range(5)])
    with ZipFile(path) as right, ZipFile(tmp_path / "in.xlsx", "w") as wrong:
        for name in right.namelist():
            wrong.writestr(name, re.sub(rb'(<dimension ref=")[^"]+', rb"\g<1>" + size.encode(), right.read(name)))
    (chunk,) = open_rows(tmp_path / "in.xlsx").chunks(10)
    assert [row["text"] for row in chunk.rows] == [f"soup {i}" for i in range(5)] and chunk.rows[1]["label"] == "1"


@pytest.mark.parametrize("left_out", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_a_damaged_file_is_one_sentence(tmp_path, left_out):
    path = book(tmp_path / "right.xlsx", ["text", "label"], ["soup", 1])
    for name, content in (("missing", None), ("cut", b"<x")):
        with ZipFile(path) as right, ZipFile(tmp_path / f"{name}.xlsx", "w") as wrong:
            for part in right.namelist():
                if part != left_out or content is not None:
                    wrong.writestr(part, right.read(part) if part != left_out else content)
        if (name, left_out) != ("missing", "xl/styles.xml"):
            with pytest.raises(SentimentError, match=f"{name}.xlsx (cannot be read|is no Excel file)"):
                open_rows(tmp_path / f"{name}.xlsx")
