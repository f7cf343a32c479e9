"""The files beside a published adapter that let Hugging Face Inference Endpoints serve it."""

import re
from pathlib import Path

from hf_sentiment.hub import endpoint_handler
from hf_sentiment.hub.package_code import REQUIREMENTS, code_archive, requirements
from hf_sentiment.version import __version__

HANDLER, ENDPOINT_PACKAGE = "handler.py", endpoint_handler.PACKAGE
ENDPOINT_FILES = (HANDLER, REQUIREMENTS, ENDPOINT_PACKAGE)
# What loading an adapter imports; only training and reports need the other packages.
NEEDED = ("torch", "transformers", "peft", "accelerate", "huggingface-hub")
HEADER = f"""\
# Inference Endpoints install this for {HANDLER}. hf_sentiment {__version__} itself is in {ENDPOINT_PACKAGE}.
# Needed: Python 3.11 or newer, and a server that runs with this version of transformers.
"""


def endpoint_files() -> dict[str, bytes]:
    """The files by name: the handler, what pip installs for it, and this package's code.

    The code is published because an endpoint cannot install it: hf_sentiment is in no package index, and a requirement
    that names it would install whatever somebody else puts there under its name.

    Raises:
        SentimentError: the package is not installed, so its requirements are not known.
    """
    return {
        HANDLER: Path(endpoint_handler.__file__).read_bytes(),
        REQUIREMENTS: (HEADER + "\n".join(filter(_is_needed, requirements())) + "\n").encode(),
        ENDPOINT_PACKAGE: code_archive(),
    }


def _is_needed(requirement: str) -> bool:
    name = re.match(r"[\w.-]+", requirement)
    return name is not None and name[0] in NEEDED
