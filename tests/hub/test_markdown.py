"""Labels and names of others stay text in a card."""

import pytest
from markdown_it import MarkdownIt

from hf_sentiment.hub.markdown import code, escape, render_table
from hf_sentiment.reports.tables import Table


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://127.0.0.1:9/pixel.png)",
        "[Log in again](http://127.0.0.1:9)",
        "<img src=x onerror=alert(1)>",
        "**bold** _and_ `code` ~~gone~~ &copy; \\\\",
        "a | b",
    ],
)
def test_a_text_is_shown_as_it_is(text):
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(render_table(Table(["Label"], [[text]])))
    inline = [token for token in tokens if token.type == "inline"][-1]
    assert {child.type for child in inline.children} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children) == text
    assert "\n" not in escape(text + "\n# Heading")


@pytest.mark.parametrize("text", ["# a", "- a", "1. a", "1) a", "+ a", "--- a", "===", "> a", "`a` \n```b"])
def test_a_text_at_the_beginning_of_a_line_stays_a_text(text):
    for before in ("", "- "):
        types = [token.type for token in MarkdownIt("commonmark").parse(f"above\n\n{before}{escape(text)}")]
        assert types.count("inline") == 2 and not {"heading_open", "hr", "fence", "blockquote_open"} & set(types)
        assert types.count("list_item_open") == len(before.strip())


def test_a_text_as_code_is_one_code():
    (inline,) = [token for token in MarkdownIt("commonmark").parse(code("a`b` ``c\nd")) if token.type == "inline"]
    assert [(child.type, child.content) for child in inline.children] == [("code_inline", "a'b' ''c d")]
