"""The oldest transformers that works."""

from importlib.metadata import PackageNotFoundError, version

from hf_sentiment.errors import SentimentError

# As in setup.cfg. Version 4 needs a huggingface_hub below 1, whose requests, errors and listings are others.
OLDEST = "5.2"


def check_transformers() -> None:
    """Check the version of transformers, if it is installed; what answers with an export does without it.

    Raises:
        SentimentError: it is too old; the message names both versions.
    """
    try:
        installed = version("transformers")
    except PackageNotFoundError:
        return
    # transformers needs it, and what does without transformers does without it.
    from packaging.version import Version

    if Version(installed) < Version(OLDEST):
        raise SentimentError(
            f"hf_sentiment needs transformers {OLDEST} or newer, and {installed} is installed: "
            f'pip install --upgrade "transformers>={OLDEST}".'
        )
