"""The page about the adapter: its facts and numbers, choosing another one, comparing two."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from hf_sentiment.errors import SentimentError
from hf_sentiment.reports import wording
from hf_sentiment.reports.names import percent_range
from hf_sentiment.streamlit_app import report as reports
from hf_sentiment.streamlit_app.answers import ask
from hf_sentiment.streamlit_app.card import card_html
from hf_sentiment.streamlit_app.examples import EXAMPLES
from hf_sentiment.streamlit_app.limits import HUB, NONE
from hf_sentiment.streamlit_app.loaded import Choice, chosen, classifier, load_choice, options
from hf_sentiment.streamlit_app.plain import plain
from hf_sentiment.streamlit_app.verdict import verdict


def show() -> None:
    """Draw the page."""
    st.title("The model", anchor=False)
    st.text(f"You are looking at {chosen().name}.")
    if options().limits.choose == NONE:
        _about()
        return
    about, another, compare = st.tabs(["About it", "Choose another", "Compare two"])
    with another:
        _choose()
    with compare:
        _compare()
    # Last, because the page ends here if the adapter cannot be loaded, and another one must remain selectable.
    with about:
        _about()


def _about() -> None:
    classify = classifier()
    folder = classify.adapter.folder
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Facts", anchor=False)
        st.table({name: plain(value) for name, value in reports.facts(classify).items()}, border="horizontal")
    with right:
        st.subheader("Numbers", anchor=False)
        report = reports.read_report(folder)
        if report is None:
            st.info("This adapter has no report: it was not evaluated with hf-sentiment evaluate.")
        else:
            _guarded(_numbers, report)
    if report is not None:
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


def _table(frame: pd.DataFrame) -> None:
    st.table(frame.map(plain).rename(columns=plain), border="horizontal", hide_index=True)


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


def _numbers(report: dict[str, Any]) -> None:
    with st.container(horizontal=True):
        for name, value, interval in reports.headlines(report):
            st.metric(name, value, help=f"95 % interval: {interval}" if interval else None, width="content")
    if interval := report.get("accuracy_interval"):
        st.caption(
            f"On {report['rows']:,} {plain(report['split'])} reviews of {plain(report['dataset'])}, which were not "
            f"used for training or any choice; 95 % interval of the accuracy: {percent_range(interval)}."
        )
    _table(reports.baselines(report))
    if lines := wording.shortfalls(report):
        st.warning(plain(" ".join(lines)), icon=":material/warning:")
    for line in wording.about_start(report):
        st.caption(plain(line))
    _table(reports.per_label(report))
    if text := reports.calibration(report):
        st.caption(text)


def _slices(report: dict[str, Any]) -> None:
    slices = reports.slices(report)
    if len(slices):
        st.subheader("Accuracy by kind of review", anchor=False)
        st.dataframe(slices, hide_index=True, alt="Accuracy by kind of review, lowest first")


def _abstention(report: dict[str, Any]) -> None:
    undecided = reports.abstention(report)
    if len(undecided):
        st.subheader("Leaving uncertain reviews undecided", anchor=False)
        _table(undecided)
    for line in (*wording.missed_targets(report), *wording.missing_targets(report)):
        st.caption(plain(line))


def _other_datasets(entries: list[dict[str, Any]]) -> None:
    if entries:
        st.subheader("Other datasets", anchor=False)
        _table(reports.other_datasets(entries))


def _choose() -> None:
    with st.form("adapter", border=False):
        name = st.text_input(f"Adapter: {_what()}", placeholder="user/adapter", key="adapter")
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


def _what() -> str:
    """What a visitor may choose."""
    return "a Hub id" if options().limits.choose == HUB else "a Hub id or a folder"


def _compare() -> None:
    with st.form("compare", border=False):
        other = st.text_input(f"Compare it with: {_what()}", placeholder="user/adapter", key="other")
        text = st.text_area("The same review for both", EXAMPLES["Just okay"][1], key="compared", max_chars=20_000)
        asked = st.form_submit_button("Compare", type="primary")
    if not asked or not other.strip():
        return
    both = {"This adapter": chosen(), "The other adapter": Choice(other.strip())}
    for place, (name, choice) in zip(st.columns(2, gap="medium"), both.items(), strict=True):
        with place:
            st.markdown(f"**{name}**")
            st.code(choice.name, language=None, wrap_lines=True)
            try:
                classify = load_choice(choice)
                answer = ask(classify, "", text)
            except SentimentError as error:
                st.error(plain(error), icon=":material/error:")
                continue
            st.html(verdict(answer, classify.sentiment_config.labels))
