"""The reviews that a visitor has classified during this visit: in the session's memory, and nowhere else."""

from typing import NamedTuple

import streamlit as st

from hf_sentiment.streamlit_app.answers import Answer
from hf_sentiment.streamlit_app.palette import SIGNS, percent, sign
from hf_sentiment.streamlit_app.plain import plain

KEY = "history"
# A session holds the text of each.
MOST_KEPT = 20
# Characters of a review that its line shows.
MOST_SHOWN = 70


class Entry(NamedTuple):
    """A review and its answer in words."""

    adapter: str
    title: str
    text: str
    answer: str


def remember(adapter: str, title: str, text: str, answer: Answer) -> None:
    """Put a review first; one that is there already moves up."""
    entry = Entry(adapter, title, text, _in_words(answer))
    others = [each for each in entries() if each[:3] != entry[:3]]
    st.session_state[KEY] = [entry, *others][:MOST_KEPT]


def entries() -> list[Entry]:
    """The reviews of this visit, the latest first."""
    return st.session_state.get(KEY, [])


def forget() -> None:
    """Clear the history."""
    st.session_state.pop(KEY, None)


def line(entry: Entry) -> str:
    """An entry on one line."""
    words = " ".join(f"{entry.title} {entry.text}".split())
    return f"{entry.answer}: {words[: MOST_SHOWN - 1] + '…' if len(words) > MOST_SHOWN else words}"


def show_history() -> None:
    """Draw the history; a click on a review brings it back."""
    if not (found := entries()):
        return
    with st.expander(f"This visit: {len(found):,}", icon=":material/history:"):
        with st.container(key="history", gap="xsmall"):
            for index, entry in enumerate(found):
                st.button(plain(line(entry)), key=f"history-{index}", on_click=_recall, args=(entry,), width="stretch")
        st.caption(
            f"The last {MOST_KEPT:d} reviews. They are gone when this page is closed, and nobody else sees them."
        )
        st.button("Clear the history", on_click=forget, icon=":material/delete:")


def _recall(entry: Entry) -> None:
    st.session_state.update(title=entry.title, text=entry.text)


def _in_words(answer: Answer) -> str:
    best, score = next(iter(answer.scores.items()))
    if answer.undecided:
        return f"{SIGNS['undecided']} Undecided"
    return f"{sign(best)} {best} {percent(score)}"
