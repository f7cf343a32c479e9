"""This package's code and what it needs, as files of a repository: no package index has it to install it from."""

import io
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from hf_sentiment.errors import SentimentError

REQUIREMENTS = "requirements.txt"
# The parts of the package that may be beside it in a source tree.
PARTS = ("hf_sentiment", "hf_sentiment.model_card", "hf_sentiment.streamlit_app")
# The file types of its data; a source tree may hold others, which are nobody's business.
DATA = (".css", ".csv", ".html", ".json", ".md", ".png", ".safetensors", ".svg", ".toml", ".txt", ".yaml")
# A file's date in the archive. The earliest one: the same code is always the same archive, so it is not sent again.
NO_DATE = (1980, 1, 1, 0, 0, 0)


def requirements(extras: tuple[str, ...] = ()) -> list[str]:
    """What pip installs for the package, one requirement a line.

    Args:
        extras: of setup.cfg.

    Raises:
        SentimentError: the package is not installed, so its requirements are not known.
    """
    wanted = {"", *(f'extra == "{extra}"' for extra in extras)}
    lines = [line.partition(";") for line in _installed().requires or []]
    return [need.strip() for need, _, marker in lines if marker.strip() in wanted]


def code_archive(*, data: bool = False) -> bytes:
    """A zip file with the package's Python files and its licence.

    Args:
        data: also the other files that an installed package has: the shipped adapters, templates, styles. A folder
            into which the archive is unpacked is then a place to import the package from.

    Raises:
        SentimentError: the package is not installed.
    """
    kinds = (".py", *DATA) if data else (".py",)
    files: dict[str, bytes] = {}
    for part in PARTS if data else PARTS[:1]:
        folder = package_folder(part)
        for path in folder.rglob("*"):
            if path.suffix in kinds and path.is_file():
                files[f"{part.replace('.', '/')}/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
    # In a source tree, the metadata of the package may be there without its licence, which is beside it.
    licence = _installed().read_text("licenses/LICENSE") or (package_folder().parent / "LICENSE").read_text()
    return _archive(files | {"LICENSE": licence.encode()})


def package_folder(part: str = "hf_sentiment") -> Path:
    """The folder of the package or of a part of it, which is not imported."""
    spec = find_spec(part)
    if spec is None or not spec.submodule_search_locations:
        raise SentimentError(f"This installation has no {part}: install the package again.")
    return Path(next(iter(spec.submodule_search_locations)))


def _installed() -> Distribution:
    try:
        return distribution("hf-sentiment")
    except PackageNotFoundError:
        raise SentimentError(
            "The files of a server need the requirements of an installed hf_sentiment: run pip install on its folder."
        ) from None


def _archive(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, NO_DATE), files[name], zipfile.ZIP_DEFLATED)
    return written.getvalue()
