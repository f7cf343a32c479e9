"""The adapters in memory, and the one that each visitor uses."""

import argparse
from typing import NamedTuple

import streamlit as st

import hf_sentiment
from hf_sentiment.adapter.folder import DEFAULT
from hf_sentiment.errors import SentimentError

# All visitors share them. Each has its own copy of its base: 90 MB for MiniLM, 500 MB for a BERT-base.
MOST_LOADED = 4


class Choice(NamedTuple):
    """An adapter ("default", a folder or a Hub id) and its revision."""

    adapter: str = DEFAULT
    revision: str | None = None

    @property
    def name(self) -> str:
        """The name that pages show."""
        name = "the shipped adapter" if self.adapter == DEFAULT else self.adapter
        return f"{name} at {self.revision}" if self.revision else name


class Options(NamedTuple):
    """What the app was started with: the adapter shown first, and one that detects sarcasm."""

    first: Choice
    sarcasm: Choice | None


def options() -> Options:
    """The options after `--` in `streamlit run app.py -- ...`."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--adapter", default=DEFAULT)
    parser.add_argument("--revision")
    parser.add_argument("--sarcasm")
    given, _ = parser.parse_known_args()
    return Options(Choice(given.adapter, given.revision), Choice(given.sarcasm) if given.sarcasm else None)


@st.cache_resource(max_entries=MOST_LOADED, show_spinner="Loading the adapter: a few seconds, the first time …")
def load_classifier(adapter: str, revision: str | None) -> hf_sentiment.SentimentPipeline:
    """The pipeline of an adapter, one for all visitors.

    Raises:
        SentimentError: see `hf_sentiment.load`.
    """
    classify = hf_sentiment.load(adapter, revision=revision)
    # The first call in a process takes longer than others: make it here, so that no visitor waits for it.
    classify("The first review.")
    return classify


def chosen() -> Choice:
    """The adapter that this visitor uses."""
    return st.session_state.get("choice") or options().first


def classifier(choice: Choice | None = None) -> hf_sentiment.SentimentPipeline:
    """The pipeline of the visitor's adapter, or of another; if it cannot be loaded, the page says so and ends."""
    choice = choice or chosen()
    try:
        return load_classifier(*choice)
    except SentimentError as error:
        st.error(f"{choice.name} cannot be used. {error}", icon=":material/error:")
        st.stop()
