"""The URL of a database, as users give it."""

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from hf_sentiment.errors import SentimentError, require

POSTGRESQL = "postgresql+psycopg"


def engine_url(url: str) -> str:
    """The URL with the driver that the extra `postgresql` installs.

    Raises:
        SentimentError: it is no URL of a database, or the driver is missing.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise SentimentError(
            "--storage is no URL of a database: give postgresql://USER@HOST/DATABASE, or sqlite:///FILE."
        ) from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername=POSTGRESQL)
    if parsed.drivername == POSTGRESQL:
        require("psycopg", "postgresql", "A PostgreSQL --storage")
    return parsed.render_as_string(hide_password=False)


def without_password(url: str) -> str:
    """The URL as messages and files show it."""
    return make_url(url).render_as_string(hide_password=True)
