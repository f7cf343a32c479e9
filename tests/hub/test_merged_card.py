"""The card of a merged model."""

from cards import card_text, edit_card

from hf_sentiment.core.config import SentimentConfig
from hf_sentiment.hub.edits import CardParts
from hf_sentiment.hub.merged_card import merged_card


def test_a_merged_model_has_its_own_use_library_and_tags(adapter):
    config = SentimentConfig.load(adapter)
    before = CardParts.of(card_text(adapter))
    parts = CardParts.of(merged_card(card_text(adapter), config, "user/whole", "merged"))
    assert 'pipeline("text-classification", model="user/whole", revision="merged")' in parts.sections["## Use"]
    assert "`{title}. {text}`" in parts.sections["## Use"] and "hf_sentiment  #" not in parts.sections["## Use"]
    assert (parts.metadata["library_name"], parts.metadata["base_model_relation"]) == ("transformers", "finetune")
    assert parts.metadata["tags"] == ["lora", "transformers", "sentiment-analysis"]
    assert {name: text for name, text in parts.sections.items() if name != "## Use"} == {
        name: text for name, text in before.sections.items() if name != "## Use"
    }


def test_a_card_without_a_section_use_gets_none(adapter):
    edit_card(adapter, ("## Use\n", "## My own use\n"))
    text = merged_card(card_text(adapter), SentimentConfig.load(adapter), "user/whole", None)
    assert "## Use\n" not in text and "## My own use\n" in text and "sentiment-lora" in text
