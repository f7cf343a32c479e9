"""One published adapter, every loader: the same labels and the same scores."""

import json
import shutil
import subprocess
import sys

import pytest
import torch
from altered import change_config
from huggingface_hub import ModelCard
from peft import AutoPeftModelForSequenceClassification, PeftModel
from safetensors.torch import load_file
from tiny import save_tiny_base, tiny_reviews
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.adapter.folder import ADAPTER_WEIGHTS
from hf_sentiment.adapter.manifest import write_manifest
from hf_sentiment.adapter.saving import halve_weights
from hf_sentiment.cli import main
from hf_sentiment.hub import publish

TOKEN = "hf_test"
TEXTS = [row["text"] for row in tiny_reviews(9, ("Negative", "Neutral", "Positive"), seed=11)]
KINDS = ["binary", "three", "several", "half"]


@pytest.fixture(scope="module")
def several_adapter(train_tiny, tmp_path_factory):
    """Reviews that can have several labels at once."""
    rows = [row | {"label": ["works", "cheap"] if i % 3 else ["late"]} for i, row in enumerate(tiny_reviews(150))]
    path = tmp_path_factory.mktemp("several") / "reviews.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return train_tiny(dataset=str(path), epochs=2).output_dir


@pytest.fixture(scope="module")
def half_adapter(binary_adapter, tmp_path_factory):
    """The binary adapter with its weights in 16 bits."""
    folder = shutil.copytree(binary_adapter, tmp_path_factory.mktemp("half") / "adapter")
    halve_weights(folder)
    write_manifest(folder)
    return folder


@pytest.fixture(scope="module")
def published(hub, binary_adapter, three_class_adapter, several_adapter, half_adapter):
    """Kind -> (folder, Hub id), each with a tag v1."""
    folders = {"binary": binary_adapter, "three": three_class_adapter, "several": several_adapter}
    folders["half"] = half_adapter
    for kind, folder in folders.items():
        publish(folder, f"user/every-{kind}", token=TOKEN, tag="v1")
    return {kind: (folder, f"user/every-{kind}") for kind, folder in folders.items()}


def by_label(answers):
    return [{answer["label"]: answer["score"] for answer in row} for row in answers]


@pytest.fixture(params=KINDS)
def case(request, published):
    folder, repo = published[request.param]
    classify = hf_sentiment.load(folder, dtype="float32")
    expected = by_label(classify(TEXTS, top_k=None))
    assert set(expected[0]) == set(classify.sentiment_config.labels)
    return folder, repo, classify.sentiment_config, expected


def test_half_the_bytes_give_nearly_the_same_answers(binary_adapter, half_adapter):
    whole, half = (folder / ADAPTER_WEIGHTS for folder in (binary_adapter, half_adapter))
    assert {value.dtype for value in load_file(half).values()} == {torch.float16}
    assert half.stat().st_size < 0.7 * whole.stat().st_size
    scores = [hf_sentiment.load(folder, dtype="float32").scores(TEXTS) for folder in (binary_adapter, half_adapter)]
    assert 0 < abs(scores[0] - scores[1]).max() < 1e-3


def assert_same(answers, expected):
    for mine, theirs in zip(answers, expected, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-5)


