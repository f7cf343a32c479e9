"""The page that classifies many reviews: pasted lines or a file in, a table and a CSV file out."""

import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hf_sentiment import SentimentPipeline
from hf_sentiment.errors import SentimentError
from hf_sentiment.reviews.row_files.compression import unpacked
from hf_sentiment.reviews.row_files.formats import READABLE
from hf_sentiment.reviews.row_files.open_rows import WITH_HEADER
from hf_sentiment.streamlit_app import charts
from hf_sentiment.streamlit_app.loaded import chosen, classifier
from hf_sentiment.streamlit_app.plain import plain
from hf_sentiment.streamlit_app.scoring import (
    MOST_ROWS,
    SUFFIXES,
    Scored,
    Upload,
    lines_as_file,
    look_into,
    score_upload,
)

PASTE, FILE = "Paste lines", "Upload a file"
# Characters in the text field: a browser is slow with more. A file may be of any length.
MOST_LETTERS = 200_000
NO_TITLE = "(none)"
# Seconds between two updates of the progress bar: each is a message to the browser.
UPDATE_EVERY = 0.25


def show() -> None:
    """Draw the page."""
    st.title("Many reviews at once", anchor=False)
    classify = classifier()
    upload = _read()
    if upload is not None:
        text, title = _pick_columns(upload)
        if st.button(f"Classify {upload.rows:,} reviews", type="primary", icon=":material/play_arrow:"):
            st.session_state.pop("scored", None)
            _score(classify, upload, text, title)
    if "scored" in st.session_state:
        _show_scored(st.session_state["scored"])


def _read() -> Upload | None:
    """The pasted or uploaded reviews; None if there are none yet, or if they cannot be read."""
    way = st.segmented_control(
        "Where the reviews come from", [PASTE, FILE], default=PASTE, key="way", persist_state="session", required=True
    )
    if way == PASTE:
        lines = st.text_area(
            "One review per line", key="lines", height=200, max_chars=MOST_LETTERS, persist_state="session"
        )
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


def _score(classify: SentimentPipeline, upload: Upload, text: str, title: str | None) -> None:
    with st.status(f"Classifying {upload.rows:,} reviews", expanded=True) as status:
        bar = st.progress(0.0, "Starting")
        # In Streamlit, any click ends the current run, so this button needs no code behind it.
        stop = st.empty()
        stop.button("Stop", icon=":material/stop:")
        try:
            st.session_state["scored"] = score_upload(
                classify, chosen().name, upload, text, title, _follow(bar, upload.rows)
            )
        except SentimentError as error:
            status.update(state="error")
            st.error(plain(error), icon=":material/error:")
            return
        stop.empty()
        bar.empty()
        status.update(label=f"{upload.rows:,} reviews read", state="complete", expanded=False)


def _follow(bar: DeltaGenerator, total: int) -> Callable[[int], None]:
    """A function that takes the number of rows done and updates the bar now and then."""
    started = drawn = time.monotonic()

    def progress(rows: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        if rows and now - drawn > UPDATE_EVERY:
            drawn = now
            left = (now - started) / rows * (total - rows)
            about = f"about {left / 60:.0f} minutes left" if left > 90 else f"about {left:.0f} seconds left"
            bar.progress(min(rows / total, 1.0), f"{rows:,} of {total:,}, {about}")

    return progress


def _show_scored(scored: Scored) -> None:
    st.subheader("Results", anchor=False)
    st.caption(plain(f"{scored.name}, scored by {scored.adapter}"))
    left, right = st.columns(2, gap="medium")
    left.markdown("**Labels**")
    left.html(charts.label_bars(scored.frame, scored.labels))
    right.markdown("**How confident the answers are**")
    right.altair_chart(charts.histogram(scored.frame, scored.labels))
    if band := scored.band:
        count = int((scored.frame["score"] < band.threshold).sum())
        st.caption(
            f"Undecided: {count:,} of {len(scored.frame):,} answers have a score below {band.threshold:.3g}. "
            f"With 95 % confidence, at most {100 * band.target_error:g} % of the other answers are wrong, if these "
            "reviews are like those that the threshold was chosen on."
        )
    _show_table(scored)
    if len(scored.bad):
        with st.expander(f"Rows that could not be classified: {len(scored.bad):,}", True, icon=":material/warning:"):
            st.dataframe(scored.bad, hide_index=True, lazy=True, alt="Rows that could not be classified, with reasons")


def _show_table(scored: Scored) -> None:
    frame = scored.frame
    labels, least, words = st.columns([2, 1, 1], gap="medium", vertical_alignment="bottom")
    wanted = labels.pills(
        "Labels shown", scored.labels, selection_mode="multi", default=scored.labels, key="labels", format_func=plain
    )
    low, high = least.slider("Scores shown", 0.0, 1.0, (0.0, 1.0), 0.01, key="scores")
    word = words.text_input("Containing", key="containing", placeholder="a word")
    kept = frame["label"].isin(wanted) & frame["score"].between(low, high)
    if word:
        texts = [column for column in frame.columns if not column.startswith(("label", "score"))]
        kept &= frame[texts].apply(lambda cells: cells.str.contains(word, case=False, regex=False)).any(axis=1)
    shown = frame[kept]
    st.caption(f"{len(shown):,} of {len(frame):,} reviews")
    first = ["label", "score"]
    scores = st.column_config.ProgressColumn("score", format="percent", min_value=0, max_value=1)
    st.dataframe(
        shown,
        hide_index=True,
        lazy=True,
        column_order=[*first, *(column for column in frame.columns if column not in first)],
        column_config={"score": scores} | {f"score_{label}": None for label in scored.labels},
        alt="The reviews with their labels and scores",
    )
    st.download_button(
        f"Download all {len(frame):,} as CSV",
        scored.csv,
        file_name="scored.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
