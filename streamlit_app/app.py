"""The app: `hf-sentiment app`, or `streamlit run streamlit_app/app.py -- --adapter user/adapter`."""

from pathlib import Path

import streamlit as st

from hf_sentiment.streamlit_app import page_many, page_model, page_review

HERE = Path(__file__).parent

# One of Streamlit's own icons would be fetched from the Internet.
st.set_page_config(page_title="hf_sentiment", page_icon=(HERE / "icon.svg").read_text(encoding="utf-8"), layout="wide")
st.html(HERE / "style.css")
pages = [
    st.Page(page_review.show, title="One review", icon=":material/rate_review:", url_path="review", default=True),
    st.Page(page_many.show, title="Many", icon=":material/table_rows:", url_path="many"),
    st.Page(page_model.show, title="The model", icon=":material/monitoring:", url_path="model"),
]
# Streamlit's own navigation hides behind a button on a phone.
page = st.navigation(pages, position="hidden")
with st.container(horizontal=True, key="pages"):
    for each in pages:
        st.page_link(each, width="content")
page.run()
