"""Progress: a bar in a terminal, and lines in a log."""

import os
import re
import subprocess
import sys
import termios

import pytest
from tiny import tiny_reviews, write_csv

from hf_sentiment.cli import main, output


def in_a_terminal(words):
    """What a command writes to a terminal."""
    parent, child = os.openpty()
    # So wide that the bar is not cut.
    termios.tcsetwinsize(child, (40, 200))
    command = [sys.executable, "-m", "hf_sentiment.cli", *words]
    with subprocess.Popen(command, stdout=child, stderr=child) as process:
        os.close(child)
        written = b""
        # Reading fails when the command has ended.
        while chunk := _read(parent):
            written += chunk
    os.close(parent)
    return written.decode(), process.returncode


def _read(descriptor):
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


@pytest.mark.slow
def test_training_in_a_terminal_has_a_bar_with_loss_and_accuracy(tiny_base, tmp_path):
    reviews = write_csv(tmp_path / "reviews.csv", tiny_reviews(200))
    words = ["train", "--dataset", str(reviews), "--output-dir", str(tmp_path / "adapter"), "--recipe", "minilm"]
    words += ["--base-model", tiny_base, "--base-model-id", "user/tiny-bert", "--max-length", "48", "--epochs", "4"]
    text, status = in_a_terminal(words)
    assert status == 0, text
    bars = re.findall(r"\d+%\|[^|]*\| *(\d+)/(\d+) \[\d+:\d+<([^]]*)\]", text)
    # From the first steps on; the time left and the speed are in each.
    assert bars and int(bars[0][0]) <= 2 and bars[-1][0] == bars[-1][1]
    assert re.search(r"loss=\d\.\d{3}", bars[-1][2]) and re.search(r"validation accuracy=\d+\.\d %", bars[-1][2])
    assert "{'" not in text


@pytest.mark.parametrize("interval", [0.0, 3600.0])
def test_a_log_has_lines_of_progress(binary_adapter, tmp_path, monkeypatch, capsys, interval):
    monkeypatch.setattr(output, "LOG_INTERVAL", interval)
    reviews = write_csv(tmp_path / "reviews.csv", tiny_reviews(40))
    words = [
        "predict",
        "--adapter",
        str(binary_adapter),
        "--input",
        str(reviews),
        "--output",
        str(tmp_path / "out.csv"),
    ]
    assert main(words) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "reviews," in line]
    assert bool(lines) == (interval == 0.0)
    assert all(re.fullmatch(r"\d+ reviews, \d\d:\d\d, *\S+ reviews/s", line) for line in lines), lines
