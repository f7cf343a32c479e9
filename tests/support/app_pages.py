"""The app's pages without a browser: open one, and read what it shows."""

import re
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "streamlit_app" / "app.py"


def open_page(monkeypatch, page: str, *options: str, query: dict[str, str] | None = None) -> AppTest:
    """Open a page of the app, started with some options; unless they say otherwise, visitors may choose anything.

    The query is that of the address, such as a shared link has it.
    """
    monkeypatch.setattr(sys, "argv", [str(APP), "--choose", "all", *options])
    if page == "page_review":
        test = AppTest.from_file(str(APP), default_timeout=60)
    else:
        test = AppTest.from_string(f"from hf_sentiment.streamlit_app import {page}\n{page}.show()", default_timeout=60)
    for name, value in (query or {}).items():
        test.query_params[name] = value
    return test.run()


def shown(test: AppTest) -> str:
    """All HTML of a page, without the style sheet."""
    return "".join(each.proto.body for each in test.get("html") if "<style>" not in each.proto.body)


def words(markdown: str) -> str:
    """What a visitor reads where the page shows foreign text by `plain`."""
    return re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", markdown).replace("\u200b", "")


def label_of(drawn: str) -> str:
    """The label in the answer that a page shows."""
    return re.search(r'<p class="label \w+"><span aria-hidden="true">.</span> (.*?) <span', drawn)[1]
