"""The site of docs/: built without warnings, whole without a network, and accessible."""

import os
import re
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from accessibility import faults
from app_server import chromium, needs_chromium

ROOT = Path(__file__).parents[2]
# One of each kind.
PAGES = ("index", "tutorial", "how-to/stars", "scale", "speed", "reference/commands", "reference/python", "faq")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    # Without colours, which the help of a command would have.
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_command_and_public_name_is_in_the_reference(site):
    commands = (site / "reference" / "commands.html").read_text()
    for name in ("train", "predict", "serve", "publish", "completion"):
        assert f'<h2 id="{name}">' in commands and f"usage: hf-sentiment {name}" in commands
    python = (site / "reference" / "python.html").read_text()
    for name in ("load", "SentimentPipeline", "TrainArguments", "evaluate_adapter", "publish", "SentimentError"):
        assert re.search(rf'id="hf_sentiment\.[\w.]*\.{name}"', python), name


def test_nothing_comes_from_another_server(site):
    for page in site.rglob("*.html"):
        assert not re.findall(r'<(?:script|img|iframe)[^>]+src="?(?:https?:)?//[^>]*', page.read_text()), page
        assert not re.findall(r'<link[^>]+stylesheet[^>]+href="?(?:https?:)?//[^>]*', page.read_text()), page


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_wrong(site, scheme, width):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=site))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with chromium() as browser:
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
            for page in PAGES:
                opened = context.new_page()
                opened.goto(f"http://127.0.0.1:{server.server_address[1]}/{page}.html")
                assert faults(opened) == "", page
    finally:
        server.shutdown()
        server.server_close()
