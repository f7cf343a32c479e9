"""The code blocks of a page of docs/, run as somebody who copies them does."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from app_server import serving

DOCS = Path(__file__).parents[2] / "docs"
# A block may be indented, as part of a list.
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A code block: its language and its text."""

    language: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, in order."""
    for indent, language, body in BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        yield Block(language, "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True)))


def follow(page: str, folder: Path) -> dict[str, str]:
    """Run the bash and Python blocks of a page in a folder, and return what each command and block printed.

    A page of the app is opened until it answers.
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
        for line in block.text.splitlines() if block.language == "bash" else ():
            words = shlex.split(line)
            if words[0] == "hf":
                said[line] = run(shutil.which("hf", path=str(Path(sys.executable).parent)) or "hf", *words[1:])
                continue
            assert words[0] == "hf-sentiment", line
            if words[1] == "app":
                adapter = words[-1] if words[-1] == "default" else str(folder / words[-1])
                with serving(*words[2:-1], adapter):
                    said[line] = ""
            else:
                said[line] = run(sys.executable, "-m", "hf_sentiment.cli", *words[1:])
    return said
