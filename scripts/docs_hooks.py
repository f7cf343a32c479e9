"""What mkdocs adds to the pages of docs/: the help of each command."""

import re
import subprocess
import sys
from typing import Any

COMMANDS = "{{ commands }}"
# In the help of hf-sentiment, each command begins a line of four spaces.
COMMAND = re.compile(r"^    ([a-z]+)(?: |$)", re.MULTILINE)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by mkdocs with the text of each page."""
    return markdown.replace(COMMANDS, _all_help()) if COMMANDS in markdown else markdown


def _all_help() -> str:
    whole = _help()
    names = COMMAND.findall(whole.partition("commands:")[2].partition("exit status:")[0])
    sections = [f"```text\n{whole}```", *(f"## {name}\n\n```text\n{_help(name)}```" for name in names)]
    return "\n\n".join(sections)


def _help(*words: str) -> str:
    command = [sys.executable, "-m", "hf_sentiment.cli", *words, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
