"""The adapter that ships with the package, and the real reviews, if they are next to the clone."""

import json
from pathlib import Path

import pytest
import torch
from tiny import tiny_reviews, write_csv
from transformers import AutoConfig, AutoModel, pipeline

import hf_sentiment
from hf_sentiment import SentimentError
from hf_sentiment.adapter.folder import DEFAULT_FOLDER, SHIPPED, copy_adapter
from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.hub import publish, write_card
from hf_sentiment.hub.card import AdapterCard
from hf_sentiment.hub.edits import keep_edits
from hf_sentiment.training import TrainArguments, train

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real reviews (shared/data beside the clone) are not here"
)


def test_the_two_reviews_everybody_tries_first(hub):
    classify = pipeline("sentiment-lora")
    answers = classify(
        ["I loved this product! It exceeded my expectations.", "Terrible experience. It broke after two days."]
    )
    assert [answer["label"] for answer in answers] == ["Positive", "Negative"]
    # Calibrated: on reviews like these some nine in ten are right.
    assert min(answer["score"] for answer in answers) > 0.85
    assert hub.requests == []


@pytest.mark.parametrize(("name", "least"), [("default", 0.93), ("accurate", 0.95)])
def test_it_is_small_and_its_card_and_report_agree(name, least):
    files = [path for path in SHIPPED[name].rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5_000_000
    report = json.loads((SHIPPED[name] / "evaluation" / "report.json").read_text())
    assert f"{100 * report['accuracy']:.1f} %" in (SHIPPED[name] / "README.md").read_text()
    assert report["rows"] == 2994 and report["accuracy"] >= least


@pytest.mark.slow
def test_the_accurate_one_is_whole(hub, tmp_path):
    # The base's own weights are not here; others of its shape show that nothing is missing.
    torch.manual_seed(0)
    config = AutoConfig.from_pretrained(SHIPPED["accurate"])
    AutoModel.from_config(config).save_pretrained(tmp_path / "base")
    classify = hf_sentiment.load("accurate", base_model=str(tmp_path / "base"), dtype="float32")
    assert {answer["label"] for answer in classify("Great.", top_k=None)} == {"Negative", "Positive"}
    with pytest.raises(SentimentError, match="sentence-transformers/all-mpnet-base-v2"):
        hf_sentiment.load("accurate")


@pytest.mark.slow
def test_a_few_steps_from_it_do_what_many_from_the_base_do(tmp_path, hub):
    options = {"recipe": "minilm-warm", "dataset": "demo", "max_steps": 4, "output_dir": str(tmp_path / "adapter")}
    report = train(TrainArguments(**options), say=lambda line: None).report
    assert report.accuracy > 0.85 and report.labels == ["Negative", "Positive"]
    assert hub.requests == []


@needs_data
@pytest.mark.slow
def test_its_report_holds_on_a_part_of_the_real_test_reviews():
    from hf_sentiment.evaluation import evaluate_adapter

    measured = evaluate_adapter("default", str(DATA / "amazon_polarity"), size=300)
    low, high = measured.accuracy_interval
    assert low <= json.loads((DEFAULT_FOLDER / "evaluation" / "report.json").read_text())["accuracy"] <= high


@needs_data
@pytest.mark.slow
def test_a_tweeteval_adapter_comes_back_with_its_three_names(hub, tiny_base, tmp_path):
    arguments = TrainArguments(
        dataset=str(DATA / "tweeteval_sentiment"),
        labels="Negative,Neutral,Positive",
        train_size=200,
        test_size=100,
        epochs=1,
        base_model="user/tiny-bert",
        max_length=48,
        bf16=False,
        output_dir=str(tmp_path / "adapter"),
    )
    folder = train(arguments, say=lambda line: None).output_dir
    publish(folder, "user/tweets", token="hf_test", tag="v1")
    texts = [row["text"] for row in tiny_reviews(10)]
    expected = hf_sentiment.load(folder, dtype="float32")(texts, top_k=None)
    assert {answer["label"] for answer in expected[0]} == {"Negative", "Neutral", "Positive"}
    assert pipeline("sentiment-lora", model="user/tweets", dtype="float32")(texts, top_k=None) == expected
    assert hf_sentiment.load("user/tweets", revision="v1", dtype="float32")(texts, top_k=None) == expected


def test_an_adapter_for_other_labels_answers_beside_it_on_the_same_base(hub, tmp_path):
    values = ("ironic", "non-ironic")
    rows = [{"text": row["text"], "sarcastic": values[i % 2]} for i, row in enumerate(tiny_reviews(60))]
    folder = str(tmp_path / "sarcasm")
    options = {"recipe": "sarcasm", "dataset": str(write_csv(tmp_path / "reviews.csv", rows)), "max_steps": 2}
    train(TrainArguments(**options, output_dir=folder), say=lambda line: None)
    reviews = [{"title": "Great", "text": "Oh, great: it broke."}, *(row["text"] for row in rows[:5])]
    both = hf_sentiment.load(["default", folder])
    answers = both(reviews, top_k=None)
    for name, labels in {"default": {"Negative", "Positive"}, folder: {"Regular", "Sarcastic"}}.items():
        alone = [scores(answer) for answer in hf_sentiment.load(name, dtype="float32")(reviews, top_k=None)]
        for mine, theirs in zip(answers, alone, strict=True):
            assert set(theirs) == labels and scores(mine[name]) == pytest.approx(theirs, abs=1e-5)
    # One base in memory, and nobody was asked for it.
    storages = [id(member.adapter.group.model.get_input_embeddings().weight) for member in both.members.values()]
    assert storages[0] == storages[1] and hub.requests == []


def scores(answer: list[dict]) -> dict[str, float]:
    return {each["label"]: each["score"] for each in answer}


@pytest.mark.parametrize("name", SHIPPED)
def test_its_card_is_the_one_that_is_written_now_and_names_what_it_was_trained_on(name, tmp_path):
    text = (SHIPPED[name] / "README.md").read_text(encoding="utf-8")
    assert f'hf_sentiment.load("{name}")' in text and "USER/NAME" not in text
    assert f"hf-sentiment evaluate {name} --dataset" in text
    card = AdapterCard.from_folder(SHIPPED[name], license="apache-2.0", language="en").render()
    assert card == text
    # Written again, it stays as it is: nothing in it looks edited.
    assert keep_edits(card, text) == text
    sources = SentimentConfig.load(SHIPPED[name]).provenance["sources"]
    assert len(sources) == 5 and all(f"- `{each['name']}`: " in text for each in sources)
    # A copy is a new adapter, which has no name yet.
    copy_adapter(SHIPPED[name], tmp_path)
    write_card(tmp_path)
    copied = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert 'model="USER/NAME"' in copied and "evaluate USER/NAME" in copied


def test_the_default_one_has_a_page_with_curves():
    page = (DEFAULT_FOLDER / "evaluation" / "report.html").read_text(encoding="utf-8")
    assert "ROC curve" in page and 'id="threshold"' in page and "<img" not in page
