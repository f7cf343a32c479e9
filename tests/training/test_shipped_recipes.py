import json

import pytest
import yaml
from tiny import tiny_reviews, write_csv

from hf_sentiment.core.config import SentimentConfig


def test_a_recipe_groups_stars(train_tiny, tmp_path):
    groups = {1: "Negative", 2: "Negative", 3: "Neutral", 4: "Positive", 5: "Positive"}
    (tmp_path / "stars.yaml").write_text(yaml.safe_dump({"label_map": groups, "max_steps": 1}))
    rows = [{"text": row["text"], "stars": index % 5 + 1} for index, row in enumerate(tiny_reviews(100))]
    reviews = write_csv(tmp_path / "reviews.csv", rows)
    folder = train_tiny(recipe=str(tmp_path / "stars.yaml"), dataset=str(reviews)).output_dir
    assert SentimentConfig.load(folder).labels == ["Negative", "Neutral", "Positive"]


SHIPPED = {
    "three-classes": ("stars", [1, 2, 3, 4.0, 5], ["Negative", "Neutral", "Positive"]),
    "five-stars": ("stars", [1, 2, 3, 4.0, 5], ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]),
    "sarcasm": ("sarcastic", ["non-ironic", "ironic"], ["Regular", "Sarcastic"]),
    "emotions": ("label", [[0, 27], [3], [17]], None),
}


@pytest.mark.parametrize("recipe", SHIPPED)
def test_a_recipe_brings_its_labels(train_tiny, tmp_path, recipe):
    column, values, labels = SHIPPED[recipe]
    rows = [{"text": row["text"], column: values[i % len(values)]} for i, row in enumerate(tiny_reviews(100))]
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    folder = train_tiny(recipe=recipe, dataset=str(path), max_steps=1, base_model="user/tiny-bert").output_dir
    config = SentimentConfig.load(folder)
    assert config.labels == labels or (config.multi_label and len(config.labels) == len(config.thresholds) == 28)
