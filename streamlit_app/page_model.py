"""The page about the adapter: its facts and numbers, choosing another one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from hf_sentiment.errors import SentimentError
from hf_sentiment.metrics.cues import MIN_ROWS
from hf_sentiment.reports import tables, wording
from hf_sentiment.reports.names import percent_range
from hf_sentiment.reports.tables import Table
from hf_sentiment.streamlit_app import report as reports
from hf_sentiment.streamlit_app.card import card_html
from hf_sentiment.streamlit_app.html_table import html_table
from hf_sentiment.streamlit_app.limits import NONE
from hf_sentiment.streamlit_app.loaded import Choice, adapter_kinds, chosen, classifier, load_choice, options
from hf_sentiment.streamlit_app.plain import plain


def show() -> None:
    """Draw the page."""
    st.title("The model", anchor=False)
    st.text(f"You are looking at {chosen().name}.")
    if options().limits.choose == NONE:
        _about()
        return
    about, another = st.tabs(["About it", "Choose another"])
    with another:
        _choose()
    # Last, because the page ends here if the adapter cannot be loaded, and another one must remain selectable.
    with about:
        _about()


def _about() -> None:
    classify = classifier()
    folder = classify.adapter.folder
    report = reports.read_report(folder)
    if report is None:
        st.info("This adapter has no report: it was not evaluated with hf-sentiment evaluate.")
    else:
        _guarded(_headlines, report)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Facts", anchor=False)
        _table(Table(["fact", "value"], [[*row] for row in reports.facts(classify).items()]), "Facts")
    if report is not None:
        with right:
            st.subheader("Labels", anchor=False)
            _guarded(_labels, report)
        _guarded(_baselines, report)
        _guarded(_slices, report)
        _guarded(_abstention, report)
        _guarded(_other_datasets, reports.read_other_datasets(folder))
    if drawn := reports.pictures(folder):
        st.subheader("Pictures", anchor=False)
        for place, picture in zip(_columns_for(drawn), drawn, strict=True):
            name = reports.caption(picture)
            place.image(str(picture), caption=plain(name), alt=name, width="stretch")
    if card := card_html(folder):
        with st.expander("The whole model card", icon=":material/description:"):
            st.html(card)


def _table(table: Table, name: str) -> None:
    st.html(html_table(table, name))


def _columns_for(drawn: list[Path]) -> list[Any]:
    """A place for each picture, two in a row."""
    places: list[Any] = []
    for _ in range(0, len(drawn), 2):
        places += st.columns(2, gap="large")
    return places[: len(drawn)]


def _guarded(draw: Callable[[Any], None], report: Any) -> None:
    """Draw a part of the report; reports written by other programs may lack what it needs."""
    try:
        draw(report)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        st.info("A part of this adapter's report is not in the format of hf-sentiment and is omitted.")


def _headlines(report: dict[str, Any]) -> None:
    with st.container(horizontal=True):
        for name, value, interval in reports.headlines(report):
            st.metric(name, value, help=f"95 % interval: {interval}" if interval else None, width="content")
    if interval := report.get("accuracy_interval"):
        st.caption(
            f"On {report['rows']:,} {plain(report['split'])} reviews of {plain(report['dataset'])}, which were not "
            f"used for training or any choice; 95 % interval of the accuracy: {percent_range(interval)}."
        )
    if lines := wording.shortfalls(report):
        st.warning(plain(" ".join(lines)), icon=":material/warning:")


def _labels(report: dict[str, Any]) -> None:
    _table(tables.label_table(report), "Precision, recall and F1 of each label")
    for line in wording.about_calibration(report):
        st.caption(plain(line))


def _baselines(report: dict[str, Any]) -> None:
    st.subheader("Compared with", anchor=False)
    _table(tables.comparison_table(report), "This adapter and its baselines")
    for line in wording.about_start(report):
        st.caption(plain(line))


def _slices(report: dict[str, Any]) -> None:
    slices = reports.slices(report)
    if slices.rows:
        st.subheader("Accuracy by kind of review", anchor=False)
        _table(slices, "Accuracy by kind of review, most frequent first")
        st.caption(
            f"Kinds with {MIN_ROWS:d} reviews or more, the most frequent first. Significant: Fisher's exact "
            "test against the other reviews, with Holm's correction, p < 0.05."
        )


def _abstention(report: dict[str, Any]) -> None:
    undecided = tables.abstention_table(report)
    if undecided.rows:
        st.subheader("Leaving uncertain reviews undecided", anchor=False)
        _table(undecided, "Undecided reviews and errors for each target error")
    for line in (*wording.missed_targets(report), *wording.missing_targets(report)):
        st.caption(plain(line))


def _other_datasets(entries: list[dict[str, Any]]) -> None:
    if entries:
        st.subheader("Other datasets", anchor=False)
        _table(tables.other_datasets_table(entries), "Accuracy on other datasets")


def _choose() -> None:
    with st.form("adapter", border=False):
        name = st.text_input(f"Adapter: {adapter_kinds()}", placeholder="user/adapter", key="adapter")
        revision = st.text_input("Revision, if not the latest", placeholder="v1", key="revision")
        asked = st.form_submit_button("Use this adapter", type="primary")
    if asked and name.strip():
        try:
            load_choice(choice := Choice(name.strip(), revision.strip() or None))
        except SentimentError as error:
            st.error(plain(error), icon=":material/error:")
        else:
            st.session_state["choice"] = choice
            st.rerun()
    if chosen() != options().first and st.button(f"Back to {plain(options().first.name)}"):
        del st.session_state["choice"]
        st.rerun()
    st.caption(
        f"Up to {options().limits.max_size:,} MB, with the base. Only safetensors weights are read, and no code from "
        "the repository is run. Your choice affects only you."
    )
