"""The runtimes that run exported models: their packages, files and precisions."""

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hf_sentiment.backends.export_files import ONNX, ONNX_INT8, OPENVINO
from hf_sentiment.backends.onnx import OnnxBackend
from hf_sentiment.backends.openvino import OpenVINOBackend, default_dtype, has_bf16
from hf_sentiment.backends.processor import warn_of_bf16, warn_of_int8
from hf_sentiment.core.backend import ExportCheck
from hf_sentiment.errors import SentimentError, require

AUTO = "auto"
GraphBackend = OpenVINOBackend | OnnxBackend


@dataclass(frozen=True)
class Runtime:
    """A runtime.

    Attributes:
        name: for messages.
        extra: of this package, which installs all that writes and runs its models; also its name on the command line.
        package: runs its models.
        writers: packages that write them, besides torch and transformers.
        files: precision -> the model's file.
        preferred: the precision that "auto" stands for.
        backend: of a model.
    """

    name: str
    extra: str
    package: str
    writers: tuple[str, ...]
    files: dict[str, str]
    preferred: Callable[[], str]
    backend: Callable[[Path, str, ExportCheck | None], GraphBackend]

    def dtype(self, wanted: str) -> str:
        """The precision to compute in.

        Args:
            wanted: "auto" or a precision.

        Raises:
            SentimentError: it does not run in that precision.
        """
        if wanted == AUTO:
            return self.preferred()
        if wanted not in self.files:
            names = ", ".join([AUTO, *self.files])
            raise SentimentError(f"dtype {wanted!r} is not one of {names} on the backend {self.extra}.")
        return wanted

    def require(self, *, writing: bool = False) -> None:
        """Raise a SentimentError that says what to install if a package is missing."""
        for package in (self.package, *(self.writers if writing else ())):
            require(package, self.extra, f'The backend "{self.extra}"')

    def open(self, path: Path, dtype: str, check: ExportCheck | None) -> GraphBackend:
        """The backend of a model; warns of a precision that this processor is not made for."""
        if dtype == "bfloat16" and not has_bf16():
            warn_of_bf16()
        if dtype == "int8":
            warn_of_int8()
        return self.backend(path, dtype, check)

    def installed(self) -> bool:
        """Whether all packages are there that write and run its models."""
        return all(importlib.util.find_spec(package) is not None for package in (self.package, *self.writers))


_OPENVINO_FILES = dict.fromkeys(("float32", "bfloat16", "int8"), OPENVINO)
RUNTIMES = {
    "openvino": Runtime("OpenVINO", "openvino", "openvino", ("nncf",), _OPENVINO_FILES, default_dtype, OpenVINOBackend),
    "onnx": Runtime(
        "ONNX Runtime",
        "onnx",
        "onnxruntime",
        ("onnx", "onnxscript", "nncf"),
        {"float32": ONNX, "int8": ONNX_INT8},
        lambda: "float32",
        OnnxBackend,
    ),
}


def is_export(folder: str | Path) -> bool:
    """Whether a folder holds an exported model."""
    names = {name for runtime in RUNTIMES.values() for name in runtime.files.values()}
    return any((Path(os.path.expanduser(folder)) / name).is_file() for name in names)
