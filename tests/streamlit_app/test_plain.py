"""Foreign text is shown as text: what `plain` writes, and that every Markdown element of the app goes through it."""

import ast
from pathlib import Path

import pytest
from app_pages import words

from hf_sentiment.streamlit_app.plain import plain

APP = Path(__file__).parents[2] / "streamlit_app"
# Elements whose words Streamlit reads as Markdown. The options of pills take `format_func`.
MARKDOWN = {
    *("error", "warning", "info", "success", "caption", "markdown", "write", "title", "header", "subheader", "toast"),
    *("metric", "button", "checkbox", "expander", "tabs", "status", "spinner", "progress", "update", "table"),
    *("pills", "segmented_control", "radio", "selectbox", "text_input", "text_area", "slider", "form_submit_button"),
}
# Functions that return numbers or the app's own words.
OWN = {"plain", "percent", "percent_range", "adapter_kinds", "reviews", "list", "_follow"}


@pytest.mark.parametrize(
    "text",
    ["Positive", "3 stars", "a *b* `c`", "[x](http://y.z)", ":material/home: :red[x] $a$", "www.a.bc d@e.fg -> --"],
)
def test_the_words_stay_the_same(text):
    assert words(plain(text)) == text


def test_lines_and_spaces_cannot_begin_a_block():
    assert plain("  a\n\n    # b\t- c\u2028d ") == r"a \# b \- c d"


def test_plain_words_need_no_escape():
    assert plain("Very positive 3") == "Very positive 3"


@pytest.mark.parametrize("path", sorted(APP.glob("*.py")), ids=lambda path: path.stem)
def test_what_markdown_elements_show_is_the_apps_own_or_plain(path):
    """In an f-string, a value is plain or has the format of a number; anything else is a literal or plain."""
    wrong = []
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in MARKDOWN:
            values = [
                *call.args[:1],
                *(word.value for word in call.keywords if word.arg in ("label", "caption", "help")),
            ]
            wrong += [f"{path.name}:{call.lineno}: {ast.unparse(value)}" for value in values if not _is_own(value)]
    assert not [each for each in wrong if each.split(": ", 1)[1] not in KNOWN]


# Numbers in the app's own words, and its own names.
KNOWN = {
    "text",
    "name",
    "picture",
    "pairs.map(plain)",
    "0.0",
    "min(done / total, 1.0)",
    "place / len(queue.texts)",
    "f'{verb} {reviews(upload.rows)}' if upload else verb",
    "['About it', 'Choose another']",
    "f'95 % interval: {interval}' if interval else None",
}


def _is_own(value):
    if isinstance(value, ast.JoinedStr):
        return all(_is_own(part) for part in value.values)
    if isinstance(value, ast.FormattedValue):
        return value.format_spec is not None or _is_own(value.value)
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in OWN
    )
