"""People's edits survive when a card is written again."""

import re

import pytest
from cards import card_text, edit_card, write_report
from huggingface_hub import ModelCard, ModelCardData

from hf_sentiment import SentimentError
from hf_sentiment.hub import publish, write_card
from hf_sentiment.hub.edits import CardParts, keep_edits

TOKEN = "hf_test"


def test_what_people_change_stays_and_the_rest_is_written_again(adapter, report):
    edit_card(
        adapter,
        ("license: apache-2.0", "license: mit\nthumbnail: https://example.org/a.png"),
        ("- text: Terrible experience. It broke after two days.\n", ""),
        ("Not for decisions about people", "Never for decisions about people"),
        ("## Accuracy by kind", "## Thanks\n\n```\n## no heading\n```\n\n## Accuracy by kind"),
        ("\n<!--", "\n## Cite\n\n@misc{me}\n\n<!--"),
    )
    text = card_text(adapter)
    start, end = text.index("## Training"), text.index("## Reproduction")
    (adapter / "README.md").write_text(text[:start] + text[end:], encoding="utf-8")
    write_report(adapter, report | {"accuracy": 0.5})
    for _ in range(2):
        write_card(adapter)
        text = card_text(adapter)
        data = ModelCard(text).data
        assert (data.license, data.thumbnail, len(data.widget)) == ("mit", "https://example.org/a.png", 2)
        assert "Never for decisions about people" in text and text.count("## Intended use and limitations\n") == 1
        assert "## Training\n" not in text
        assert (
            text.index("## Calibration")
            < text.index("## Thanks\n\n```\n## no heading\n```")
            < text.index("## Accuracy by")
        )
        assert text.index("## Reproduction") < text.index("## Cite\n\n@misc{me}") < text.index("<!--")
        # Parts that nobody edited have the new numbers.
        assert "| this adapter | 50.0 % |" in text and data.eval_results[0].metric_value == 0.5
        assert text.startswith("---\n") and "for 50.0 % of 180 unseen test reviews" in text
    # A line deleted from the list: that section is written again.
    (adapter / "README.md").write_text(re.sub(r"## Intended use and limitations \w{8}\n", "", text), encoding="utf-8")
    write_card(adapter)
    assert "Not for decisions about people" in card_text(adapter)


def test_what_is_edited_on_the_hub_survives_the_next_publication(hub, adapter, report):
    publish(adapter, "user/edited", token=TOKEN)
    there = hub.repo_files("user/edited")["README.md"].decode()
    edited = there.replace("dissatisfied customers.", "dissatisfied customers, in Welsh.").replace(
        "\n<!--", "\n## Thanks\n\nMum\n\n<!--"
    )
    hub.add_commit("user/edited", {"README.md": edited.replace("license: apache-2.0", "license: mit").encode()})
    write_report(adapter, report | {"accuracy": 0.5})
    write_card(adapter)
    for _ in range(2):
        publish(adapter, "user/edited", token=TOKEN)
        text = hub.repo_files("user/edited")["README.md"].decode()
        assert "dissatisfied customers, in Welsh." in text and "## Thanks\n\nMum" in text and "license: mit" in text
        assert "| this adapter | 50.0 % |" in text and 'model="user/edited"' in text
    # A card fetched from the Hub, with the repository's name in it, is recognized as written by hf_sentiment.
    (adapter / "README.md").write_text(text, encoding="utf-8")
    write_report(adapter, report)
    write_card(adapter)
    assert "## Thanks" in card_text(adapter) and "| this adapter | 50.0 % |" not in card_text(adapter)
    # Edits in the folder win.
    edit_card(adapter, ("dissatisfied customers, in Welsh.", "dissatisfied customers, in Cornish."))
    publish(adapter, "user/edited", token=TOKEN)
    assert "in Cornish." in hub.repo_files("user/edited")["README.md"].decode()


def test_a_card_that_is_nested_too_deep_is_refused():
    with pytest.raises(SentimentError, match="The metadata at the head of a card cannot be read"):
        CardParts.of("---\n" + "[" * 2000 + "\n---\n# A card\n")


def test_a_foreign_card_keeps_its_own_sections_and_a_template_keeps_nothing(adapter):
    ours = card_text(adapter)
    assert keep_edits(ours, str(ModelCard.from_template(ModelCardData(license="mit")))) == ours
    assert keep_edits(ours, "---\nlicense: mit\n---\n# mine\n") == ours
    kept = CardParts.of(keep_edits(ours, "# mine\n\nWords.\n\n## Use\n\nold\n\n## Story\n\nOnce.\n"))
    assert kept.sections["## Story"] == "## Story\n\nOnce." and "old" not in kept.sections["## Use"]


def test_a_repository_whose_name_starts_another_name_is_distinguished():
    signed = "<!-- hf_sentiment wrote this card for user/tiny. x\n## Use 12345678\n-->\n"
    text = "# a\n\n## Use\n\nuser/tiny and user/tiny-bert, user/tiny.\n\n" + signed
    assert CardParts.of(text).sections["## Use"] == "## Use\n\nUSER/NAME and user/tiny-bert, USER/NAME."
