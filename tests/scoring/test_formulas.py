import csv
import io

import pytest
from review_files import read
from scoring_doors import Recorder

from hf_sentiment import SentimentError
from hf_sentiment.scoring.formulas import without_formula, without_formulas
from hf_sentiment.scoring.score_file import score_file
from hf_sentiment.streamlit_app.scoring import look_into, score_upload

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x","y")', "-", "+49 30 1234"]
PLAIN = ["fine", "'=1", "1=1", "", "-5", "+1.5", "-0,5", "-1e-05", ".5"]


def test_formulas_get_an_apostrophe_and_numbers_stay_numbers():
    assert [without_formula(cell) for cell in FORMULAS] == [f"'{cell}" for cell in FORMULAS]
    assert [without_formula(cell) for cell in PLAIN] == PLAIN


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_predict_escapes_when_asked(tmp_path, suffix):
    with (tmp_path / "in.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["=text", "n"], *([f"{cell} lovely", -5] for cell in FORMULAS)])
    target = tmp_path / f"out.{suffix}"
    score_file(Recorder(), tmp_path / "in.csv", target, text_column="=text", escape_formulas=True)
    assert [row["'=text"] for row in read(target)] == [f"'{cell} lovely" for cell in FORMULAS]
    assert all(float(row["n"]) == -5 and float(row["score"]) > 0 for row in read(target))
    score_file(Recorder(), tmp_path / "in.csv", target, text_column="=text", overwrite=True)
    assert [row["=text"] for row in read(target)] == [f"{cell} lovely" for cell in FORMULAS]


def test_other_outputs_are_not_escaped(tmp_path):
    (tmp_path / "in.csv").write_text("text\nfine\n")
    with pytest.raises(SentimentError, match="--escape-formulas is for CSV and TSV files"):
        score_file(Recorder(), tmp_path / "in.csv", tmp_path / "out.parquet", escape_formulas=True)


def test_the_apps_download_is_escaped_and_its_table_is_not():
    upload = look_into("in.csv", b"text,n\n=1+1 lovely,-5\n")
    scored = score_upload(Recorder(), "a", upload, "text", None, lambda rows: None)
    assert scored.frame["text"].tolist() == ["=1+1 lovely"]
    (row,) = csv.DictReader(io.StringIO(scored.csv.decode()))
    assert row["text"] == "'=1+1 lovely" and row["n"] == "-5" and float(row["score"]) > 0
    content = b'a,b\r\n"one, two","with ""quotes""\nand lines"\r\n'
    assert without_formulas(content) == content
