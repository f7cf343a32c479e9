"""A real S3 server on loopback: moto's, as a process of its own, from an environment of its own."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from ports import free_port
from pyarrow import fs

# Its botocore needs an older python-dateutil than the tests; see the Makefile.
INSTALLED = Path(__file__).parents[2] / ".venv-s3" / "bin" / "moto_server"
PATIENCE = 60
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


def find_server() -> str | None:
    """The command of the server; None if it is not installed."""
    return os.environ.get("MOTO_SERVER") or (str(INSTALLED) if INSTALLED.exists() else shutil.which("moto_server"))


@contextmanager
def s3_server():
    """Run a server with the bucket "reviews"; yields the environment with which clients find it."""
    port = free_port()
    command = [find_server(), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The S3 server does not start.")
            time.sleep(0.05)
        url = f"http://127.0.0.1:{port}"
        fs.S3FileSystem(
            access_key="test", secret_key="test", endpoint_override=url, region="us-east-1", allow_bucket_creation=True
        ).create_dir("reviews")
        yield ENVIRONMENT | {"AWS_ENDPOINT_URL": url}
    finally:
        process.terminate()
        process.wait()
