"""The files beside a published adapter that let Hugging Face Inference Endpoints serve it."""

import io
import re
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from hf_sentiment.errors import SentimentError
from hf_sentiment.hub import endpoint_handler
from hf_sentiment.version import __version__

HANDLER, REQUIREMENTS, ENDPOINT_PACKAGE = "handler.py", "requirements.txt", endpoint_handler.PACKAGE
ENDPOINT_FILES = (HANDLER, REQUIREMENTS, ENDPOINT_PACKAGE)
# What loading an adapter imports; only training and reports need the other packages.
NEEDED = ("torch", "transformers", "peft", "accelerate", "huggingface-hub")
HEADER = f"""\
# Inference Endpoints install this for {HANDLER}. hf_sentiment {__version__} itself is in {ENDPOINT_PACKAGE}.
# Needed: Python 3.11 or newer, and a server that runs with this version of transformers.
"""
# A file's date in the archive. The earliest one: the same code is always the same archive, so it is not sent again.
NO_DATE = (1980, 1, 1, 0, 0, 0)


def endpoint_files() -> dict[str, bytes]:
    """The files by name: the handler, what pip installs for it, and this package's code.

    The code is published because an endpoint cannot install it: hf_sentiment is in no package index, and a requirement
    that names it would install whatever somebody else puts there under its name.

    Raises:
        SentimentError: the package is not installed, so its requirements are not known.
    """
    try:
        installed = distribution("hf-sentiment")
    except PackageNotFoundError:
        raise SentimentError(
            "An endpoint's files need the requirements of an installed hf_sentiment: run pip install on its folder."
        ) from None
    requirements = [line for line in installed.requires or [] if _is_needed(line)]
    folder = Path(__file__).parents[1]
    code = {f"{folder.name}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in folder.rglob("*.py")}
    # In a source tree, the metadata of the package may be there without its licence, which is beside it.
    licence = (installed.read_text("licenses/LICENSE") or (folder.parent / "LICENSE").read_text()).encode()
    return {
        HANDLER: Path(endpoint_handler.__file__).read_bytes(),
        REQUIREMENTS: (HEADER + "\n".join(requirements) + "\n").encode(),
        ENDPOINT_PACKAGE: _archive(code | {"LICENSE": licence}),
    }


def _is_needed(requirement: str) -> bool:
    name = re.match(r"[\w.-]+", requirement)
    # After the semicolon is the extra that it belongs to.
    return name is not None and name[0] in NEEDED and ";" not in requirement


def _archive(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, NO_DATE), files[name], zipfile.ZIP_DEFLATED)
    return written.getvalue()