def scores(model, repo, config):
    tokenizer = AutoTokenizer.from_pretrained(repo)
    batch = tokenizer(TEXTS, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        logits = model.eval()(**batch).logits / config.temperature
    each = logits.sigmoid() if config.multi_label else logits.softmax(-1)
    return [dict(zip(config.labels, row, strict=True)) for row in each.tolist()]


def test_the_pipeline_and_load(case):
    _, repo, _, expected = case
    assert_same(by_label(pipeline("sentiment-lora", model=repo, dtype="float32")(TEXTS, top_k=None)), expected)
    assert_same(by_label(hf_sentiment.load(repo, revision="v1", dtype="float32")(TEXTS, top_k=None)), expected)
    assert_same(by_label(hf_sentiment.load(repo, local_files_only=True, dtype="float32")(TEXTS, top_k=None)), expected)


def test_plain_peft(case, tiny_base):
    _, repo, config, expected = case
    base = AutoModelForSequenceClassification.from_pretrained("user/tiny-bert", num_labels=len(config.labels))
    assert_same(scores(PeftModel.from_pretrained(base, repo), repo, config), expected)


def test_auto_peft(case):
    _, repo, config, expected = case
    model = AutoPeftModelForSequenceClassification.from_pretrained(repo, num_labels=len(config.labels))
    assert_same(scores(model, repo, config), expected)


STOCK = """
import json, sys
# Neither the plugin nor PEFT is to be had.
sys.modules["peft"] = sys.modules["hf_sentiment"] = None
from transformers import pipeline
classify = pipeline("text-classification", **json.loads(sys.argv[1]))
print(json.dumps([classify(json.loads(sys.argv[2]), top_k=None, truncation=True), classify.tokenizer.model_max_length]))
"""


def stock(**options):
    done = subprocess.run([sys.executable, "-c", STOCK, json.dumps(options), json.dumps(TEXTS)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return json.loads(done.stdout.decode().splitlines()[-1])


@pytest.mark.slow
def test_the_merged_model_in_the_stock_pipeline(case, hub, tmp_path):
    folder, repo, _, expected = case
    assert main(["export", repo, "--format", "merged", "--output-dir", str(tmp_path / "merged")]) == 0
    answers, window = stock(model=str(tmp_path / "merged"))
    assert_same(by_label(answers), expected)
    assert window == 48
    result = publish(folder, repo, token=TOKEN, merged=True)
    assert result.revision == "merged" and "adapter_config.json" in hub.repo_files(repo)
    assert "adapter_config.json" not in hub.repo_files(repo, "merged")
    assert_same(by_label(stock(model=repo, revision="merged")[0]), expected)
    # The adapter on main is what it was.
    assert_same(by_label(pipeline("sentiment-lora", model=repo, dtype="float32")(TEXTS, top_k=None)), expected)


def test_the_merged_model_in_a_repository_of_its_own(hub, binary_adapter):
    result = publish(binary_adapter, "user/whole", token=TOKEN, merged=True, tag="v1")
    assert result.revision == "v1" and "model.safetensors" in result.files
    card = ModelCard(hub.repo_files("user/whole")["README.md"].decode())
    assert card.data.library_name == "transformers" and card.data.base_model_relation == "finetune"
    assert 'pipeline("text-classification", model="user/whole")' in card.content
    assert "sentiment-lora" not in card.content


def test_the_temperature_is_in_the_merged_head(binary_adapter, tmp_path):
    hf_sentiment.load(binary_adapter, dtype="float32").save_pretrained(tmp_path / "cool")
    change_config(tmp_path / "cool", temperature=3.0)
    expected = by_label(hf_sentiment.load(tmp_path / "cool", dtype="float32")(TEXTS, top_k=None))
    assert main(["export", str(tmp_path / "cool"), "--output-dir", str(tmp_path / "merged")]) == 0
    assert_same(by_label(stock(model=str(tmp_path / "merged"))[0]), expected)


def test_export_overwrites_nothing(binary_adapter, tmp_path, capsys):
    (tmp_path / "mine").write_text("")
    assert main(["export", str(binary_adapter), "--output-dir", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_labels_that_reach_their_threshold(published):
    folder, _ = published["several"]
    classify = hf_sentiment.load(folder, dtype="float32")
    config = classify.sentiment_config
    assert len(config.thresholds) == 3 and all(0 < threshold < 1 for threshold in config.thresholds)
    for every, present in zip(classify(TEXTS, top_k=None), classify(TEXTS, present=True), strict=True):
        least = dict(zip(config.labels, config.thresholds, strict=True))
        assert present == [answer for answer in every if answer["score"] >= least[answer["label"]]]
    report = json.loads((folder / "evaluation" / "report.json").read_text())
    assert 0 <= report["micro_f1"] <= 1 and report["per_class"]["works"]["threshold"] == config.thresholds[2]


SEVERAL = ["user/every-binary", "user/every-three", "user/every-several", "user/second-binary"]


@pytest.fixture(scope="module")
def many(published, train_tiny):
    publish(train_tiny(seed=5, epochs=3).output_dir, "user/second-binary", token=TOKEN)
    return hf_sentiment.load(SEVERAL)


def test_several_adapters_answer_as_each_alone(many):
    for name in SEVERAL:
        alone = hf_sentiment.load(name, dtype="float32")
        # One of them is longer than the window.
        texts = [*TEXTS, " ".join(TEXTS * 20)]
        assert alone(texts[-1], windows=True)[0]["windows"] > 2
        assert_same(by_label(many(texts, adapter=name, top_k=None)), by_label(alone(texts, top_k=None)))


def test_each_review_its_adapter_or_all_of_them(many):
    names = [SEVERAL[index % len(SEVERAL)] for index in range(len(TEXTS))]
    mixed = many(TEXTS, adapter=names)
    everything = many(TEXTS)
    marked = many([{"text": text, "adapter": name} for text, name in zip(TEXTS, names, strict=True)])
    for index, name in enumerate(names):
        assert list(everything[index]) == SEVERAL
        assert mixed[index] == marked[index]
        assert mixed[index]["label"] == everything[index][name]["label"]
        assert mixed[index]["score"] == pytest.approx(everything[index][name]["score"], abs=1e-5)
    assert set(many(TEXTS[0])) == set(SEVERAL)
    assert many(TEXTS[0], adapter=SEVERAL[0])["label"] in ("Negative", "Positive")
    with pytest.raises(
        SentimentError, match="No adapter 'user/x' is loaded; the loaded adapters are user/every-binary"
    ):
        many(TEXTS, adapter="user/x")
    with pytest.raises(SentimentError, match="2 adapters are named for 9 reviews"):
        many(TEXTS, adapter=SEVERAL[:2])
    with pytest.raises(SentimentError, match="explain=True needs an adapter that is loaded alone"):
        many("great", explain=True)


def test_there_is_one_copy_of_the_base(many):
    groups = {id(member.adapter.group): member.adapter.group for member in many.members.values()}.values()
    # Two binary adapters share a PeftModel; three labels, and several at once, have one each.
    assert len(groups) == 3 and all(group.mixable for group in groups)
    storages = [
        {
            name.replace(".base_layer", ""): parameter.data_ptr()
            for name, parameter in group.model.named_parameters()
            if "lora_" not in name and "modules_to_save" not in name and "original_module" not in name
        }
        for group in groups
    ]
    assert storages[0] == storages[1] == storages[2] and len(storages[0]) > 30


def test_heads_that_cannot_be_mixed_are_grouped_by_adapter(hub, tmp_path, train_tiny):
    base = save_tiny_base(tmp_path / "roberta", "roberta")
    hub.add_commit("user/tiny-roberta", {path.name: path.read_bytes() for path in base.iterdir()})
    folders = {
        f"seed {seed}": train_tiny(base_model="user/tiny-roberta", seed=seed, epochs=1, rows=60).output_dir
        for seed in (1, 2)
    }
    both = hf_sentiment.load(folders)
    assert not next(iter(both.members.values())).adapter.group.mixable
    everything = both(TEXTS)
    for name, folder in folders.items():
        alone = hf_sentiment.load(folder, dtype="float32")(TEXTS)
        assert [row[name]["score"] for row in everything] == pytest.approx([a["score"] for a in alone], abs=1e-5)


def test_several_adapters_need_one_base(hub, binary_adapter, tmp_path):
    with pytest.raises(
        SentimentError, match="The adapters are on different bases: .* default on sentence-transformers"
    ):
        hf_sentiment.load([binary_adapter, "default"])
    with pytest.raises(SentimentError, match="revision= applies to one adapter only; 2 are named"):
        hf_sentiment.load([binary_adapter, "default"], revision="v1")
