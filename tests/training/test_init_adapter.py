import json

import torch
from safetensors.torch import load_file
from tiny import tiny_reviews

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.reviews.fingerprints import read_training_rows


def test_a_run_may_continue_from_an_adapter(train_tiny, binary_adapter):
    lines = []
    result = train_tiny(init_adapter=str(binary_adapter), rows=60, learning_rate=1e-6, epochs=1, say=lines.append)
    # What was learnt is there from the start, and so are its layers; the folder's path is not.
    assert result.report.accuracy > 0.8
    ours, theirs = (
        json.loads((folder / "adapter_config.json").read_text()) for folder in (result.output_dir, binary_adapter)
    )
    assert ours["target_modules"] == theirs["target_modules"] and ours["r"] == theirs["r"]
    # The rows that were seen before were seen.
    assert read_training_rows(binary_adapter) < read_training_rows(result.output_dir)
    assert SentimentConfig.load(result.output_dir).provenance["arguments"]["init_adapter"] == "adapter"


def test_a_run_may_continue_from_an_adapter_for_other_labels(train_tiny, binary_adapter):
    options = {"init_adapter": str(binary_adapter), "rows": 90, "learning_rate": 1e-9, "epochs": 1}
    labels = ("Negative", "Neutral", "Positive")
    names = "Negative=NEGATIVE,Neutral=Neutral,Positive=positive"
    wider = train_tiny(labels=labels, label_map=names, fit_head="never", **options).output_dir
    fitted = train_tiny(labels=labels, label_map=names, **options).output_dir
    other = train_tiny(label_map="Negative=Dull,Positive=Funny", **options).output_dir
    old, three, new, two = (
        load_file(folder / "adapter_model.safetensors") for folder in (binary_adapter, wider, fitted, other)
    )
    head = "base_model.model.classifier.weight"
    assert all(
        torch.allclose(old[key], other[key], atol=1e-6)
        for other in (three, new, two)
        for key in old
        if head[:-6] not in key
    )
    # Labels are matched by name; a head with new ones is fitted whole, if it may be.
    assert torch.allclose(three[head][[0, 2]], old[head], atol=1e-6)
    assert not torch.allclose(new[head][[0, 2]], old[head], atol=1e-3)
    assert not torch.allclose(two[head], old[head], atol=1e-3)


def test_before_is_the_starting_adapters_own_score_where_its_labels_fit(train_tiny, binary_adapter):
    lines = []
    # Its labels in another order and case.
    result = train_tiny(
        init_adapter=str(binary_adapter),
        rows=60,
        learning_rate=1e-9,
        epochs=1,
        labels=("Positive", "Negative"),
        label_map="Negative=NEGATIVE,Positive=positive",
        say=lines.append,
    )
    report = json.loads((result.output_dir / "evaluation" / "report.json").read_text())
    start = report["baseline"]["starting_adapter"]
    # Nothing was learnt, so what is after training is what was before it.
    assert start["accuracy"] == report["accuracy"] > 0.8 and start["roc_auc"] == report["roc_auc"]
    assert "before_fine_tuning" not in report["baseline"]
    rows = SentimentConfig.load(binary_adapter).provenance["rows"]["train"]
    described = report["starting_adapter"]
    assert described["name"] == "adapter" and described["dataset"] == "reviews.csv" and described["labels_fit"]
    assert (described["rows"], start["labelled_rows"], report["labelled_rows"]) == (rows, rows, 36)
    assert report["baseline"]["tfidf_logistic_regression"]["labelled_rows"] == 36
    told = "\n".join(lines)
    assert f"Accuracy of the starting adapter adapter: {100 * start['accuracy']:.1f} %" in told
    sentence = f"Training started from the adapter adapter, trained on {rows} labelled reviews of reviews.csv."
    card = (result.output_dir / "README.md").read_text()
    assert sentence in told and sentence.replace("_", "\\_") in card
    assert sentence in (result.output_dir / "evaluation" / "report.html").read_text()
    assert f"36, after {rows} of its starting adapter" in told and f"36, after {rows} of its starting adapter" in card
    # The rows of all adapters before count.
    again = train_tiny(init_adapter=str(result.output_dir), rows=60, learning_rate=1e-9, epochs=1)
    assert SentimentConfig.load(again.output_dir).provenance["starting_adapter"]["rows"] == rows + 36


def test_where_its_labels_do_not_fit_it_is_said_what_before_is(train_tiny, binary_adapter):
    lines = []
    labels = ("Negative", "Neutral", "Positive")
    result = train_tiny(init_adapter=str(binary_adapter), labels=labels, rows=90, epochs=1, say=lines.append)
    report = result.report.to_dict()
    assert "before_fine_tuning" in report["baseline"] and "starting_adapter" not in report["baseline"]
    assert report["starting_adapter"]["labels_fit"] is False
    told, card = "\n".join(lines), (result.output_dir / "README.md").read_text()
    for text in (told, card):
        assert "are those of the base model with a newly initialized head" in text


def test_a_multi_label_start_keeps_its_own_thresholds(train_tiny, tmp_path):
    rows = [row | {"label": [row["label"]]} for row in tiny_reviews(90, ("Negative", "Neutral"))]
    (tmp_path / "several.json").write_text(json.dumps(rows))
    options = {"dataset": str(tmp_path / "several.json"), "epochs": 3}
    first = train_tiny(**options)
    config = SentimentConfig.load(first.output_dir)
    assert config.multi_label and config.thresholds != [0.5, 0.5]
    again = train_tiny(**options, init_adapter=str(first.output_dir), max_steps=1, learning_rate=1e-9)
    assert again.report.baseline["starting_adapter"]["micro_f1"] == first.report.micro_f1
