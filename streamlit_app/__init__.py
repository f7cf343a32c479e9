"""The Streamlit app, which the wheel includes as hf_sentiment.streamlit_app."""
