"""Cues in the text of a review, found without a model: kinds of text on which sentiment models are often wrong."""

import re
from collections.abc import Callable

from hf_sentiment.reviews.review import Review

# With fewer rows, the 95 % interval of an accuracy of 90 % is more than 20 points wide, which says nothing.
MIN_ROWS = 30

SHORT, LONG = 20, 100


def _any_of(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split())})\b", re.IGNORECASE)


CONTRAST = re.compile(
    r"\b(?:but|however|although|though|yet|despite|nevertheless|nonetheless|except|whereas|on the other hand)\b",
    re.IGNORECASE,
)
NEGATION = re.compile(
    r"\b(?:not|no|never|nothing|none|nobody|cannot|without|hardly|barely|neither|nor)\b|n['’]t\b", re.IGNORECASE
)
POSITIVE = _any_of(
    "good great excellent perfect perfectly love loved loves lovely amazing awesome best beautiful comfortable easy "
    "enjoy enjoyed enjoyable fantastic fine happy impressed like liked nice pleased pleasant recommend recommended "
    "solid superb wonderful well works worth glad fun favorite favourite brilliant delighted"
)
NEGATIVE = _any_of(
    "bad awful terrible horrible poor poorly worst worse boring broke broken cheap defective disappointed "
    "disappointing disappointment annoying difficult fail failed fails garbage hate hated junk problem problems refund "
    "return returned rubbish slow stupid ugly unfortunately useless waste wasted weak wrong dull flimsy"
)
# Complaints without any negative word.
SUBTLE = re.compile(
    r"\b(?:could(?: have)? be(?:en)? better|not as \w+ as|expected more|(?:i|we) wish|would have been|at first|used to|"
    r"supposed to|until|unless|except|instead of|overpriced|only complaint|not worth|too (?:small|big|short|long|thin|"
    r"expensive|much|many|little|loud|tight|heavy)|stopped|no longer|looks? (?:good|great|nice) but|look elsewhere|"
    r"save your money)\b",
    re.IGNORECASE,
)
CAPITALS = re.compile(r"\b[A-Z]{4,}\b")


def _count(pattern: re.Pattern[str], text: str) -> int:
    return len(pattern.findall(text))


def _full_text(review: Review) -> str:
    return f"{review.title} {review.text}"


def _length(review: Review) -> int:
    return len(_full_text(review).split())


# A description, and a function that says whether a review is of this kind.
Cue = tuple[str, Callable[[Review], bool]]
LENGTHS: dict[str, Cue] = {
    "short": (f"fewer than {SHORT} words", lambda review: _length(review) < SHORT),
    "medium length": (f"{SHORT} to {LONG} words", lambda review: SHORT <= _length(review) <= LONG),
    "long": (f"more than {LONG} words", lambda review: _length(review) > LONG),
    "question": ("a question mark", lambda review: "?" in _full_text(review)),
    "exclamation": ("an exclamation mark", lambda review: "!" in _full_text(review)),
    "all caps": ("two or more words of four or more capitals", lambda review: _count(CAPITALS, _full_text(review)) > 1),
}
ENGLISH: dict[str, Cue] = {
    "contrast": ("but, however, although and the like", lambda review: bool(CONTRAST.search(_full_text(review)))),
    "negation": ("not, never, n't and the like", lambda review: bool(NEGATION.search(_full_text(review)))),
    "mixed feelings": (
        "a word of praise and a word of blame",
        lambda review: bool(POSITIVE.search(_full_text(review)) and NEGATIVE.search(_full_text(review))),
    ),
    "subtle negatives": (
        "two or more words of praise, none of blame, and a complaint between them (until, I wish, ...)",
        lambda review: (
            _count(POSITIVE, _full_text(review)) > 1
            and not NEGATIVE.search(_full_text(review))
            and bool(SUBTLE.search(_full_text(review)))
        ),
    ),
}
