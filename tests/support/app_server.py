"""The app as a process that listens on loopback, and a headless Chromium to visit it with."""

import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright
from ports import free_port

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no chromium here; on Debian: apt-get install chromium"
)
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000


@contextmanager
def serving(*command):
    """The address of a running app: `hf-sentiment app` with the options given, or another command that takes --port."""
    port = free_port()
    command = command if command and command[0] == "-m" else ("-m", "hf_sentiment.cli", "app", *command)
    words = [sys.executable, *map(str, command), f"--{'server.' if 'streamlit' in command else ''}port={port}"]
    with running(words, port) as address:
        yield address


@contextmanager
def running(words, port, **options):
    """The address of an app that a command starts on a port; the options are those of Popen."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            said = server.communicate(timeout=30)[0]
    assert "Traceback" not in said, said
    assert "great lovely" not in said and "great+lovely" not in said, (
        "what a visitor types or a link holds is not logged"
    )


def _wait_for(url: str, server: subprocess.Popen) -> None:
    for _ in range(240):
        assert server.poll() is None, server.communicate()[0]
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(url)


@contextmanager
def chromium():
    """A headless Chromium."""
    with sync_playwright() as playwright:
        # Playwright gives each launch a fresh user data folder.
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()
