"""Runs code in a process of its own and measures the peak memory of that process."""

import subprocess
import sys
from pathlib import Path

import pytest

needs_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")

# Not `getrusage`: on Linux a child's `ru_maxrss` begins at the memory of the parent that started it.
PEAK = """
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
print(int(status["VmHWM"].split()[0]) / 1024)
"""


def run_measured(code: str, *arguments) -> tuple[list[str], float]:
    """The lines that `code` prints with these `sys.argv[1:]`, and its peak memory in MiB."""
    command = [sys.executable, "-c", code + PEAK, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    *lines, peak = done.stdout.splitlines()
    return lines, float(peak)
