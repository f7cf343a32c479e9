"""Ray as it is started by the tests: on loopback, with files and tokens of its own, and no process left behind."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
from ports import free_port

PATIENCE = 180


@contextmanager
def ray_folder():
    """A folder for Ray's files. Its name is short, because names of sockets below it must be."""
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def head(environment):
    """A cluster of two processors, started by `ray start --head`; yields its address and its process."""
    port = free_port()
    words = ["start", "--head", "--block", f"--port={port}", "--num-cpus=2", "--include-dashboard=false"]
    limits = ["--object-store-memory=134217728", "--node-ip-address=127.0.0.1", "--disable-usage-stats"]
    command = [sys.executable, "-m", "ray.scripts.scripts", *words, *limits]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd="/")
    try:
        deadline = time.monotonic() + PATIENCE
        # The raylet comes last.
        while not named(family(process.pid), "raylet") or socket.socket().connect_ex(("127.0.0.1", port)):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        yield f"127.0.0.1:{port}", process
    finally:
        left = family(process.pid)
        # With --block, it ends the processes of the cluster, and no others.
        process.terminate()
        process.wait(PATIENCE)
        end(left)


def family(pid):
    """The processes that a process has started, and those that they have."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def named(processes, name):
    """Those that live, and whose command begins with a name or is a program of that name."""
    found = []
    for process in processes:
        try:
            program = (process.cmdline() or [""])[0]
            alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            continue
        if alive and (program.startswith(name) or os.path.basename(program) == name):
            found.append(process)
    return found


def end(processes, patience=5):
    """End processes that do not end by themselves; returns those that had to be killed."""
    _, left = psutil.wait_procs(processes, patience)
    for process in left:
        process.kill()
    psutil.wait_procs(left, PATIENCE)
    return left
