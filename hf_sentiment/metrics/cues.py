"""What can be seen in an English review without a model: the kinds of text that sentiment models err on."""

import re
from collections.abc import Callable

from hf_sentiment.reviews.review import Review

SHORT, LONG = 20, 100


def _words(text: str) -> re.Pattern:
    return re.compile(rf"\b(?:{'|'.join(text.split())})\b", re.IGNORECASE)


CONTRAST = re.compile(
    r"\b(?:but|however|although|though|yet|despite|nevertheless|nonetheless|except|whereas|on the other hand)\b",
    re.IGNORECASE,
)
NEGATION = re.compile(
    r"\b(?:not|no|never|nothing|none|nobody|cannot|without|hardly|barely|neither|nor)\b|n['’]t\b", re.IGNORECASE
)
POSITIVE = _words(
    "good great excellent perfect perfectly love loved loves lovely amazing awesome best beautiful comfortable easy "
    "enjoy enjoyed enjoyable fantastic fine happy impressed like liked nice pleased pleasant recommend recommended "
    "solid superb wonderful well works worth glad fun favorite favourite brilliant delighted"
)
NEGATIVE = _words(
    "bad awful terrible horrible poor poorly worst worse boring broke broken cheap defective disappointed "
    "disappointing disappointment annoying difficult fail failed fails garbage hate hated junk problem problems refund "
    "return returned rubbish slow stupid ugly unfortunately useless waste wasted weak wrong dull flimsy"
)
# Complaints that need no negative word.
SUBTLE = re.compile(
    r"\b(?:could(?: have)? be(?:en)? better|not as \w+ as|expected more|(?:i|we) wish|would have been|at first|used to|"
    r"supposed to|until|unless|except|instead of|overpriced|only complaint|not worth|too (?:small|big|short|long|thin|"
    r"expensive|much|many|little|loud|tight|heavy)|stopped|no longer|looks? (?:good|great|nice) but|look elsewhere|"
    r"save your money)\b",
    re.IGNORECASE,
)
CAPITALS = re.compile(r"\b[A-Z]{4,}\b")


def _count(pattern: re.Pattern, text: str) -> int:
    return len(pattern.findall(text))


def _whole(review: Review) -> str:
    return f"{review.title} {review.text}"


def _length(review: Review) -> int:
    return len(_whole(review).split())


# Name -> what it means, and whether a review is one.
LENGTHS: dict[str, tuple[str, Callable[[Review], bool]]] = {
    "short": (f"fewer than {SHORT} words", lambda review: _length(review) < SHORT),
    "medium length": (f"{SHORT} to {LONG} words", lambda review: SHORT <= _length(review) <= LONG),
    "long": (f"more than {LONG} words", lambda review: _length(review) > LONG),
    "question": ("a question mark", lambda review: "?" in _whole(review)),
    "exclamation": ("an exclamation mark", lambda review: "!" in _whole(review)),
    "all caps": ("two or more words of four or more capitals", lambda review: _count(CAPITALS, _whole(review)) > 1),
}
ENGLISH: dict[str, tuple[str, Callable[[Review], bool]]] = {
    "contrast": ("but, however, although and the like", lambda review: bool(CONTRAST.search(_whole(review)))),
    "negation": ("not, never, n't and the like", lambda review: bool(NEGATION.search(_whole(review)))),
    "mixed feelings": (
        "a word of praise and a word of blame",
        lambda review: bool(POSITIVE.search(_whole(review)) and NEGATIVE.search(_whole(review))),
    ),
    "subtle negatives": (
        "two or more words of praise, none of blame, and a complaint between them (until, I wish, ...)",
        lambda review: (
            _count(POSITIVE, _whole(review)) > 1
            and not NEGATIVE.search(_whole(review))
            and bool(SUBTLE.search(_whole(review)))
        ),
    ),
}
