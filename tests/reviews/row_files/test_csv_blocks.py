"""Rows that pyarrow reads, block by block, are those that the reader of cells finds."""

import csv
import random

import pytest

from hf_sentiment.reviews.row_files import csv_blocks, csv_rows
from hf_sentiment.reviews.row_files.open_rows import count_rows, open_rows


def by_cells(path):
    """Each row by the reader of cells: its number, and its cells or the reason why it is none."""
    return collected(open_rows(path).chunks(7))


def by_blocks(path):
    rows = open_rows(path)
    return collected(rows.chunks(7, rows.columns))


def collected(chunks):
    found, start = {}, 0
    for chunk in chunks:
        rows = chunk.rows if isinstance(chunk.rows, list) else chunk.rows.to_pylist()
        found |= dict(zip(chunk.numbers, (tuple(row.values()) for row in rows), strict=True))
        found |= {number: (reason, row) for number, reason, row in chunk.rejects}
        start += chunk.rows_read
    assert sorted(found) == list(range(1, start + 1))
    return found


@pytest.fixture
def parsed(monkeypatch):
    """The blocks that pyarrow reads, counted."""
    read = []
    parse = csv_rows.CsvRows._parse

    def counted(*arguments):
        table = parse(*arguments)
        read.append(table is not None)
        return table

    monkeypatch.setattr(csv_rows.CsvRows, "_parse", counted)
    return read


@pytest.mark.parametrize("block", [64, 300, 1 << 20])
@pytest.mark.parametrize("pieces", [["a", "b", '"', ",", "\n", "\r\n", " ", "é", "word"], ["a", '"', ",", "\n"]])
def test_what_csv_writes_is_read_alike(tmp_path, monkeypatch, parsed, block, pieces):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", block)
    draw = random.Random(block)
    for _ in range(80):
        width = draw.choice([1, 2, 3])
        rows = [
            tuple("".join(draw.choices(pieces, k=draw.randint(0, 8))) for _ in range(width))
            for _ in range(draw.randint(1, 30))
        ]
        with (tmp_path / "in.csv").open("w", newline="", encoding="utf-8") as file:
            # Without the mark of an empty row, csv would write a blank line, which is no row.
            csv.writer(file, lineterminator=draw.choice(["\n", "\r\n"]), quoting=csv.QUOTE_ALL).writerows(
                [[f"c{i}" for i in range(width)], *rows]
            )
        found = by_cells(tmp_path / "in.csv")
        assert list(found.values()) == rows and by_blocks(tmp_path / "in.csv") == found
    assert any(parsed)


@pytest.mark.parametrize("block", [32, 200, 1 << 20])
def test_whatever_is_in_a_file_is_read_alike(tmp_path, monkeypatch, parsed, block):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", block)
    draw = random.Random(block)
    pieces = ["good", "soup", '"', '""', ",", ",", "\n", "\n", "\r\n", " ", '",', '\n"', "é", "x,1\n", '"a, b",2\n']
    for _ in range(300):
        end = draw.choice(["", "\n"])
        (tmp_path / "in.csv").write_bytes(
            ("text,label\nx,1\n" + "".join(draw.choices(pieces, k=draw.randint(1, 60))) + end).encode()
        )
        assert by_blocks(tmp_path / "in.csv") == by_cells(tmp_path / "in.csv")
    assert any(parsed) and not all(parsed)


def test_a_stray_quote_costs_the_speed_of_the_rows_after_it_alone(tmp_path, monkeypatch, parsed):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 2000)
    rows = [f"soup number {i},good\n" for i in range(500)]
    rows[400] = '"Finest soup,bad\n'
    (tmp_path / "in.csv").write_text("text,label\n" + "".join(rows))
    found = by_blocks(tmp_path / "in.csv")
    assert len(found) == 500 and found[401] == ('"Finest soup', "bad") and parsed and all(parsed)


def test_a_row_of_too_many_cells_has_its_line(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 100)
    rows = [f'"soup\nnumber {i}",good\n' for i in range(50)]
    rows[40] = "Well, soup,bad\n"
    (tmp_path / "in.csv").write_text("text,label\n\n" + "".join(rows))
    assert by_blocks(tmp_path / "in.csv")[41][0] == "Line 83: The row has 3 cells, and the header 2."


@pytest.mark.parametrize("start", ["\ufeff", ""])
def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path, parsed, start):
    (tmp_path / "in.csv").write_text(f'{start}"text","label"\nsoup,good\n', encoding="utf-8")
    rows = open_rows(tmp_path / "in.csv")
    assert rows.columns == ["text", "label"] and by_blocks(tmp_path / "in.csv") == {1: ("soup", "good")}
    assert parsed == [True] and count_rows(rows) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_after_a_byte_order_mark_a_later_block_is_read_from_its_own_start(tmp_path, monkeypatch, end):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 200)
    rows = [f"review number {i} is fine 很好,{i % 2}" for i in range(60)]
    rows[50] = '5" screen 很好,1'
    (tmp_path / "in.csv").write_bytes(end.join(["\ufefftext,label", *rows, ""]).encode())
    found = by_blocks(tmp_path / "in.csv")
    assert found == by_cells(tmp_path / "in.csv") and found[51] == ('5" screen 很好', "1") and len(found) == 60


def test_a_line_end_within_quotes_is_kept_wherever_it_is(tmp_path, monkeypatch, parsed):
    """pyarrow reads a block in pieces of a megabyte by default."""
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 4 << 20)
    for place in range((1 << 20) - 4, (1 << 20) + 4):
        start = "text,label\r\n"
        filler = "x" * 1000 + ",1\r\n"
        count = (place - len(start)) // len(filler) - 1
        head = start + filler * count
        text = "y" * (place - len(head) - 1) + "\r\nsecond"
        (tmp_path / "in.csv").write_bytes(f'{head}"{text}",2\r\n'.encode())
        assert by_blocks(tmp_path / "in.csv")[count + 1] == (text, "2")
    assert len(parsed) == 8 and all(parsed)


def test_the_mark_of_a_second_file_is_part_of_its_row(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 11)
    for last in ("\ufeffsoup,1\n", "\ufeff"):
        (tmp_path / "in.csv").write_text("text,label\n" + "tea,1\n" * 9 + last, encoding="utf-8")
        assert by_blocks(tmp_path / "in.csv") == by_cells(tmp_path / "in.csv")
