"""Labels and names of others stay text in a card."""

import pytest
from markdown_it import MarkdownIt

from hf_sentiment.hub.markdown import escape, render_table
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
