"""The card's front matter, as huggingface_hub's parser and the test Hub read it."""

import pytest
from cards import card_text, edit_card, write_report
from hub_cards import readme_errors
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results

from hf_sentiment import SentimentError
from hf_sentiment.hub import publish, write_card
from hf_sentiment.hub.metadata import check_card
from hf_sentiment.reports.other_datasets import add_other_dataset
from hf_sentiment.reports.report import EvaluationReport

TOKEN = "hf_test"


def test_huggingface_hubs_parser_reads_the_results_back(adapter, report):
    card = ModelCard.load(adapter / "README.md")
    read = {result.metric_type: result for result in card.data.eval_results}
    keys = {"accuracy": "accuracy", "f1": "macro_f1", "roc_auc": "roc_auc", "matthews_correlation": "matthews"}
    assert {kind: result.metric_value for kind, result in read.items()} == {k: report[v] for k, v in keys.items()}
    assert all(result.dataset_split == "test" and not result.verified for result in read.values())
    index = card.data.to_dict()["model-index"]
    assert eval_results_to_model_index(*model_index_to_eval_results(index)) == index
    assert readme_errors(card_text(adapter)) == []


def test_each_dataset_keeps_its_own_numbers_although_they_come_from_one_source(adapter, report):
    """The Hub shows results of one dataset and split as one, under the name and number of reviews of the first."""
    for name, accuracy in (("Books", 0.96), ("Games", 0.675)):
        entry = EvaluationReport(**report | {"accuracy": accuracy, "dataset": "user/reviews", "leaked": 0})
        add_other_dataset(adapter / "evaluation", name, entry)
    same = EvaluationReport(**report | {"accuracy": 0.5})
    add_other_dataset(adapter / "evaluation", "The same rows, later", same)
    write_card(adapter)
    index = ModelCard.load(adapter / "README.md").data.to_dict()["model-index"][0]["results"]
    found = {each["dataset"]["name"]: each["metrics"][0]["value"] for each in index}
    rows = report["rows"]
    assert found == {
        f"{report['dataset']}, {rows} test reviews": report["accuracy"],
        f"Books, {rows} reviews": 0.96,
        f"Games, {rows} reviews": 0.675,
        f"The same rows, later, {rows} reviews": 0.5,
    }
    assert len(index[0]["metrics"]) == 4
    assert readme_errors(card_text(adapter)) == []


def test_the_hub_returns_the_card_unchanged(hub, adapter):
    publish(adapter, "user/carded", token=TOKEN)
    there = hub.repo_files("user/carded")
    card = ModelCard(there["README.md"].decode())
    assert card.data.to_dict() == ModelCard.load(adapter / "README.md").data.to_dict()
    assert "USER/NAME" not in str(card) and "hf-sentiment evaluate user/carded --dataset demo.csv" in str(card)
    assert {"evaluation/slices.png", "evaluation/reliability.png", "evaluation/report.html"} <= set(there)


def test_invalid_metadata_is_refused_before_it_is_written(adapter, report):
    before = card_text(adapter)
    with pytest.raises(SentimentError, match="The card's licence is 'Apache License 2.0'"):
        write_card(adapter, license="Apache License 2.0")
    with pytest.raises(SentimentError, match="The card's language is 'English'"):
        write_card(adapter, language="English")
    write_report(adapter, report | {"roc_auc": float("nan")})
    with pytest.raises(SentimentError, match="The card's roc_auc is nan"):
        write_card(adapter)
    assert card_text(adapter) == before
    with pytest.raises(SentimentError, match="metadata at the head of the card is invalid"):
        check_card(before.replace("  results:", "  outcomes:"))
    edit_card(adapter, ("license: ", "license: [mit\nx: "))
    with pytest.raises(SentimentError, match="metadata at the head of a card cannot be read"):
        write_card(adapter)
