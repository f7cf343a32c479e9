"""The part of a page where a visitor pastes reviews or uploads a file, and says which columns hold them."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.compression import unpacked
from hf_sentiment.reviews.row_files.formats import READABLE
from hf_sentiment.reviews.row_files.open_rows import WITH_HEADER
from hf_sentiment.streamlit_app.examples import EXAMPLE_LINES
from hf_sentiment.streamlit_app.plain import plain
from hf_sentiment.streamlit_app.scoring import MOST_ROWS, SUFFIXES, Upload, lines_as_file, look_into

PASTE, FILE = "Paste lines", "Upload a file"
# Characters in the text field: a browser is slow with more. A file may be of any length.
MOST_LETTERS = 200_000
NO_TITLE = "(none)"


class PickedReviews(NamedTuple):
    """An upload and the columns that hold its reviews; `title` is None if there is none."""

    upload: Upload
    text: str
    title: str | None


def ask_for_reviews(verb: str) -> PickedReviews | None:
    """Draw the form and its button.

    The pages with this form share what is pasted: what was classified can be compared or labelled next.

    Args:
        verb: what the button does, such as "Classify".

    Returns:
        The reviews, if the button was just pressed and there are any.
    """
    upload = _read()
    text, title = _pick_columns(upload) if upload else ("", None)
    asked = st.button(
        f"{verb} {reviews(upload.rows)}" if upload else verb, key="go", type="primary", icon=":material/play_arrow:"
    )
    if asked and upload is None:
        st.info("There are no reviews yet: paste some, upload a file, or take the example.")
    return PickedReviews(upload, text, title) if asked and upload else None


def reviews(count: int) -> str:
    """A number of reviews in words: "1 review", "2,000 reviews"."""
    return f"{count:,} review{'' if count == 1 else 's'}"


def _read() -> Upload | None:
    """The pasted or uploaded reviews; None if there are none yet, or if they cannot be read."""
    way = st.segmented_control(
        "Where the reviews come from", [PASTE, FILE], default=PASTE, key="way", persist_state="session", required=True
    )
    if way == PASTE:
        lines = st.text_area(
            "One review per line", key="lines", height=200, max_chars=MOST_LETTERS, persist_state="session"
        )
        with st.container(horizontal=True):
            st.button("Take an example", on_click=_fill, args=(EXAMPLE_LINES,), icon=":material/lightbulb:")
            st.button("Clear", on_click=_fill, args=("",))
        name, data = lines_as_file(lines)
        key: object = hash(data)
        header = True
    else:
        file = st.file_uploader("CSV, TSV, Excel, JSON or Parquet", type=SUFFIXES)
        st.caption(
            f"Up to {MOST_ROWS:,} rows. The file stays in the server's memory while this page is open, and is on its "
            "disk only while it is read and scored."
        )
        name, data = (file.name, file.getvalue()) if file else ("", b"")
        header = not _may_lack_header(name) or st.checkbox("The first row has the names of the columns", True)
        key = (file.file_id, header) if file else None
    if not data:
        return None
    # Every click runs this again: read the upload only once.
    if st.session_state.get("upload", (None,))[0] != key:
        try:
            st.session_state["upload"] = key, look_into(name, data, header)
        except SentimentError as error:
            st.error(plain(error), icon=":material/error:")
            return None
    return st.session_state["upload"][1]


def _fill(lines: str) -> None:
    st.session_state["lines"] = lines


def _may_lack_header(name: str) -> bool:
    return READABLE.get(unpacked(Path(name)).suffix.lower()) in WITH_HEADER


def _pick_columns(upload: Upload) -> tuple[str, str | None]:
    for note in upload.notes:
        st.caption(plain(note))
    if upload.columns == ["text"]:
        return "text", None
    left, right = st.columns(2)
    # Where no column has a usual name, the first one is selected.
    text = left.selectbox("Text column", upload.columns, index=upload.columns.index(upload.text or upload.columns[0]))
    titles = [NO_TITLE, *(column for column in upload.columns if column != text)]
    usual = titles.index(upload.title) if upload.title in titles else 0
    title = right.selectbox("Title column", titles, index=usual)
    return text, None if title == NO_TITLE else title
