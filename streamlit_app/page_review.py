"""The page that classifies one review."""

import streamlit as st

from hf_sentiment import SentimentPipeline
from hf_sentiment.core.target_errors import TARGET_ERRORS, rows_needed
from hf_sentiment.errors import SentimentError
from hf_sentiment.streamlit_app.answers import Band, ask, measured_bands, usual_band
from hf_sentiment.streamlit_app.examples import EXAMPLES
from hf_sentiment.streamlit_app.highlight import show_words
from hf_sentiment.streamlit_app.history import remember, show_history
from hf_sentiment.streamlit_app.loaded import chosen, classifier, options
from hf_sentiment.streamlit_app.opened_link import ask_about_adapter, open_link
from hf_sentiment.streamlit_app.palette import percent
from hf_sentiment.streamlit_app.plain import plain
from hf_sentiment.streamlit_app.share import MOST_TEXT, MOST_TITLE, share_link
from hf_sentiment.streamlit_app.verdict import verdict


def show() -> None:
    """Draw the page."""
    st.title("Classify a review", anchor=False)
    open_link()
    ask_about_adapter()
    classify = classifier()
    with st.container(horizontal=True, gap="xsmall"):
        for index, (name, (head, body)) in enumerate(EXAMPLES.items()):
            st.button(name, key=f"example-{index}", on_click=_fill, args=(head, body))
    left, right = st.columns(2, gap="medium")
    with left:
        title = st.text_input("Title, if there is one", key="title", max_chars=MOST_TITLE, persist_state="session")
        text = st.text_area("Review", key="text", height=170, max_chars=MOST_TEXT, persist_state="session")
        with st.container(horizontal=True):
            # Leaving the field or pressing Ctrl+Enter also classifies, but phones have neither.
            st.button("Classify", type="primary", icon=":material/send:")
            st.button("Clear", on_click=_fill, args=("", ""))
    with right:
        if title.strip() or text.strip():
            _show_answer(classify, title, text)
        else:
            st.html('<p class="empty">Type a review, or pick an example: the answer appears here.</p>')
    # Last, because the answer of this run belongs to the history too.
    left, right = st.columns(2, gap="medium")
    with left:
        _share(title, text)
    with right:
        show_history()
    st.caption(f"Answers by {plain(chosen().name)}. What you type stays in this page: nothing is stored or logged.")


def _fill(title: str, text: str) -> None:
    st.session_state.update(title=title, text=text)


def _share(title: str, text: str) -> None:
    with st.expander("Share", icon=":material/share:"):
        written = bool(title.strip() or text.strip())
        whole = st.checkbox("With the review", key="share-text", disabled=not written)
        review = (title, text) if whole and written else ("", "")
        if link := share_link(st.context.url or "", chosen(), *review):
            st.code(link, language=None, wrap_lines=True)
        else:
            st.warning("This review is too long for a link: share it without the review.")
        st.caption(
            "The link opens this page with this adapter. A review in it can be read by everybody who gets the link, "
            "and by the servers that pass it on."
        )


def _show_answer(classify: SentimentPipeline, title: str, text: str) -> None:
    config = classify.sentiment_config
    answered = st.container()
    band = None if config.multi_label else _choose_band(measured_bands(config), len(config.labels))
    with answered:
        try:
            answer = ask(classify, title, text, band)
        except SentimentError as error:
            st.warning(plain(error))
            return
        remember(chosen().name, title, text, answer)
        st.html(verdict(answer, config.labels))
        _show_sarcasm(title, text)
        # The answer is already on the screen; the words take longer, some seconds for a long review.
        show_words(classify, title, text, answer)
        if answer.windows > 1:
            st.caption(
                f"This long review was read in {answer.windows:,} overlapping windows of {config.max_length:,} tokens; "
                "the answer is their mean."
            )
        if config.temperature == 1:
            st.caption("The score is not calibrated for this adapter.")
        else:
            st.caption(f"The score is calibrated on validation reviews (temperature {config.temperature:.2f}).")


def _choose_band(measured: list[Band], labels: int) -> Band | None:
    """Let the visitor choose which answers are undecided."""
    with st.expander("When is it undecided?", icon=":material/balance:"):
        if measured:
            names = {"Never": None} | {f"at most {100 * band.target_error:g} % wrong": band for band in measured}
            wish = st.pills(
                "Error rate of the other answers, with 95 % confidence on reviews like the validation reviews",
                list(names),
                default=next(name for name, band in names.items() if band == usual_band(measured)),
                key="target",
                persist_state="session",
                required=True,
            )
            return names[wish]
        # The winning score among this many labels is never lower.
        lowest = 100 // labels
        least = st.slider(
            "Undecided if no label reaches",
            lowest,
            99,
            lowest + 10,
            format="%d %%",
            key="least",
            persist_state="session",
            help="This is your own choice, because this adapter has no thresholds: one for an error rate of "
            f"{100 * max(TARGET_ERRORS):g} % takes at least {rows_needed(max(TARGET_ERRORS)):,} validation reviews "
            "when it is trained.",
        )
        return Band(least / 100)


def _show_sarcasm(title: str, text: str) -> None:
    if (sarcasm := options().sarcasm) is None:
        return
    answer = ask(classifier(sarcasm), title, text)
    label, score = next(iter(answer.scores.items()))
    st.info(plain(f"On sarcasm, {sarcasm.name} says: {label} ({percent(score)})."), icon=":material/theater_comedy:")
