import csv
import random

import pytest

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.lines import LONGEST_LINE
from hf_sentiment.reviews.row_files.open_rows import open_rows


def whole(path):
    """The good rows of a file as tuples, and its rejects as (number, reason)."""
    (chunk,) = open_rows(path).chunks(100_000)
    return [tuple(row.values()) for row in chunk.rows], [(reject.number, reject.reason) for reject in chunk.rejects]


def write(path, *lines, end="\n"):
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("suffix", "between"), [("csv", ","), ("tsv", "\t")])
@pytest.mark.parametrize("text_first", [True, False])
def test_a_quote_that_opens_a_cell_and_is_not_closed_is_a_letter(tmp_path, suffix, between, text_first, end):
    rows = [(f"soup number {i} was warm", "good") for i in range(50)]
    for i in (3, 21, 44):
        rows[i] = (f'"Finest soup number {i}', "bad")
    rows = rows if text_first else [(label, text) for text, label in rows]
    header = ["text", "label"] if text_first else ["label", "text"]
    path = write(tmp_path / f"in.{suffix}", *map(between.join, [header, *rows]), end=end)
    assert whole(path) == (rows, [])


@pytest.mark.parametrize(("suffix", "between"), [("csv", ","), ("tsv", "\t")])
def test_a_stray_quote_that_a_later_one_closes_by_chance_hides_no_rows(tmp_path, suffix, between):
    rows = [("bad", f"screen number {i}") for i in range(30)]
    rows[4], rows[25] = ("good", '"Finest screen'), ("good", 'a screen of 12"')
    assert whole(write(tmp_path / f"in.{suffix}", *map(between.join, [("label", "text"), *rows]))) == (rows, [])


@pytest.mark.parametrize(("suffix", "between"), [("csv", ","), ("tsv", "\t")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_quoted_cells_of_several_lines_stay_whole(tmp_path, suffix, between, end):
    lines = [
        f"id{between}text{between}label",
        f'1{between}"two lines{end}{end}and ""more"""{between}good',
        f'2{between}"One, two, three{end}four{between}five, six"{between}bad',
        f'3{between}plain{between}"good"',
    ]
    good, rejects = whole(write(tmp_path / f"in.{suffix}", *lines, end=end))
    assert good == [
        ("1", f'two lines{end}{end}and "more"', "good"),
        ("2", f"One, two, three{end}four{between}five, six", "bad"),
        ("3", "plain", "good"),
    ]
    assert rejects == []


def test_whatever_csv_writes_is_read_as_it_was(tmp_path):
    pieces = ["a", "b", '"', ",", "\n", "\r\n", "\r", "\t", " ", "é", '""', ";", "|", "word"]
    draw = random.Random(5)
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
        for _ in range(200):
            width = draw.choice([2, 3, 4])
            rows = [tuple("".join(draw.choices(pieces, k=draw.randint(0, 8))) for _ in range(width)) for _ in range(9)]
            with (tmp_path / "in.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, quoting=quoting).writerows([[f"c{i}" for i in range(width)], *rows])
            assert whole(tmp_path / "in.csv") == (rows, [])


def test_quotes_that_should_have_been_doubled_cost_no_row(tmp_path):
    path = write(tmp_path / "in.csv", "text,label", '"Good" soup,a', '"He said, "never again"",b', '"","c"')
    assert whole(path) == ([('"Good" soup', "a"), ('He said, never again""', "b"), ("", "c")], [])


@pytest.mark.parametrize(("suffix", "between"), [("csv", ","), ("tsv", "\t")])
def test_a_closing_quote_that_is_missing_changes_no_other_cell(tmp_path, suffix, between):
    rows = ['"label","text"', '"good","soup', '"bad","tea"', '"bad","milk', '"good","juice ""x"""', '"","']
    path = write(tmp_path / f"in.{suffix}", *(row.replace(",", between) for row in rows))
    expected = [("good", '"soup'), ("bad", "tea"), ("bad", '"milk'), ("good", 'juice "x"'), ("", '"')]
    assert whole(path) == (expected, [])


def test_what_no_reading_of_the_quotes_explains_is_a_reject_of_one_line(tmp_path):
    path = write(tmp_path / "in.csv", "text,label", '"a, b, c', "fine,x", '"d, e,y', "also fine,z")
    good, rejects = whole(path)
    assert good == [("fine", "x"), ("also fine", "z")]
    assert rejects == [(number, f"Line {number + 1}: A quote is opened and never closed.") for number in (1, 3)]


def test_a_quoted_cell_of_several_lines_in_a_row_of_too_many_cells_is_one_reject(tmp_path):
    good, rejects = whole(write(tmp_path / "in.csv", "text,label", '"a', 'b",x,y', "fine,z"))
    assert good == [("fine", "z")]
    assert rejects == [(1, "Line 2: The row has 3 cells, and the header 2. A quoted cell runs over 2 lines.")]


@pytest.mark.parametrize(("suffix", "between"), [("csv", ","), ("tsv", "\t")])
def test_rows_with_more_cells_are_rejects_and_empty_cells_at_the_end_are_nothing(tmp_path, suffix, between):
    lines = ["text,label", "Well, soup,good", "tea,bad", "milk,good,", '"juice",bad,,,', "water", "wine,,good"]
    path = write(tmp_path / f"in.{suffix}", *(line.replace(",", between) for line in lines))
    good, rejects = whole(path)
    assert good == [("tea", "bad"), ("milk", "good"), ("juice", "bad")]
    assert rejects == [
        (1, "Line 2: The row has 3 cells, and the header 2."),
        (5, "Line 6: The row has 1 cells, and the header 2."),
        (6, "Line 7: The row has 3 cells, and the header 2."),
    ]


def test_empty_cells_at_the_end_of_a_header_are_no_columns_of_one_name(tmp_path):
    path = write(tmp_path / "in.csv", "text,label,,,", "tea,bad,,,", "milk,good,,,")
    assert whole(path) == ([("tea", "bad", ""), ("milk", "good", "")], [])


def test_a_line_of_any_length_costs_one_row(tmp_path):
    long = "b" * 2 * LONGEST_LINE
    path = write(
        tmp_path / "in.csv", "text,label", "a" * 400_000 + ",x", f"{long},y", f'"c,{long}', '"d,y', long, "e,z"
    )
    good, rejects = whole(path)
    assert [text[0] + label for text, label in good] == ["ax", '"y', "ez"]
    assert rejects == [
        (number, f"Line {number + 1}: The line has more than 10,000,000 characters.") for number in (2, 3, 5)
    ]


def test_many_columns_are_read(tmp_path):
    names = [f"c{i}" for i in range(30_000)]
    path = write(tmp_path / "in.csv", ",".join(names), *[",".join(["1"] * 30_000)] * 40)
    good, _ = whole(path)
    assert len(good) == 40
    with pytest.raises(SentimentError, match="more than one column 'c7'"):
        open_rows(write(tmp_path / "twice.csv", ",".join([*names, "c7"]), "1"))
