"""Debian's PostgreSQL, as a server of its own in a temporary folder, reached by a socket in it."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hf_sentiment.install import pip_install

SETTINGS = "-c listen_addresses='' -c fsync=off -c shared_buffers=16MB"


@contextmanager
def postgres_server() -> Iterator[str]:
    """A server; its URL, or the test is skipped where PostgreSQL or its driver is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip(f"psycopg is not installed: {pip_install('postgresql')}")
    programs = found[-1].parent
    # Not pytest's folder, which the other user may not enter; and a socket has a path of 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    # The server refuses to run as root.
    other = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
        other = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **other}
    data = str(folder / "data")
    try:
        initialize = ["-U", "tester", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        subprocess.run([programs / "initdb", "-D", data, *initialize], **run)
        start = [programs / "pg_ctl", "-D", data, "-w", "-l", str(folder / "log")]
        subprocess.run([*start, "-o", f"{SETTINGS} -k {folder}", "start"], **run)
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
    finally:
        shutil.rmtree(folder)
