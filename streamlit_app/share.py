"""A link to the review page that holds the adapter and, if the visitor wants it, the review."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from hf_sentiment.streamlit_app.loaded import Choice

# Characters of a link: chats and mail programs cut longer ones, and servers refuse those of some ten thousand.
MOST_IN_LINK = 8000
# Characters of each part of a link that is opened, whoever wrote it.
MOST_NAME, MOST_TITLE, MOST_TEXT = 300, 300, 20_000


class Shared(NamedTuple):
    """What a link holds; `choice` is None if it names no adapter."""

    choice: Choice | None
    title: str
    text: str


def share_link(page: str, choice: Choice, title: str = "", text: str = "") -> str | None:
    """The link, or None if it would be longer than MOST_IN_LINK.

    Args:
        page: address of the page; its own query is replaced.
        choice: the adapter.
        title: of the review; empty to leave it out.
        text: of the review; empty to leave it out.
    """
    given = {"adapter": choice.adapter, "revision": choice.revision, "title": title, "text": text}
    # A text field gives Unicode that may hold half a character, which no link can.
    query = urlencode({name: value for name, value in given.items() if value}, errors="replace")
    scheme, place, path, _, _ = urlsplit(page)
    link = urlunsplit((scheme, place, path or "/", query, ""))
    return link if len(link) <= MOST_IN_LINK else None


def read_link(query: Mapping[str, str]) -> Shared:
    """What a link holds, each part cut to its length; a link may come from anybody, so nothing of it is trusted.

    Args:
        query: the names and decoded values of the link's query.
    """
    adapter, revision = (query.get(name, "").strip()[:MOST_NAME] for name in ("adapter", "revision"))
    choice = Choice(adapter, revision or None) if adapter else None
    return Shared(choice, query.get("title", "")[:MOST_TITLE], query.get("text", "")[:MOST_TEXT])
