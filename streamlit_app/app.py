"""The app: `hf-sentiment app`, or `streamlit run streamlit_app/app.py -- --adapter user/adapter`."""

from pathlib import Path

import streamlit as st

from hf_sentiment.streamlit_app import page_compare, page_label, page_many, page_model, page_review
from hf_sentiment.streamlit_app.keyboard import show_keyboard
from hf_sentiment.streamlit_app.limits import NONE
from hf_sentiment.streamlit_app.loaded import options

HERE = Path(__file__).parent

# One of Streamlit's own icons would be fetched from the Internet.
st.set_page_config(page_title="hf_sentiment", page_icon=(HERE / "icon.svg").read_text(encoding="utf-8"), layout="wide")
st.html(HERE / "style.css")
pages = [
    st.Page(page_review.show, title="One review", icon=":material/rate_review:", url_path="review", default=True),
    st.Page(page_many.show, title="Many", icon=":material/table_rows:", url_path="many"),
    st.Page(page_label.show, title="Label", icon=":material/sell:", url_path="label"),
    st.Page(page_model.show, title="The model", icon=":material/monitoring:", url_path="model"),
]
# There is nothing to compare with where visitors may choose no other adapter.
if options().limits.choose != NONE:
    compare = st.Page(page_compare.show, title="Compare", icon=":material/compare_arrows:", url_path="compare")
    pages.insert(2, compare)
# Streamlit's own navigation hides behind a button on a phone.
page = st.navigation(pages, position="hidden")
with st.container(horizontal=True, vertical_alignment="center", key="pages"):
    for each in pages:
        st.page_link(each, width="content")
    show_keyboard()
page.run()
