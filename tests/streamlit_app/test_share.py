"""A link to the review page: what it holds, what is done with one from a stranger, and the history of a visit."""

from urllib.parse import parse_qs, urlsplit

import pytest
from app_pages import label_of, shown, words
from hub_adapter import contents
from hypothesis import given, settings
from hypothesis import strategies as st

import hf_sentiment
from hf_sentiment.streamlit_app.answers import ask
from hf_sentiment.streamlit_app.history import MOST_KEPT, entries, line, remember
from hf_sentiment.streamlit_app.loaded import Choice
from hf_sentiment.streamlit_app.share import MOST_IN_LINK, MOST_TEXT, Shared, read_link, share_link

PAGE = "https://example.com/app/"


def query_of(link):
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.text(max_size=200))
def test_a_link_brings_back_what_it_was_made_of(title, text):
    link = share_link(PAGE, Choice("user/adapter", "v1"), title, text)
    assert link.startswith(f"{PAGE}?") and link.isascii() and not set(link) & set(" \"'<>\\`\n")
    found = read_link(query_of(link))
    # Half a character has no place in a link.
    whole = text.encode(errors="replace").decode()
    assert found == Shared(Choice("user/adapter", "v1"), title, whole)


def test_a_link_without_the_review_holds_the_adapter_alone():
    assert query_of(share_link(PAGE, Choice("user/adapter"))) == {"adapter": "user/adapter"}
    assert share_link("https://example.com/app/?old=1#top", Choice()) == "https://example.com/app/?adapter=default"


def test_a_review_that_is_too_long_for_a_link_has_none():
    assert share_link(PAGE, Choice(), "", "x" * (MOST_IN_LINK - 100)) is not None
    assert share_link(PAGE, Choice(), "", "x" * MOST_IN_LINK) is None
    assert share_link(PAGE, Choice(), "", "😍" * (MOST_IN_LINK // 12)) is None, "an emoji takes twelve characters"


def test_a_strangers_link_is_cut_to_length():
    found = read_link({"adapter": "a" * 10**6, "revision": " ", "title": "t" * 10**6, "text": "x" * 10**6, "more": "y"})
    assert len(found.choice.adapter) == 300 and found.choice.revision is None
    assert (len(found.title), len(found.text)) == (300, MOST_TEXT)
    assert read_link({}) == Shared(None, "", "")


def test_the_page_makes_the_link_with_the_review_only_if_wanted(started):
    page = started()
    page.text_area(key="text").set_value("great & lovely <b>").run()
    link = page.code[0].value
    assert query_of(link) == {"adapter": "default"}
    page.checkbox(key="share-text").check().run()
    assert query_of(page.code[0].value) == {"adapter": "default", "text": "great & lovely <b>"}
    page.text_area(key="text").set_value("great " * 2000).run()
    assert not page.code and "too long for a link" in page.warning[0].value and not page.exception


def test_an_opened_link_fills_the_fields_and_is_answered(started):
    page = started("page_review", query={"adapter": "default", "title": "Awful", "text": "<script>broken</script>"})
    assert page.text_input(key="title").value == "Awful"
    assert page.text_area(key="text").value == "<script>broken</script>"
    assert label_of(shown(page)) == "Negative" and "<script" not in shown(page)
    assert not page.info and not page.query_params and not page.exception
    page.text_area(key="text").set_value("").run()
    assert page.text_area(key="text").value == "", "the link is read once"


def test_a_links_adapter_is_loaded_only_when_the_visitor_says_so(started, hub, binary_adapter):
    hub.add_commit("visitor/linked", contents(binary_adapter))
    page = started("page_review", "--choose", "hub", query={"adapter": "visitor/linked", "text": "great lovely"})
    assert "The link is about visitor/linked" in words(page.info[0].value)
    assert label_of(shown(page)) == "Positive" and hub.requests == [] and "choice" not in page.session_state
    next(each for each in page.button if each.label == "Use the link's adapter").click().run()
    assert page.session_state["choice"] == Choice("visitor/linked") and not page.info and not page.exception
    assert page.text_area(key="text").value == "great lovely"


@pytest.mark.parametrize("adapter", ["/etc", "..", "no/such", "[x](http://y.z)", "a" * 5000, "\x00", "~root/x"])
def test_a_links_adapter_that_may_not_be_chosen_is_refused(started, adapter):
    page = started("page_review", "--choose", "hub", query={"adapter": adapter})
    next(each for each in page.button if each.label == "Use the link's adapter").click().run()
    assert len(page.error) == 1 and not page.exception and "choice" not in page.session_state
    next(each for each in page.button if each.label == "Ignore it").click().run()
    assert not page.info


def test_a_link_cannot_choose_where_visitors_may_not(started, binary_adapter):
    page = started("page_review", "--choose", "none", query={"adapter": str(binary_adapter)})
    assert "The link is about" in page.info[0].value
    assert "Use the link's adapter" not in [each.label for each in page.button]


def test_the_reviews_of_a_visit_come_back_and_can_be_cleared(started):
    page = started()
    for text in ("great lovely", "awful broken", "great lovely"):
        page.text_area(key="text").set_value(text).run()
    kept = [each for each in page.button if str(each.key).startswith("history-")]
    assert [words(each.label).split(": ")[1] for each in kept] == ["great lovely", "awful broken"]
    assert words(kept[1].label).startswith("▼ Negative")
    kept[1].click().run()
    assert page.text_area(key="text").value == "awful broken" and label_of(shown(page)) == "Negative"
    next(each for each in page.button if each.label == "Clear").click().run()
    next(each for each in page.button if each.label == "Clear the history").click().run()
    assert not [each for each in page.button if str(each.key).startswith("history-")]
    assert "history" not in started().session_state, "another visit has its own"


def test_the_history_is_bounded(monkeypatch):
    monkeypatch.setattr("streamlit.session_state", {})
    answer = ask(hf_sentiment.load(), "", "great lovely")
    for number in range(MOST_KEPT + 5):
        remember("default", "", f"great lovely {number} " * 50, answer)
    assert len(entries()) == MOST_KEPT and len(line(entries()[0])) < 100
    assert entries()[0].text.startswith(f"great lovely {MOST_KEPT + 4}")
