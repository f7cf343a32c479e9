"""The page that classifies many reviews: pasted lines or a file in, a table and a CSV file out."""

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from hf_sentiment.streamlit_app import charts
from hf_sentiment.streamlit_app.loaded import chosen, classifier
from hf_sentiment.streamlit_app.palette import fill, sign
from hf_sentiment.streamlit_app.plain import plain
from hf_sentiment.streamlit_app.running import running
from hf_sentiment.streamlit_app.score_columns import in_percent, score_bars
from hf_sentiment.streamlit_app.scoring import Scored, score_upload
from hf_sentiment.streamlit_app.upload_form import ask_for_reviews, reviews

# Labels with a column of bars each; with more labels, a table would be wider than any window.
MOST_BARS = 5


def show() -> None:
    """Draw the page."""
    st.title("Many reviews at once", anchor=False)
    classify = classifier()
    if asked := ask_for_reviews("Classify"):
        st.session_state.pop("scored", None)
        count = asked.upload.rows
        with running(f"Classifying {reviews(count)}", count) as progress:
            st.session_state["scored"] = score_upload(classify, chosen().name, *asked, progress)
    if "scored" in st.session_state:
        _show_scored(st.session_state["scored"])


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
    own = [column for column in frame.columns if column not in scored.added]
    labels, least, words = st.columns([2, 1, 1], gap="medium", vertical_alignment="bottom")
    wanted = labels.pills(
        "Labels shown", scored.labels, selection_mode="multi", default=scored.labels, key="labels", format_func=plain
    )
    low, high = least.slider("Scores shown", 0.0, 1.0, (0.0, 1.0), 0.01, key="scores")
    word = words.text_input("Containing", key="containing", placeholder="a word")
    kept = frame["label"].isin(wanted) & frame["score"].between(low, high)
    if word:
        kept &= frame[own].apply(lambda cells: cells.str.contains(word, case=False, regex=False)).any(axis=1)
    shown = frame[kept]
    st.caption(f"{len(shown):,} of {len(frame):,} reviews")
    bars = _bars(scored.labels)
    st.dataframe(
        in_percent(shown, list(bars)),
        hide_index=True,
        lazy=True,
        column_order=["label", *bars, *own],
        column_config=bars,
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


def _bars(labels: list[str]) -> dict[str, ColumnConfig]:
    """The columns of scores, by name: one for each label, in its colour, or that of the winning label."""
    if len(labels) > MOST_BARS:
        return {"score": score_bars("score")}
    return {f"score_{label}": score_bars(f"{sign(label)} {label}", fill(label)) for label in labels}
