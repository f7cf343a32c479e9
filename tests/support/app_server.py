"""The app as a process that listens on loopback, and a headless Chromium to visit it with."""

import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect, sync_playwright
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
# What Streamlit prints itself, now and then, about a visitor who leaves while it answers: it closes what is closed.
# Only installed packages have a line in it, and no other error stands in it.
LEFT = re.compile(
    r"Exception in ASGI application\nTraceback .*\n +File .*starlette_websocket\.py.*\n"
    r" +data = await websocket\.receive_bytes\(\)\n"
    r"(?:(?!Exception in | +File (?!.*site-packages)).*\n)+?"
    r'.*WebSocketDisconnected: Cannot call "send" once a close message has been sent'
)
# The name of a page's link -> its heading.
PAGES = {
    "One review": "Classify a review",
    "Many": "Many reviews at once",
    "Compare": "Compare two adapters",
    "Label": "Label reviews",
    "The model": "The model",
}


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
    assert "Traceback" not in LEFT.sub("", said), said
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


def open_page(page: Page, name: str) -> None:
    """Go to one of the app's pages by its link, and wait until all of it is drawn.

    Until then, what stands below the heading is still the former page's: a file that is given to its form is lost.
    """
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=PAGES[name], exact=True)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
