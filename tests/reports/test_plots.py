"""The pictures of a report, from real predictions."""

import json

import numpy as np
import pytest
from PIL import Image

from hf_sentiment.core.config import MULTI_LABEL, SentimentConfig
from hf_sentiment.evaluation import make_report
from hf_sentiment.reports.plots import PICTURES, draw_figures, draw_pictures
from hf_sentiment.reports.style import MAIN, MARKED

WHERE = {"dataset": "d", "split": "test", "adapter": "a"}


def _colours(path) -> dict:
    return {colour: count for count, colour in Image.open(path).convert("RGB").getcolors(1 << 24)}


def test_every_picture_has_a_white_background(drawn):
    folder, names = drawn
    assert names == list(PICTURES)
    for name in names:
        picture = Image.open(folder / name)
        assert min(picture.size) > 400 and max(picture.size) < 1400
        # The shape of all but the slices, which have a line each.
        assert picture.size == (691, 518) or name == "slices.png"
        assert picture.getpixel((1, 1)) == (255, 255, 255, 255)
        assert len(_colours(folder / name)) > 50


def test_significant_differences_and_wrong_answers_are_marked(drawn, report):
    folder, _ = drawn
    main, marked = (tuple(bytes.fromhex(colour[1:])) for colour in (MAIN, MARKED))
    assert any(each["differs"] for each in report["slices"])
    for name in ("slices.png", "scores.png"):
        colours = _colours(folder / name)
        assert colours[main] > 100 and colours[marked] > 100
    assert marked not in _colours(folder / "reliability.png")


def test_an_older_report_has_fewer_pictures_and_those_of_another_are_removed(tmp_path, report):
    (tmp_path / "slices.png").write_bytes(b"of another report")
    older = {key: value for key, value in report.items() if key not in ("slices", "histogram")}
    older["calibration"] = {"temperature": 1.0}
    assert draw_pictures(older, tmp_path) == ["confusion_matrix.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["confusion_matrix.png"]


@pytest.mark.parametrize("labels", [["$low$", "mid", "high"], [f"label {index}" for index in range(20)]])
def test_other_labels_are_drawn_too(labels, tmp_path):
    rng = np.random.default_rng(0)
    logits, truth = rng.normal(size=(300, len(labels))), rng.integers(0, len(labels), 300)
    report = make_report(logits, truth.tolist(), SentimentConfig(labels), **WHERE)
    report.save(tmp_path)
    assert len(_colours(tmp_path / "confusion_matrix.png")) > 50
    assert labels[0] in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_multi_label_reports_are_drawn_and_written(tmp_path):
    config = SentimentConfig(["joy", "anger"], problem_type=MULTI_LABEL)
    make_report(np.array([[3.0, -3.0], [-3.0, 3.0]]), [[0], [0, 1]], config, **WHERE).save(tmp_path)
    assert len(_colours(tmp_path / "confusion_matrix.png")) > 20
    assert "true \\ predicted" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_learning_curve_is_drawn_from_the_report_of_a_run(binary_adapter):
    report = json.loads((binary_adapter / "evaluation" / "report.json").read_text())
    figures = dict(draw_figures(report))
    picture = next(picture for caption, picture in figures.items() if caption.startswith("Learning curve"))
    assert all(word in picture for word in (">epoch<", ">kept<", ">training<", ">validation<"))
    # A run that was stopped before its first evaluation has only a loss, and one of few steps only evaluations.
    for left_out in ("training", "validation"):
        part = report | {"learning_curve": report["learning_curve"] | {left_out: []}}
        assert any(caption.startswith("Learning curve") for caption, _ in draw_figures(part))


def test_the_same_report_is_drawn_the_same(report):
    assert draw_figures(report) == draw_figures(report)
