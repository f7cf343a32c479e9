"""The code blocks of a page of docs/, run as somebody who copies them does."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import serve_process
from app_server import serving

DOCS = Path(__file__).parents[2] / "docs"
# A block may be indented, as part of a list.
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A code block: its language and its text."""

    language: str
    text: str


def blocks(page: str | Path) -> Iterator[Block]:
    """The blocks of a page of docs/, in order."""
    for indent, language, body in BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        yield Block(language, "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True)))


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command of a block, without comments; a command may go on after a backslash."""
    for line in text.replace("\\\n", " ").splitlines():
        if words := shlex.split(line, comments=True):
            yield words


def follow(page: str, folder: Path, training: Sequence[str] = ()) -> dict[str, str]:
    """Run the bash and Python blocks of a page in a folder, and return what each command and block printed.

    A page of the app is opened until it answers, a server is asked until it is ready. What asks for a token or installs
    is left to the tests of installing.

    Args:
        training: options that make each training short; they come after those of the page.
    """
    environment = os.environ | {"HF_TOKEN": "hf_test", "HF_HOME": str(folder / "home")}
    said = {}

    def run(*words: str) -> str:
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    for block in blocks(page):
        if block.language == "python":
            said[block.text] = run(sys.executable, "-c", block.text)
        for words in commands(block.text) if block.language == "bash" else ():
            line = " ".join(words)
            if words[:3] == ["hf", "auth", "login"] or words[:2] == ["pip", "install"]:
                said[line] = ""
            elif words[0] == "hf":
                said[line] = run(shutil.which("hf", path=str(Path(sys.executable).parent)) or "hf", *words[1:])
            elif words[:2] == ["hf-sentiment", "app"]:
                options = [str(folder / word) if (folder / word).is_dir() else word for word in words[2:]]
                with serving(*options):
                    said[line] = ""
            elif words[:2] == ["hf-sentiment", "serve"]:
                with serve_process.serving(*words[2:], **environment) as server:
                    said[line] = server.url
            else:
                assert words[0] == "hf-sentiment", line
                short = training if words[1] == "train" else ()
                said[line] = run(sys.executable, "-m", "hf_sentiment.cli", *words[1:], *short)
    return said
