"""nginx before servers, with the file of launch/, as a process on loopback."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from ports import free_port

CONFIGURATION = Path(__file__).parents[2] / "launch" / "nginx.conf"
PATIENCE = 30


def find_nginx() -> str | None:
    """The command; None if it is not installed."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


class Balancer:
    """A running nginx.

    Attributes:
        url: its address.
        folder: with its log.
    """

    def __init__(self, url, folder):
        self.url, self.folder = url, folder

    def tried(self):
        """The servers that were tried for each request, as ports, and their status codes."""
        lines = (self.folder / "access.log").read_text().splitlines()
        return [
            ([each.rpartition(":")[2] for each in line.split('"')[1].split(", ")], line.split('"')[3].split(", "))
            for line in lines
        ]


@contextmanager
def balancing(folder, ports):
    """nginx before two servers on ports; only the ports of the file are changed."""
    folder.mkdir()
    port = free_port()
    text = CONFIGURATION.read_text()
    for before, after in zip(("8000", "8001", "8002"), (port, *ports), strict=True):
        assert f"127.0.0.1:{before}" in text
        text = text.replace(f"127.0.0.1:{before}", f"127.0.0.1:{after}")
    (folder / "nginx.conf").write_text(text)
    command = [find_nginx(), "-p", f"{folder}/", "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    # Of root's, it would make another user's processes, who may not enter the folders of the tests.
    process = subprocess.Popen([*command, "-g", f"user {getpass.getuser()};"])
    try:
        deadline = time.monotonic() + PATIENCE
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        yield Balancer(f"http://127.0.0.1:{port}", folder)
    finally:
        # It ends its own processes.
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
