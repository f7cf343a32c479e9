"""Mark the words of a review that count for or against its label."""

import html

import streamlit as st

from hf_sentiment import SentimentPipeline
from hf_sentiment.streamlit_app.answers import Answer, explain

# Too many marks say nothing: leave the weaker words unmarked, and mark at most a third.
LEAST_SHARE = 0.2
MOST_MARKED = 1 / 3


def show_words(classify: SentimentPipeline, title: str, text: str, answer: Answer) -> None:
    """Draw the review of an answer with its words marked, if the pipeline can explain it."""
    # Any other click on the page draws the same review again.
    asked = (classify.adapter.digest, title, text)
    if st.session_state.get("explained", (None,))[0] != asked:
        with st.spinner("Finding the words behind the label ..."):
            st.session_state["explained"] = asked, explain(classify, title, text)
    explanation = st.session_state["explained"][1]
    if explanation and explanation["words"]:
        st.html(highlighted(explanation, next(iter(answer.scores))))


def highlighted(explanation: dict, label: str) -> str:
    """A review as HTML with its words marked; the review itself is escaped.

    Args:
        explanation: {"text", "words": [{"start", "end", "weight"}]}; a positive weight counts for the label.
        label: the label that it explains.
    """
    text, name = explanation["text"], html.escape(label)
    strongest = max((abs(word["weight"]) for word in explanation["words"]), default=0.0)
    parts, end = [], 0
    for word in _strong(explanation["words"], strongest):
        way = "for" if word["weight"] > 0 else "against"
        strength = f"--strength: {abs(word['weight']) / strongest:.0%}"
        parts.append(html.escape(text[end : word["start"]]))
        parts.append(
            f'<mark class="{way}" style="{strength}" title="counts {way} {name}">'
            f"{html.escape(text[word['start'] : word['end']])}</mark>"
        )
        end = word["end"]
    parts.append(html.escape(text[end:]))
    return (
        f'<p class="words" tabindex="0">{"".join(parts)}</p>'
        '<p class="legend"><mark class="for" style="--strength: 100%">solid line</mark> counts for '
        f'{name}, <mark class="against" style="--strength: 100%">dotted line</mark> against it</p>'
    )


def _strong(words: list[dict], strongest: float) -> list[dict]:
    """The words to mark, in the order of the text."""
    most = max(round(MOST_MARKED * len(words)), 1)
    by_weight = sorted(words, key=lambda word: -abs(word["weight"]))[:most]
    strong = [word for word in by_weight if strongest and abs(word["weight"]) >= LEAST_SHARE * strongest]
    return sorted(strong, key=lambda word: word["start"])
