"""The model card as HTML that loads nothing and links to nothing: cards come from whoever published the adapter."""

import html
import re
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict


def card_html(folder: Path) -> str:
    """The model card of an adapter folder, without its metadata; empty if there is none.

    HTML in a card is shown as text, but for folds, which are open. A link is shown as its text and its address. A
    picture is replaced by its description: the page shows the adapter's own pictures itself, and others would be
    fetched from the Internet.
    """
    try:
        content = ModelCard((folder / "README.md").read_text(encoding="utf-8"), ignore_metadata_errors=True).content
    except (OSError, ValueError):
        return ""
    body = re.sub(r"\A---\n.*?\n---\n", "", content, flags=re.DOTALL).strip()
    # HTML is shown as text, and our own cards fold their tables.
    body = re.sub(r"^(?:</?details>|<summary>[^<]*</summary>)$", "", body, flags=re.MULTILINE)
    # Streamlit's own Markdown also draws diagrams and formulas, which have ways of their own to load pictures.
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable(["table", "strikethrough"])
    return f'<div class="card">{parser.render(body)}</div>' if body else ""


class _Renderer(RendererHTML):
    def link_open(
        self, tokens: Sequence[Token], place: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        env.setdefault("addresses", []).append(str(tokens[place].attrs.get("href", "")))
        return ""

    def link_close(
        self, tokens: Sequence[Token], place: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        address = env["addresses"].pop()
        shown = tokens[place - 1].content
        return "" if shown == address else f" ({html.escape(address)})"

    def image(self, tokens: Sequence[Token], place: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        described = self.renderInlineAsText(tokens[place].children, options, env)
        return f"[Picture: {html.escape(described)}]" if described else "[Picture]"
