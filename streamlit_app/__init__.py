"""The Streamlit app, which travels in the wheel as hf_sentiment.streamlit_app."""
