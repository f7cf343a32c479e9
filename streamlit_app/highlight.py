"""The words of a review, those that pushed its label either way marked."""

import html

import streamlit as st

from hf_sentiment import SentimentPipeline
from hf_sentiment.streamlit_app.answers import Answer, explain

# A page full of marks says nothing: the weaker words, and more than a third of them, stay unmarked.
LEAST_SHARE = 0.2
MOST_MARKED = 1 / 3


def show_words(classify: SentimentPipeline, title: str, text: str, answer: Answer) -> None:
    """Draw the review of an answer with its words marked, where the pipeline can tell what they add."""
    # A click elsewhere on the page shows the same review again.
    asked = (id(classify), title, text)
    if st.session_state.get("explained", (None,))[0] != asked:
        with st.spinner("Looking for the words that made it ..."):
            st.session_state["explained"] = asked, explain(classify, title, text)
    explanation = st.session_state["explained"][1]
    if explanation and explanation["words"]:
        st.html(highlighted(explanation, next(iter(answer.scores))))


def highlighted(explanation: dict, label: str) -> str:
    """A review as HTML, whatever it holds shown as text.

    Args:
        explanation: {"text", "words": [{"start", "end", "weight"}]}; a weight above zero speaks for the label.
        label: the label it explains.
    """
    text, name = explanation["text"], html.escape(label)
    strongest = max((abs(word["weight"]) for word in explanation["words"]), default=0.0)
    parts, end = [], 0
    for word in _strong(explanation["words"], strongest):
        way = "for" if word["weight"] > 0 else "against"
        strength = f"--strength: {abs(word['weight']) / strongest:.0%}"
        parts.append(html.escape(text[end : word["start"]]))
        parts.append(
            f'<mark class="{way}" style="{strength}" title="speaks {way} {name}">'
            f"{html.escape(text[word['start'] : word['end']])}</mark>"
        )
        end = word["end"]
    parts.append(html.escape(text[end:]))
    return (
        f'<p class="words">{"".join(parts)}</p>'
        '<p class="legend"><mark class="for" style="--strength: 100%">solid line</mark> speaks for '
        f'{name}, <mark class="against" style="--strength: 100%">dotted line</mark> against it</p>'
    )


def _strong(words: list[dict], strongest: float) -> list[dict]:
    """The words worth a mark, in the order of the text."""
    most = max(round(MOST_MARKED * len(words)), 1)
    by_weight = sorted(words, key=lambda word: -abs(word["weight"]))[:most]
    strong = [word for word in by_weight if strongest and abs(word["weight"]) >= LEAST_SHARE * strongest]
    return sorted(strong, key=lambda word: word["start"])
