"""predict: by torch the first time, and then by the export that it has prepared."""

import shutil

import pytest
from altered import change_config

import hf_sentiment
from hf_sentiment.backends import checks, export_cache, openvino
from hf_sentiment.cli import main
from hf_sentiment.runtime.cached import load_cached

TEXT = "great lovely thing"


@pytest.fixture
def adapter(binary_adapter, tmp_path):
    return shutil.copytree(binary_adapter, tmp_path / "adapter")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(export_cache, "CACHE", tmp_path / "cache")
    # Random weights of 32 dimensions do not survive 16 bits.
    monkeypatch.setattr(openvino, "has_bf16", lambda: False)
    return tmp_path / "cache"


@pytest.fixture
def predict(adapter, capsys):
    """Run predict on one review; returns its line and what stderr says."""

    def run(*options):
        assert main(["predict", TEXT, "--adapter", str(adapter), *options]) == 0
        return capsys.readouterr()

    return run


def test_the_second_call_needs_no_torch(predict, cache, monkeypatch):
    first = predict()
    assert "Preparing this adapter for fast answers, once" in first.err
    (made,) = cache.iterdir()
    monkeypatch.setattr("hf_sentiment.inference.task.load", None)
    for options in ((), ("--backend", "openvino")):
        second = predict(*options)
        assert second.err == ""
        (label, score), (same, near) = (each.out.split()[:2] for each in (first, second))
        assert label == same and float(score) == pytest.approx(float(near), abs=0.02)
    assert list(cache.iterdir()) == [made]


def test_files_go_through_the_export(predict, adapter, cache, tmp_path, capsys):
    (tmp_path / "reviews.csv").write_text(f"text\n{TEXT}\nbroken\n")
    command = ["predict", "--adapter", str(adapter), "--input", str(tmp_path / "reviews.csv"), "--output"]
    for number, name in enumerate(("first.csv", "second.csv")):
        assert main([*command, str(tmp_path / name)]) == 0
        assert len(list(cache.iterdir())) == 1, number
    assert (tmp_path / "first.csv").read_text() == (tmp_path / "second.csv").read_text()
    assert "2 reviews scored" in capsys.readouterr().out


def test_the_options_of_an_answer(adapter, cache, capsys):
    command = ["predict", TEXT, "--adapter", str(adapter), "--backend", "torch"]

    def lines(*options):
        assert main([*command, *options]) == 0
        return capsys.readouterr().out.splitlines()

    (line,) = lines("--top-k", "2", "--dtype", "float32", "--device", "cpu")
    words = line.split("  ")
    assert {words[0], words[2]} == {"Negative", "Positive"} and words[4] == TEXT
    assert float(words[1]) + float(words[3]) == pytest.approx(1, abs=0.002) and float(words[1]) > 0.5
    change_config(adapter, abstention=[{"target_error": 0.05, "threshold": 1.0}])
    assert "  undecided  " in lines("--target-error", "0.05")[0]
    first, explained = lines("--explain")
    assert TEXT in first and {word.split()[0] for word in explained.strip().split("  ")} == set(TEXT.split())
    weights = [abs(float(word.split()[1])) for word in explained.strip().split("  ")]
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--device", "cpu", "--backend", "openvino"], "--device is for torch"),
        (["--top-k", "0"], "top_k"),
        (["--batch-size", "0"], "batch_size"),
        (["--dtype", "float12"], "float12"),
        (["--target-error", "0.3"], "target_error"),
    ],
)
def test_wrong_options_are_one_line(adapter, cache, capsys, options, message):
    assert main(["predict", TEXT, "--adapter", str(adapter), *options]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_file_has_its_own_columns(adapter, tmp_path, capsys):
    (tmp_path / "reviews.csv").write_text("text\nfine\n")
    command = ["predict", "--input", str(tmp_path / "reviews.csv"), "--output", str(tmp_path / "scored.csv")]
    assert main([*command, "--adapter", str(adapter), "--explain"]) == 2
    assert "--explain is for single reviews" in capsys.readouterr().err
    assert main([*command, "--adapter", str(adapter), "--backend", "torch", "--batch-size", "1"]) == 0


def test_a_run_that_exported_is_resumed_by_the_export(adapter, cache):
    theirs = hf_sentiment.load(adapter, backend="openvino", dtype="float32").identity()
    assert load_cached(adapter, None, "openvino", "float32").identity() == theirs


def test_torch_prepares_nothing(predict, cache):
    assert predict("--backend", "torch").err == "" and not cache.exists()


def test_a_changed_adapter_is_exported_anew(predict, adapter, cache):
    predict()
    config = adapter / "sentiment_config.json"
    config.write_text(config.read_text().replace('"temperature": ', '"temperature": 1'))
    (adapter / "manifest.json").unlink()
    assert "Preparing" in predict().err and len(list(cache.iterdir())) == 2


def test_a_damaged_export_is_made_again(predict, cache):
    predict()
    (made,) = cache.iterdir()
    (made / "tokenizer.json").write_text("{}")
    assert "Preparing" in predict().err
    assert predict().err == ""


def test_an_export_that_differs_too_much_costs_no_answer(predict, cache, monkeypatch):
    monkeypatch.setattr(checks, "LIMITS", dict.fromkeys(checks.LIMITS, (1.0, -1.0)))
    done = predict()
    assert done.out and "It was not prepared: The" in done.err
