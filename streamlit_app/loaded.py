"""The adapters in memory, and the one that each visitor uses."""

import argparse
import gc
import logging
import threading
from typing import NamedTuple

import streamlit as st

import hf_sentiment
from hf_sentiment.adapter.folder import DEFAULT
from hf_sentiment.errors import SentimentError
from hf_sentiment.streamlit_app.limits import (
    ALL,
    CHOOSE,
    HUB,
    MAX_SIZE,
    Limits,
    RefusedError,
    check_choice,
    default_choose,
)
from hf_sentiment.streamlit_app.plain import plain

# All visitors share them. Each has its own copy of its base: 90 MB for MiniLM, 500 MB for a BERT-base.
MOST_LOADED = 4


class Choice(NamedTuple):
    """An adapter ("default", "accurate", a folder or a Hub id) and its revision."""

    adapter: str = DEFAULT
    revision: str | None = None

    @property
    def name(self) -> str:
        """The name that pages show."""
        name = "the shipped adapter" if self.adapter == DEFAULT else self.adapter
        return f"{name} at {self.revision}" if self.revision else name


class Options(NamedTuple):
    """What the app was started with: the adapter shown first, one that detects sarcasm, what visitors may choose."""

    first: Choice
    sarcasm: Choice | None
    limits: Limits


def options() -> Options:
    """The options after `--` in `streamlit run app.py -- ...`."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--adapter", default=DEFAULT)
    parser.add_argument("--revision")
    parser.add_argument("--sarcasm")
    parser.add_argument("--choose", choices=CHOOSE)
    parser.add_argument("--max-size", type=int, default=MAX_SIZE)
    given, _ = parser.parse_known_args()
    limits = Limits(given.choose or default_choose(st.get_option("server.address")), given.max_size)
    return Options(Choice(given.adapter, given.revision), Choice(given.sarcasm) if given.sarcasm else None, limits)


# An evicted pipeline has references to itself, and would wait for Python's collector, which comes when a dozen more
# have been loaded.
_evicted = threading.Event()


@st.cache_resource(
    max_entries=MOST_LOADED,
    show_spinner="Loading the adapter: a few seconds, the first time …",
    on_release=lambda _: _evicted.set(),
)
def load_classifier(adapter: str, revision: str | None, limits: Limits | None = None) -> hf_sentiment.SentimentPipeline:
    """The pipeline of an adapter, one for all visitors.

    Args:
        adapter: "default", "accurate", a folder or a Hub id.
        revision: of the adapter on the Hub.
        limits: what visitors may choose; None for an adapter that the app was started with.

    Raises:
        SentimentError: see `hf_sentiment.load`.
        RefusedError: the limits do not allow it.
    """
    if limits is not None:
        check_choice(adapter, revision, limits)
    classify = hf_sentiment.load(adapter, revision=revision)
    # The first call in a process takes longer than others: make it here, so that no visitor waits for it.
    classify("The first review.")
    return classify


def load_choice(choice: Choice) -> hf_sentiment.SentimentPipeline:
    """The pipeline of an adapter that a visitor chose, or that the app was started with.

    Raises:
        SentimentError: it cannot be loaded. Other machines' visitors see no reason that may name paths of the server.
        RefusedError: visitors may not choose it.
    """
    started = options()
    own = choice in (started.first, started.sarcasm)
    try:
        classify = load_classifier(*choice, None if own else started.limits)
    except RefusedError:
        raise
    except SentimentError as error:
        if started.limits.choose == ALL:
            raise
        logging.getLogger(__name__).warning("%r cannot be loaded: %s", choice.name, error)
        raise SentimentError(
            f"{choice.name} is not an adapter that this app can load; the server's log says why."
        ) from error
    if _evicted.is_set():
        _evicted.clear()
        gc.collect()
    return classify


def chosen() -> Choice:
    """The adapter that this visitor uses."""
    return st.session_state.get("choice") or options().first


def adapter_kinds() -> str:
    """What visitors may choose, in words."""
    return "a Hub id" if options().limits.choose == HUB else "a Hub id or a folder"


def classifier(choice: Choice | None = None) -> hf_sentiment.SentimentPipeline:
    """The pipeline of the visitor's adapter, or of another; if it cannot be loaded, the page says so and ends."""
    choice = choice or chosen()
    try:
        return load_choice(choice)
    except SentimentError as error:
        st.error(plain(f"{choice.name} cannot be used. {error}"), icon=":material/error:")
        st.stop()
