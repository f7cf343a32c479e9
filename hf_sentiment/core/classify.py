"""Answer a call: reviews in, answers out, for every object that is called like the pipeline."""

from collections.abc import Iterator, Mapping
from typing import Any

from hf_sentiment.core.answers import Answer, answers
from hf_sentiment.core.call_options import CallOptions, call_options
from hf_sentiment.core.explanation import explain_answers
from hf_sentiment.core.inputs import Inputs, read_inputs
from hf_sentiment.core.review_scorer import ReviewScorer, ScoredChunk


def classify(
    scorer: ReviewScorer, given: object, called_with: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
) -> Any:
    """Answer one review or many.

    Args:
        scorer: the adapter's scorer.
        given: a review, an iterable of reviews, or a table of them; see `read_inputs`.
        called_with: the keywords of the call; see `CallOptions`.
        defaults: values for keywords that the call does not set.

    Returns:
        The output of transformers' text classification: [{"label", "score"}] for one string, {"label", "score"} for
        one mapping, a list in input order for many reviews, an iterator for a generator, which is read only a little
        ahead. With `top_k`, each review has a list of answers.

    Raises:
        SentimentError: an option is invalid, a review is empty or is not text (the message says which), or the adapter
            has no threshold for the target error.
    """
    keywords = {**(defaults or {}), **called_with}
    options = call_options(keywords, scorer.config)
    scorer.check_options(**options.scoring)
    inputs = read_inputs(given)
    found = _answers(scorer, inputs, options, listed=options.present or "top_k" in keywords)
    if inputs.lazy:
        return found
    if not inputs.single:
        return list(found)
    answer = next(found)
    # Stock pipelines wrap a single answer in a list only if the input is a string.
    return [answer] if isinstance(given, str) and "top_k" not in called_with else answer


def _answers(
    scorer: ReviewScorer, inputs: Inputs, options: CallOptions, *, listed: bool
) -> Iterator[Answer | list[Answer]]:
    for chunk in scorer.chunks(inputs.reviews, single=inputs.single, **options.scoring):
        for entries in chunk_answers(scorer, chunk, options):
            yield entries if listed else entries[0]


def chunk_answers(scorer: ReviewScorer, chunk: ScoredChunk, options: CallOptions) -> Iterator[list[Answer]]:
    """The answers to scored reviews, in order, with all that the options ask for.

    Args:
        scorer: scores the reviews again without each word, if the options ask for explanations.
        chunk: the reviews and their logits.
        options: checked against the adapter's config.
    """
    found = answers(chunk.logits, scorer.config, options)
    for text, windows, entries in zip(chunk.texts, chunk.windows.tolist(), found, strict=True):
        if options.windows:
            for entry in entries:
                entry["windows"] = windows
        if options.explain:
            explain_answers(scorer, entries, text, options.scoring)
        yield entries
