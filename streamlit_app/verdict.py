"""An answer as HTML: label, sign, score, bar, band. Labels come from adapters, so they are escaped."""

import html

from hf_sentiment.streamlit_app.answers import Answer
from hf_sentiment.streamlit_app.palette import SIGNS, percent, sign, tone


def verdict(answer: Answer, labels: list[str]) -> str:
    """The box with an answer.

    Args:
        answer: the answer to one review.
        labels: in the adapter's order.
    """
    return f'<section class="verdict" aria-live="polite">{_headline(answer)}{_bars(answer, labels)}</section>'


def _headline(answer: Answer) -> str:
    best, score = next(iter(answer.scores.items()))
    if answer.undecided:
        leaning = f"leans to {html.escape(best)}, {percent(score)}"
        return _line("undecided", SIGNS["undecided"], "Undecided", leaning)
    if not answer.present:
        return _line("other", SIGNS["undecided"], "None of the labels", f"{html.escape(best)} has the highest score")
    return "".join(
        _line(tone(label), sign(label), html.escape(label), percent(answer.scores[label])) for label in answer.present
    )


def _line(tone_name: str, mark: str, word: str, score: str) -> str:
    return (
        f'<p class="label {tone_name}"><span aria-hidden="true">{mark}</span> {word} '
        f'<span class="score">{score}</span></p>'
    )


def _bars(answer: Answer, labels: list[str]) -> str:
    if len(labels) == 2 and not answer.several:
        return _scale(answer, labels)
    rows = "".join(_row(label, score, answer) for label, score in answer.scores.items())
    return f'<div class="rows">{rows}</div>{_band_note(answer)}'


def _scale(answer: Answer, labels: list[str]) -> str:
    """Two labels share one bar; if their border is within the band, neither wins.

    The band stands under the bar as a bracket, because a pattern on the bar would read as a part of the scores.
    """
    first, second = labels
    share = 100 * answer.scores[first]
    ends = "".join(
        f'<span class="{tone(label)}"><span aria-hidden="true">{sign(label)}</span> {html.escape(label)} '
        f"{percent(answer.scores[label])}</span>"
        for label in labels
    )
    band = ""
    if answer.band:
        low = 100 * (1 - _least(answer))
        place = f"left: {low:.2f}%; width: {100 - 2 * low:.2f}%"
        band = f'<div class="bracket" aria-hidden="true"><span class="band" style="{place}">undecided</span></div>'
    return (
        f'<div class="scale" aria-hidden="true">'
        f'<span class="fill {tone(first)}" style="width: {share:.2f}%"></span>'
        f'<span class="fill {tone(second)}" style="width: {100 - share:.2f}%"></span>'
        f'<span class="needle" style="left: {share:.2f}%"></span></div>{band}'
        f'<p class="ends">{ends}</p>{_band_note(answer)}'
    )


def _row(label: str, score: float, answer: Answer) -> str:
    tick = f'<span class="tick" style="left: {100 * _least(answer):.2f}%"></span>' if answer.band else ""
    return (
        f'<span class="{tone(label)}"><span aria-hidden="true">{sign(label)}</span> {html.escape(label)}</span>'
        f'<span class="scale" aria-hidden="true"><span class="fill {tone(label)}" style="width: {100 * score:.2f}%">'
        f"</span>{tick}</span><span>{percent(score)}</span>"
    )


def _least(answer: Answer) -> float:
    return min(answer.band.threshold, 1.0)


def _band_note(answer: Answer) -> str:
    if answer.band is None:
        return ""
    return f'<p class="note">Undecided if no label reaches {100 * _least(answer):.3g} %.</p>'
