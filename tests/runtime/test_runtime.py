"""An exported adapter without torch: the pipeline's answers, from the files of the export alone."""

import json
import pickle
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tiny import tiny_reviews

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.cli import main
from hf_sentiment.runtime import load

REVIEWS = [{"title": "Great", "text": row["text"]} for row in tiny_reviews(6)] + ["good thing " * 90, "fine"]
FORMS = ("openvino", "onnx")


@pytest.fixture(scope="module")
def exports(calibrated_adapter, tmp_path_factory):
    folders = {form: tmp_path_factory.mktemp("exports") / form for form in FORMS}
    for form, folder in folders.items():
        assert main(["export", str(calibrated_adapter), "--format", form, "--output-dir", str(folder)]) == 0
    return folders


@pytest.fixture(params=FORMS)
def export(request, exports):
    return exports[request.param]


def test_it_answers_as_the_pipeline_does(calibrated_adapter, export):
    theirs, ours = hf_sentiment.load(calibrated_adapter, dtype="float32"), load(export, dtype="float32")
    np.testing.assert_allclose(ours.scores(REVIEWS), theirs.scores(REVIEWS), atol=1e-4)
    for options in (
        {},
        {"top_k": None},
        {"windows": True, "long_reviews": "truncate"},
        {"target_error": 0.05, "max_length": 20},
        {"explain": True, "batch_size": 2},
    ):
        for mine, other in zip(ours(REVIEWS, **options), theirs(REVIEWS, **options), strict=True):
            assert rounded(mine) == rounded(other)
    assert rounded(ours("fine")) == rounded(theirs("fine"))
    assert [rounded(each) for each in ours(text for text in ["fine", "bad"])] == rounded(theirs(["fine", "bad"]))


def rounded(value):
    if isinstance(value, float):
        return pytest.approx(value, abs=1e-3)
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list | tuple) else value


def test_neither_torch_nor_transformers_is_imported(export):
    code = (
        "import sys\n"
        "heavy = ('torch', 'transformers', 'peft', 'datasets', 'huggingface_hub')\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        assert name.partition('.')[0] not in heavy, name\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "from hf_sentiment.runtime import load\n"
        "print(load(sys.argv[1])([{'title': 'Good', 'text': 'fine'}, 'bad'], explain=True)[0]['label'])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(export)], capture_output=True, text=True)
    assert done.stdout.strip() in ("Negative", "Positive"), done.stderr[-2000:]


@pytest.mark.slow
def test_it_runs_where_torch_is_not_installed(calibrated_adapter, exports, slim_python, tmp_path):
    code = (
        "import importlib.util, json, sys\n"
        "assert not [name for name in ('torch', 'transformers', 'peft', 'scipy') if importlib.util.find_spec(name)]\n"
        "from hf_sentiment.runtime import load\n"
        "print(json.dumps(load(sys.argv[1], dtype='float32').scores(json.loads(sys.argv[2])).tolist()))"
    )
    expected = hf_sentiment.load(calibrated_adapter, dtype="float32").scores(REVIEWS)
    for folder in exports.values():
        command = [slim_python, "-I", "-c", code, folder, json.dumps(REVIEWS)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr[-2000:]
        np.testing.assert_allclose(json.loads(done.stdout), expected, atol=1e-4)
        # As in runtime.Dockerfile: a review per line.
        words = [slim_python.parent / "hf-sentiment", "predict", "--adapter", folder]
        done = subprocess.run(words, input="lovely kettle\nbroken\n", capture_output=True, text=True, cwd=tmp_path)
        assert [line.rpartition("  ")[2] for line in done.stdout.splitlines()] == ["lovely kettle", "broken"], (
            done.stderr
        )


def test_predict_takes_an_export(calibrated_adapter, export, tmp_path, capsys):
    words = ["predict", "--adapter", str(export), "--dtype", "float32"]
    expected = hf_sentiment.load(calibrated_adapter, dtype="float32")("lovely kettle")[0]
    assert main([*words, "lovely kettle", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == rounded([expected])
    (tmp_path / "reviews.csv").write_text("text\nlovely kettle\n")
    assert main([*words, "--input", str(tmp_path / "reviews.csv"), "--output", str(tmp_path / "scored.csv")]) == 0
    assert f",{expected['label']}," in (tmp_path / "scored.csv").read_text()
    assert main([*words, "lovely kettle", "--backend", "torch"]) == 2
    assert "is an export, which runs without torch" in capsys.readouterr().err


def test_threads_share_it_and_it_can_be_pickled(export):
    classify = load(export, dtype="float32")
    expected = classify.scores(REVIEWS)
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(classify.scores, [REVIEWS] * 8):
            np.testing.assert_allclose(scores, expected, atol=1e-6)
    np.testing.assert_allclose(pickle.loads(pickle.dumps(classify)).scores(REVIEWS), expected, atol=1e-6)


def test_the_export_says_how_it_is_used(export):
    text = (export / "README.md").read_text()
    assert "from hf_sentiment.runtime import load" in text and "Negative, Positive" in text


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "tokenizer.json").unlink(), "has no tokenizer.json"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "tokenizer.json cannot be read"),
        (lambda folder: (folder / "sentiment_config.json").unlink(), "has no sentiment_config.json"),
        (
            lambda folder: [path.unlink() for path in folder.glob("*model.*")],
            "is no export: write it with hf-sentiment",
        ),
        (shutil.rmtree, "There is no folder"),
    ],
)
def test_what_is_missing_is_named(exports, tmp_path, spoil, message):
    folder = shutil.copytree(exports["onnx"], tmp_path / "copy")
    spoil(folder)
    with pytest.raises(SentimentError, match=message):
        load(folder)


@pytest.mark.parametrize(
    ("form", "name"), [("onnx", "model.onnx"), ("openvino", "openvino_model.xml"), ("openvino", "openvino_model.bin")]
)
def test_a_model_that_was_cut_off_is_refused(exports, tmp_path, form, name):
    folder = shutil.copytree(exports[form], tmp_path / "copy")
    (folder / name).write_bytes((folder / name).read_bytes()[:500])
    with pytest.raises(SentimentError, match="is damaged.*export the adapter again"):
        load(folder)


def test_a_tokenizer_that_does_not_say_how_rows_are_padded_is_refused(calibrated_adapter, exports, tmp_path):
    folder = shutil.copytree(exports["onnx"], tmp_path / "copy")
    shutil.copy(calibrated_adapter / "tokenizer.json", folder)
    with pytest.raises(SentimentError, match="does not say how rows are padded and cut"):
        load(folder)


def test_a_precision_that_the_export_does_not_have_is_refused(exports):
    with pytest.raises(SentimentError, match="not one of auto, float32 for this export"):
        load(exports["onnx"], dtype="int8")
