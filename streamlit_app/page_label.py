"""The page where a visitor labels the reviews that the adapter is undecided about, with one key for each label."""

import html

import streamlit as st

from hf_sentiment.streamlit_app.label_queue import (
    FILE_NAME,
    MOST_LABELS,
    SKIPPED,
    Queue,
    label_words,
    make_queue,
    read_labels,
)
from hf_sentiment.streamlit_app.loaded import chosen, classifier
from hf_sentiment.streamlit_app.palette import percent, sign, tone
from hf_sentiment.streamlit_app.plain import plain
from hf_sentiment.streamlit_app.running import running
from hf_sentiment.streamlit_app.upload_form import ask_for_reviews, reviews

KEY = "queue"
# A visitor labels some dozens in a sitting; the command line suggests up to 1,000.
MOST_SUGGESTED = 200
_UNDO, _SKIP = "U", "S"


def show() -> None:
    """Draw the page."""
    st.title("Label reviews", anchor=False)
    if KEY not in st.session_state:
        _start()
    if KEY in st.session_state:
        _label()


def _start() -> None:
    classify = classifier()
    st.caption(
        plain(
            f"Of your reviews without labels, those come first that {chosen().name} is undecided about and that are "
            "unlike each other: labelling these teaches an adapter more than labelling others."
        )
    )
    names, most = st.columns([3, 1], gap="medium")
    written = names.text_input(
        f"Labels, 2 to {MOST_LABELS:d}, separated by commas",
        label_words(classify.sentiment_config.labels),
        key="label-names",
        max_chars=600,
        placeholder="Good, Bad",
    )
    count = most.number_input("At most", 1, MOST_SUGGESTED, 50, key="label-count")
    if classify.sentiment_config.multi_label:
        st.caption("This adapter gives several labels to a review; here, each review gets one.")
    if not (asked := ask_for_reviews("Choose from")):
        return
    with running(f"Reading {reviews(asked.upload.rows)}", asked.upload.rows) as progress:
        st.session_state[KEY] = make_queue(classify, chosen().name, asked, read_labels(written), int(count), progress)
    if KEY in st.session_state:
        st.rerun()


@st.fragment
def _label() -> None:
    queue: Queue = st.session_state[KEY]
    place = len(queue.given)
    st.progress(place / len(queue.texts), f"{place:,} of {reviews(len(queue.texts))}")
    if queue.is_done:
        st.success("All of them are done: download the labels below.", icon=":material/check_circle:")
    else:
        _show_review(queue, place)
    with st.container(horizontal=True, key="label-moves"):
        if not queue.is_done:
            st.button(
                "Skip",
                key=f"skip-{place}",
                shortcut=_SKIP,
                on_click=_give,
                args=(place, SKIPPED),
                icon=":material/skip_next:",
            )
        st.button(
            "Undo",
            key=f"undo-{place}",
            shortcut=_UNDO,
            on_click=_undo,
            args=(place,),
            disabled=not place,
            icon=":material/undo:",
        )
    _show_result(queue)


def _show_review(queue: Queue, place: int) -> None:
    st.html(f'<section class="to-label" tabindex="0" aria-live="polite">{html.escape(queue.texts[place])}</section>')
    with st.container(horizontal=True, key="label-keys"):
        for number, label in enumerate(queue.labels, 1):
            name = f"{sign(label)} {label}"
            st.button(
                plain(name),
                key=f"label-{tone(label)}-{place}-{number}",
                shortcut=str(number),
                on_click=_give,
                args=(place, label),
            )
    if st.checkbox("Show the adapter's answer", key="label-hint", help="It may sway you, so it is hidden at first."):
        predicted, score = queue.frame.iloc[place][["predicted_label", "score"]]
        st.caption(plain(f"{queue.adapter} leans to {predicted}, {percent(float(score))}."))


def _show_result(queue: Queue) -> None:
    st.divider()
    for note in queue.notes:
        st.caption(plain(note))
    escaped = st.checkbox(
        "For a spreadsheet: an apostrophe before cells that it would run as formulas", key="label-escape"
    )
    with st.container(horizontal=True):
        st.download_button(
            f"Download {reviews(queue.labelled)} as CSV",
            queue.csv(escape_formulas=escaped),
            file_name=FILE_NAME,
            mime="text/csv",
            on_click="ignore",
            disabled=not queue.labelled,
            type="primary",
            icon=":material/download:",
        )
        if st.button("Start again with other reviews", icon=":material/restart_alt:"):
            del st.session_state[KEY]
            st.rerun()
    st.caption("The labels are in this page only until you download them. Then train on them:")
    st.code(queue.command(), language=None, wrap_lines=True)


def _give(place: int, label: str) -> None:
    given = st.session_state[KEY].given
    # A key that is pressed twice before the next review is shown belongs to the first one only.
    if len(given) == place:
        given.append(label)


def _undo(place: int) -> None:
    given = st.session_state[KEY].given
    if len(given) == place:
        given.pop()
