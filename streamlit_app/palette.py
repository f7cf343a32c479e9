"""How a label looks: never by colour alone, always with a sign and the word."""

SIGNS = {"positive": "▲", "negative": "▼", "neutral": "●", "other": "◆", "undecided": "◐"}
# Halfway between the light and the dark background: contrast of at least 3:1 on both (WCAG AA for graphics).
FILLS = {"positive": "#1f8f63", "negative": "#cc4655", "neutral": "#7a8699", "other": "#4a7fc4"}


def tone(label: str) -> str:
    """The tone of a label by its name: "positive", "negative", "neutral", or else "other"."""
    word = label.lower()
    return next((name for name in ("positive", "negative", "neutral") if word.startswith(name[:3])), "other")


def sign(label: str) -> str:
    """The sign in front of a label."""
    return SIGNS[tone(label)]


def fill(label: str) -> str:
    """The colour of a label's bars, as #rrggbb."""
    return FILLS[tone(label)]


def percent(score: float) -> str:
    """A score as a percentage; one that would round to 100 % is shown as "> 99.9 %"."""
    if 0.9995 <= score < 1:
        return "> 99.9 %"
    return f"{100 * score:.1f} %"
