"""Start the app's server in this process, with its adapters already in memory."""

import logging
import socket
from collections.abc import Sequence
from pathlib import Path

from streamlit.web import cli

from hf_sentiment.errors import SentimentError
from hf_sentiment.streamlit_app.limits import is_loopback
from hf_sentiment.streamlit_app.loaded import load_classifier

# The names of this machine for itself, as in config.toml.
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def start(
    adapter: str,
    revision: str | None,
    sarcasm: str | None,
    host: str,
    port: int,
    *,
    choose: str | None = None,
    max_size: int | None = None,
    names: Sequence[str] = (),
) -> int:
    """Serve the app until it is interrupted.

    Args:
        adapter: "default", "accurate", a folder or a Hub id.
        revision: of the adapter on the Hub.
        sarcasm: an adapter that detects sarcasm.
        host: the address to listen on.
        port: the port to listen on.
        choose: what visitors may choose, see `limits.Limits`; by default, see `limits.default_choose`.
        max_size: megabytes of an adapter that visitors may choose, with its base.
        names: the host names under which browsers reach the app, besides those of this machine; by default, any name
            unless only this machine can reach the app.

    Returns:
        The exit status.

    Raises:
        SentimentError: an adapter cannot be loaded, or the port is not free.
    """
    _refuse_taken(host, port)
    # Load now, so that no visitor waits for torch, and an adapter that cannot be loaded is reported at once.
    _load([(adapter, revision), *([(sarcasm, None)] if sarcasm else [])])
    given: dict[str, object] = {"--adapter": adapter, "--revision": revision, "--sarcasm": sarcasm}
    given |= {"--choose": choose, "--max-size": max_size}
    words = [f"{name}={value}" for name, value in given.items() if value]
    script = Path(__file__).with_name("app.py")
    listen = [f"--server.address={host}", f"--server.port={port}"]
    # A page of another site whose name was made to lead here (DNS rebinding) is refused by the name that it asks for.
    allowed = [*LOOPBACK, *names] if names or is_loopback(host) else ["*"]
    listen += [f"--server.allowedHosts={name}" for name in allowed]
    return cli.main(["run", *listen, str(script), "--", *words], standalone_mode=False) or 0


def _load(adapters: list[tuple[str, str | None]]) -> None:
    # Outside a page, Streamlit's cache works but warns.
    log = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        for adapter, revision in adapters:
            load_classifier(adapter, revision)
    finally:
        log.setLevel(level)


def _refuse_taken(host: str, port: int) -> None:
    """Streamlit would take the next free port, or end with a traceback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SentimentError(
                f"The app cannot listen on {host}:{port} ({error.strerror}): give another --port."
            ) from error
