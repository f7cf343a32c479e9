"""Two adapters compared on the same rows."""

import json
from math import comb

import numpy as np
import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment import SentimentError, load
from hf_sentiment.backends import export_cache
from hf_sentiment.cli import main
from hf_sentiment.evaluation import compare
from hf_sentiment.evaluation.compare import count_pairs
from hf_sentiment.hub import publish


def test_mcnemar_by_hand():
    # Both correct 50, only the first 9, only the second 2, neither 39.
    first = np.array([True] * 59 + [False] * 41)
    second = np.array([True] * 50 + [False] * 9 + [True] * 2 + [False] * 39)
    found = count_pairs(first, second, dataset="d", split="test", adapters=["a", "b"])
    # Twice the probability of at most 2 heads in 11 tosses.
    assert found.p_value == pytest.approx(2 * sum(comb(11, heads) for heads in range(3)) / 2**11)
    assert (found.both_right, found.only_first, found.only_second, found.both_wrong) == (50, 9, 2, 39)
    assert found.difference == pytest.approx(-0.07) and not found.differs
    assert found.interval[0] < -0.07 < found.interval[1]
    same = count_pairs(first, first, dataset="d", split="test", adapters=["a", "b"])
    assert (same.p_value, same.difference) == (1.0, 0.0)


def test_two_adapters_on_one_file(tmp_path, capsys, binary_adapter, train_tiny):
    other = train_tiny(max_steps=1, epochs=1).output_dir
    path = str(write_csv(tmp_path / "held.csv", tiny_reviews(80, seed=8)))
    found = compare(other, binary_adapter, path)
    assert found.rows == 80 and found.difference == pytest.approx(found.accuracy[1] - found.accuracy[0])
    assert found.differs and found.interval[0] > 0
    assert main(["compare", str(other), str(binary_adapter), "--dataset", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found.to_dict()
    assert main(["compare", str(other), str(other), "--dataset", path]) == 0
    assert ", not statistically significant" in capsys.readouterr().out


def test_labels_are_matched_by_name(tmp_path, binary_adapter, three_class_adapter):
    path = str(write_csv(tmp_path / "held.csv", tiny_reviews(40, seed=8)))
    # The same weights with exchanged names: one is correct where the other is wrong.
    exchanged = load(binary_adapter, dtype="float32", labels=["Positive", "Negative"])
    found = compare(binary_adapter, exchanged, path)
    assert found.both_right == 0 == found.both_wrong and found.only_first > 30
    with pytest.raises(SentimentError, match="adapter has no label 'Neutral'; it has Negative, Positive"):
        compare(three_class_adapter, binary_adapter, path)


def test_by_kind_of_review_in_a_folder(tmp_path, capsys, binary_adapter, train_tiny):
    other = train_tiny(max_steps=1, epochs=1).output_dir
    rows = [row | {"shop": "north" if index % 4 < 2 else "south"} for index, row in enumerate(tiny_reviews(80, seed=8))]
    words = ["compare", str(other), str(binary_adapter), "--dataset", str(write_csv(tmp_path / "held.csv", rows))]
    words += ["--slice-column", "shop", "--output-dir", str(tmp_path / "compared")]
    assert main(words) == 0
    said = capsys.readouterr().out
    document = json.loads((tmp_path / "compared" / "comparison.json").read_text())
    shops = {each["name"]: each for each in document["slices"] if each.get("column") == "shop"}
    assert set(shops) == {"shop: north", "shop: south"} and {each["rows"] for each in shops.values()} == {40}
    for each in shops.values():
        assert each["difference"] == pytest.approx(each["accuracy"][1] - each["accuracy"][0])
        assert each["only_second"] + each["both_right"] == round(40 * each["accuracy"][1])
    # The mean over the two shops is the whole.
    assert np.mean([each["accuracy"] for each in shops.values()], axis=0) == pytest.approx(document["accuracy"])
    assert "shop: north" in said and said == (tmp_path / "compared" / "comparison.txt").read_text()
    # It may be repeated there, and replaces nothing else.
    assert main(words) == 0
    (tmp_path / "compared" / "comparison.json").unlink()
    assert main(words) == 2 and "but no comparison: give another --output-dir" in capsys.readouterr().err
    (tmp_path / "compared" / "comparison.txt").unlink()
    (tmp_path / "compared" / "comparison.json").write_text('{"mine": 1}')
    assert main(words) == 2 and "holds comparison.json, but no comparison" in capsys.readouterr().err


def test_revisions_of_one_adapter(hub, binary_adapter, three_class_adapter, tmp_path, capsys):
    publish(binary_adapter, "user/versions", token="hf_test", tag="v1")
    publish(three_class_adapter, "user/versions", token="hf_test", tag="v2")
    path = str(write_csv(tmp_path / "held.csv", tiny_reviews(20, seed=8)))
    words = ["user/versions", "--dataset", path, "--revision", "v1"]
    assert main(["evaluate", *words, "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["per_class"]) == {"Negative", "Positive"}
    words = ["compare", "user/versions", *words, "--second-revision", "v1"]
    assert main(words) == 0
    assert "user/versions at v1" in capsys.readouterr().out
    assert main([*words[:-1], "v2"]) == 2
    assert "user/versions at v1 has no label 'Neutral'" in capsys.readouterr().err
    assert main(["compare", "user/versions", str(binary_adapter), *words[3:7], "--second-revision", "v1"]) == 2
    assert "has no revisions" in capsys.readouterr().err


@pytest.mark.parametrize("backend", ["openvino", "onnx"])
def test_the_numbers_of_a_runtime(binary_adapter, tmp_path, capsys, monkeypatch, backend):
    monkeypatch.setattr(export_cache, "CACHE", tmp_path / "cache")
    path = str(write_csv(tmp_path / "held.csv", tiny_reviews(30, seed=8)))
    documents = []
    for options in ([], ["--backend", backend]):
        assert main(["evaluate", str(binary_adapter), "--dataset", path, "--json", *options]) == 0
        documents.append(json.loads(capsys.readouterr().out))
    assert documents[0]["accuracy"] == documents[1]["accuracy"] and list((tmp_path / "cache").iterdir())
    brier = [document["calibration"]["brier"] for document in documents]
    assert brier[0] == pytest.approx(brier[1], abs=1e-4)
    assert main(["evaluate", str(binary_adapter), "--dataset", path, "--backend", backend, "--device", "cuda"]) == 2
    assert "runs on the CPU" in capsys.readouterr().err
