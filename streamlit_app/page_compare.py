"""The page that compares two adapters on the same reviews."""

import streamlit as st

from hf_sentiment.errors import SentimentError
from hf_sentiment.streamlit_app.comparing import ADDED, Compared, compare
from hf_sentiment.streamlit_app.loaded import Choice, adapter_kinds, chosen, classifier, load_choice
from hf_sentiment.streamlit_app.palette import percent
from hf_sentiment.streamlit_app.plain import plain
from hf_sentiment.streamlit_app.running import running
from hf_sentiment.streamlit_app.score_columns import in_percent, score_bars
from hf_sentiment.streamlit_app.scoring import score_upload
from hf_sentiment.streamlit_app.upload_form import PickedReviews, ask_for_reviews, reviews

ALL, DIFFERENT = "All", "Only where they differ"


def show() -> None:
    """Draw the page."""
    st.title("Compare two adapters", anchor=False)
    classifier()
    st.text(f"The first adapter is {chosen().name}.")
    name, revision = st.columns([3, 1], gap="medium")
    second = name.text_input(
        f"Second adapter: {adapter_kinds()}", placeholder="user/adapter", key="second", persist_state="session"
    )
    version = revision.text_input("Its revision, if not the latest", key="second-revision", persist_state="session")
    if asked := ask_for_reviews("Compare on"):
        st.session_state.pop("compared", None)
        if second.strip():
            _compare(asked, Choice(second.strip(), version.strip() or None))
        else:
            st.info("Name a second adapter first.")
    if "compared" in st.session_state:
        _show_compared(st.session_state["compared"])


def _compare(asked: PickedReviews, other: Choice) -> None:
    try:
        both = [(choice, load_choice(choice)) for choice in (chosen(), other)]
    except SentimentError as error:
        st.error(plain(error), icon=":material/error:")
        return
    rows = asked.upload.rows
    with running(f"Comparing on {reviews(rows)}", 2 * rows) as progress:
        first, second = (
            score_upload(classify, choice.name, *asked, lambda done, before=place * rows: progress(before + done))
            for place, (choice, classify) in enumerate(both)
        )
        st.session_state["compared"] = compare(first, second)


def _show_compared(compared: Compared) -> None:
    frame = compared.frame
    st.subheader("Results", anchor=False)
    st.caption(plain(f"First: {compared.first}. Second: {compared.second}."))
    if not {label.casefold() for label in compared.labels[0]} & {label.casefold() for label in compared.labels[1]}:
        st.warning("The adapters have no label in common, so every answer differs.", icon=":material/warning:")
    with st.container(horizontal=True, gap="large"):
        st.metric("Different labels", f"{compared.differing:,} of {len(frame):,}", width="content")
        st.metric("Share", percent(compared.differing / len(frame)), width="content")
    wanted = st.segmented_control("Reviews shown", [ALL, DIFFERENT], default=ALL, key="differing", required=True)
    shown = frame[frame["differs"]] if wanted == DIFFERENT else frame
    scores = ["first_score", "second_score"]
    columns = {score: score_bars(score.replace("_", " ")) for score in scores}
    names = {f"{place}_label": f"{place} label" for place in ("first", "second")}
    st.dataframe(
        in_percent(shown, scores),
        hide_index=True,
        lazy=True,
        # On a phone, both labels are seen without scrolling.
        column_order=["differs", *names, *scores, *frame.columns.drop(ADDED), "row"],
        column_config={**columns, **names},
        alt="The reviews with the labels and scores of both adapters, disagreements first",
    )
    st.download_button(
        f"Download all {len(frame):,} as CSV",
        compared.csv,
        file_name="compared.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    with st.expander("Pairs of labels", icon=":material/grid_on:"):
        pairs = compared.pairs().rename(columns={"first_label": "first label", "second_label": "second label"})
        st.table(pairs.map(plain), border="horizontal", hide_index=True)
    if len(compared.bad):
        with st.expander(f"Rows that could not be classified: {len(compared.bad):,}", icon=":material/warning:"):
            st.dataframe(
                compared.bad, hide_index=True, lazy=True, alt="Rows that could not be classified, with reasons"
            )
