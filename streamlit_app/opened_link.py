"""A visitor opens a shared link: its review fills the fields, and its adapter is asked about."""

import streamlit as st

from hf_sentiment.errors import SentimentError
from hf_sentiment.streamlit_app.limits import NONE
from hf_sentiment.streamlit_app.loaded import Choice, chosen, load_choice, options
from hf_sentiment.streamlit_app.plain import plain
from hf_sentiment.streamlit_app.share import read_link

KEY = "adapter of the link"


def open_link() -> None:
    """Read the address once; without its query, reloading the page does not bring the review back."""
    if not (query := st.query_params.to_dict()):
        return
    st.query_params.clear()
    shared = read_link(query)
    if shared.title or shared.text:
        st.session_state.update(title=shared.title, text=shared.text)
    if shared.choice:
        st.session_state[KEY] = shared.choice


def ask_about_adapter() -> None:
    """Offer the link's adapter; it is not loaded unasked, because a link can come from anybody."""
    wanted: Choice | None = st.session_state.get(KEY)
    if wanted is None:
        return
    if wanted == chosen():
        del st.session_state[KEY]
        return
    st.info(plain(f"The link is about {wanted.name}. The answers on this page are by {chosen().name}."))
    with st.container(horizontal=True):
        may = options().limits.choose != NONE
        use = may and st.button("Use the link's adapter", icon=":material/swap_horiz:")
        st.button("Ignore it", on_click=_ignore)
    if use:
        try:
            load_choice(wanted)
        except SentimentError as error:
            st.error(plain(error), icon=":material/error:")
        else:
            st.session_state["choice"] = wanted
            _ignore()
            st.rerun()


def _ignore() -> None:
    st.session_state.pop(KEY, None)
