"""Long work on a page: a progress bar, the time left, and a button that stops it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hf_sentiment.errors import SentimentError
from hf_sentiment.streamlit_app.plain import plain

# Seconds between two updates of the progress bar: each is a message to the browser.
UPDATE_EVERY = 0.25


@contextmanager
def running(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show that work is being done; its SentimentErrors are shown on the page.

    Args:
        what: the work, such as "Classifying 20 reviews".
        total: number of reviews in all.

    Yields:
        A function that takes the number of reviews done so far.
    """
    with st.status(plain(what), expanded=True) as status:
        bar = st.progress(0.0, "Starting")
        # In Streamlit, any click ends the current run, so this button needs no code behind it.
        stop = st.empty()
        stop.button("Stop", icon=":material/stop:")
        try:
            yield _follow(bar, total)
        except SentimentError as error:
            stop.empty()
            status.update(state="error")
            st.error(plain(error), icon=":material/error:")
            return
        stop.empty()
        bar.empty()
        status.update(label="Done", state="complete", expanded=False)


def _follow(bar: DeltaGenerator, total: int) -> Callable[[int], None]:
    """A function that takes the number of reviews done and updates the bar now and then."""
    started = drawn = time.monotonic()

    def progress(done: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        if done and now - drawn > UPDATE_EVERY:
            drawn = now
            left = (now - started) / done * (total - done)
            about = f"about {left / 60:.0f} minutes left" if left > 90 else f"about {left:.0f} seconds left"
            bar.progress(min(done / total, 1.0), f"{done:,} of {total:,}, {about}")

    return progress
