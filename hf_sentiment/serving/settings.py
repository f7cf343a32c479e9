"""The settings of a server: from flags, from environment variables, from a file."""

import dataclasses
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_type_hints

from hf_sentiment.core.option_checks import refuse_unknown
from hf_sentiment.errors import SentimentError

# Before the name of a setting in upper case: HF_SENTIMENT_SERVE_PORT. Lists have commas.
PREFIX = "HF_SENTIMENT_SERVE_"
BACKENDS = ("auto", "torch", "openvino", "onnx")


def _setting(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class ServeSettings:
    """The settings of a server; each field's metadata has its help."""

    adapter: tuple[str, ...] = _setting(
        ("default",), "[NAME=]ADAPTER: default, accurate, a folder, an export or a Hub id; can be given several times"
    )
    revision: str | None = _setting(None, "branch, tag or commit of the adapter on the Hub, if there is one adapter")
    config: str | None = _setting(None, "TOML file with other settings, as flags or with underscores")
    backend: str = _setting(
        "auto",
        "torch, openvino, onnx, or auto: openvino if it is installed, and torch for several adapters, with one copy of "
        "their base in memory; openvino and onnx take a copy for each adapter",
    )
    dtype: str = _setting("auto", "auto, float32, bfloat16 (not with onnx), int8 (not with torch)")
    host: str = _setting("127.0.0.1", "address to listen on; 127.0.0.1 is only for this machine")
    port: int = _setting(8000, "port to listen on; 0 takes a free one")
    workers: int = _setting(1, "processes behind the port")
    api_key_file: str | None = _setting(
        None, "file with a key per line, those of administrators after the word admin; without it, no key is asked for"
    )
    host_name: tuple[str, ...] = _setting(
        (),
        "a name under which clients reach the server; requests for other names are refused, against DNS rebinding "
        "(default: localhost if only this machine can reach the server, else any name)",
    )
    cors_origin: tuple[str, ...] = _setting(
        (), "an origin whose pages may call the server, such as https://example.com"
    )
    allow_adapter: tuple[str, ...] = _setting(
        (), "Hub ids (user/*) or a folder whose adapters an administrator may load while the server runs"
    )
    max_adapters: int = _setting(16, "adapters in memory at most")
    max_batch_tokens: int = _setting(1024, "tokens of a batch at most")
    max_queue: int = _setting(1024, "windows that wait at most; a review has one, or several if it is long")
    max_client_batch_size: int = _setting(128, "reviews in a request at most")
    max_text_chars: int = _setting(100_000, "characters of a review at most")
    payload_limit: int = _setting(2_000_000, "bytes of a request at most")
    request_timeout: float = _setting(30.0, "seconds until a request that waits is given up")
    client_timeout: float = _setting(10.0, "seconds for a client to send a request, and to read an answer")
    drain_delay: float = _setting(
        0.0, "seconds after SIGTERM in which a server of one worker is not ready, but still answers"
    )
    drain_timeout: float = _setting(30.0, "seconds after SIGTERM for the requests that are being answered")
    log_requests: bool = _setting(True, "write a line of JSON for each request, without its text")
    telemetry: bool = _setting(
        False, "send OpenTelemetry traces, without text, as the environment variables OTEL_... say (extra telemetry)"
    )

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise SentimentError(f"backend {self.backend!r} is not one of {', '.join(BACKENDS)}.")
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            least = 0 if each.name in ("port", "drain_delay") else 1 if isinstance(value, int) else 0.1
            if not least <= value < math.inf:
                raise SentimentError(f"{each.name} is {value}: give {least} or more.")
        if not self.adapter:
            raise SentimentError("No adapter is named: give one or more.")


def defaults_from(config: str | None, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The settings of the environment and of a file, where the environment comes first.

    Args:
        config: a TOML file with names of settings, as flags or with underscores; None for the one that the environment
            names, if it names one.
        environment: variables PREFIX plus the name of a setting in upper case.

    Raises:
        SentimentError: a file cannot be read, or a setting does not exist or has a wrong value.
    """
    types = get_type_hints(ServeSettings)
    names = {f"{PREFIX}{name.upper()}": name for name in types}
    given = {key for key in environment if key.startswith(PREFIX)}
    refuse_unknown(given, names)
    config = config or environment.get(f"{PREFIX}CONFIG")
    found = _from_file(Path(config)) if config else {}
    # A file does not name another one.
    refuse_unknown(found, [name for name in types if name != "config"])
    found |= {names[key]: environment[key] for key in given}
    return {name: _converted(name, value, types[name]) for name, value in found.items()}


def _from_file(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SentimentError(f"{path} cannot be read as TOML ({error}).") from error
    return {name.replace("-", "_"): value for name, value in content.items()}


def _converted(name: str, value: Any, kind: Any) -> Any:
    kind = (get_args(kind) or (kind,))[0] if kind != tuple[str, ...] else tuple
    try:
        if kind is tuple:
            return (
                tuple(each.strip() for each in value.split(",")) if isinstance(value, str) else tuple(map(str, value))
            )
        if kind is bool and isinstance(value, str):
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[value.lower()]
        if isinstance(value, bool) != (kind is bool):
            raise TypeError
        return kind(value)
    except (TypeError, ValueError, KeyError):
        wanted = {tuple: "a list", bool: "true or false", int: "a whole number", float: "a number"}.get(kind, "a text")
        raise SentimentError(f"{name} is {value!r}: give {wanted}.") from None
