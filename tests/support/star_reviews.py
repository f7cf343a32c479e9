"""Made-up reviews with stars, of ordinary words, so that an English encoder can learn from few."""

import random
from collections.abc import Iterator

THINGS = ("lamp", "kettle", "chair", "book", "camera", "phone", "toy", "pan", "drill", "bag")
GOOD = ("works like new", "is a great value", "was a lovely gift", "does all I wanted", "is the best I had")
BAD = ("broke after a day", "is a waste of money", "never worked at all", "came without its parts", "smells awful")


def star_rows(count: int = 60, stars: tuple[int, ...] = (1, 2, 3, 4, 5)) -> Iterator[dict]:
    """Rows of title, review and stars; half of those with three stars are good."""
    draw = random.Random(0)
    for _ in range(count):
        given = draw.choice(stars)
        words = GOOD if given > 3 or (given == 3 and draw.random() < 0.5) else BAD
        first, second = draw.sample(words, 2)
        thing = draw.choice(THINGS)
        yield {"title": f"My {thing}", "review": f"This {thing} {first}. It {second}.", "stars": given}
