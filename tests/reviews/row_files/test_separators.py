import pytest

from hf_sentiment.reviews.row_files.open_rows import open_rows


def read(path):
    rows = open_rows(path, "mine")
    (chunk,) = rows.chunks(100)
    return rows.notes, rows.columns, [list(row.values()) for row in chunk.rows], chunk.rejects


@pytest.mark.parametrize(("separator", "told"), [(",", None), (";", '";"'), ("\t", "a tab"), ("|", '"|"')])
@pytest.mark.parametrize("codec", ["utf-8-sig", "cp1252", "utf-16"])
def test_the_separator_is_found_and_told(tmp_path, separator, told, codec):
    rows = [["text", "label"], ['"Soup, tea; and | milk\tof café"', "good"], ["juice", "bad"]]
    (tmp_path / "in.csv").write_bytes("".join(separator.join(row) + "\r\n" for row in rows).encode(codec))
    notes, columns, values, rejects = read(tmp_path / "in.csv")
    assert columns == ["text", "label"] and not rejects
    assert values == [["Soup, tea; and | milk\tof café", "good"], ["juice", "bad"]]
    assert [note for note in notes if "separator" in note] == ([f"mine: the separator is {told}."] if told else [])


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ('text;"label, of three"\nsoup, warm;good\ntea, cold, sweet;bad\n', ["text", "label, of three"]),
        ("text (if any, in full);label\nsoup;good\ntea;bad\n", ["text (if any, in full)", "label"]),
        ("id,text;raw,label\n1,a,b\n2,c,d\n", ["id", "text;raw", "label"]),
        ("text\nsoup; and tea\n", ["text"]),
        ("\n\ntext;label\nsoup, warm;good\n", ["text", "label"]),
        ("text;label;;\nsoup;good;;\n", ["text", "label", ""]),
    ],
)
def test_the_lines_after_the_header_decide_between_separators(tmp_path, content, columns):
    (tmp_path / "in.csv").write_text(content)
    assert read(tmp_path / "in.csv")[1] == columns


def test_a_tsv_file_has_tabs(tmp_path):
    (tmp_path / "in.tsv").write_text("text; or not, maybe\nsoup\n")
    assert read(tmp_path / "in.tsv")[:2] == ([], ["text; or not, maybe"])
