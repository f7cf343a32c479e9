"""Completion in a real bash, with the function that the command prints."""

import os
import shutil
import subprocess
import sys

import pytest

ASK = """
source <({command} completion bash)
COMP_LINE="$1"; COMP_POINT=${{#COMP_LINE}}; COMP_TYPE=9
read -r -a COMP_WORDS <<< "$COMP_LINE"
[[ "$COMP_LINE" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_python_argcomplete hf-sentiment
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def completed(tmp_path):
    """What bash offers after the beginning of a command."""
    # The function calls the command by its name.
    command = tmp_path / "hf-sentiment"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m hf_sentiment.cli "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    def ask(beginning):
        words = [shutil.which("bash"), "-c", ASK.format(command=command), "bash", beginning]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return [line.strip() for line in done.stdout.splitlines()]

    return ask


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [
        ("hf-sentiment pre", ["predict"]),
        ("hf-sentiment predict --target-", ["--target-error"]),
        ("hf-sentiment predict --backend op", ["openvino"]),
        ("hf-sentiment train --learning", ["--learning-rate"]),
        ("hf-sentiment train --recipe five", ["five-stars"]),
        ("hf-sentiment search --tri", ["--trials"]),
        ("hf-sentiment jobs train --job-t", ["--job-timeout"]),
        ("hf-sentiment serve --max-qu", ["--max-queue"]),
    ],
)
def test_bash_completes(completed, beginning, expected):
    assert completed(beginning) == expected


def test_all_commands_are_offered(completed):
    assert {"train", "search", "serve", "predict", "evaluate", "publish"} <= set(completed("hf-sentiment "))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_printed_code_names_the_command(shell):
    done = subprocess.run(
        [sys.executable, "-m", "hf_sentiment.cli", "completion", shell], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0 and "hf-sentiment" in done.stdout
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=done.stdout, text=True, timeout=60).returncode == 0
