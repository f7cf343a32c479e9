"""The HTTP client of the installed huggingface_hub."""

import importlib
from typing import TYPE_CHECKING

from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined] # exported without __all__

if TYPE_CHECKING:
    import httpx2 as httpx
else:
    # huggingface_hub 1 sends its requests with httpx, and 2 with httpx2, which has the same names.
    # Ends with huggingface_hub 1.
    httpx = importlib.import_module(HTTPError.__module__.partition(".")[0])

__all__ = ["httpx"]
