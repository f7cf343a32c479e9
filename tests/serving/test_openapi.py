"""The server does what its own description says, whatever it is asked."""

import subprocess
import sys
from pathlib import Path

import pytest

# A server error, a status, a form or a content type that the description does not have, headers that it asks for, and
# wrong bodies that are taken. Not positive_data_acceptance: that a review needs a character that can be seen, and that
# names and options depend on the adapter, cannot be described.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
)


@pytest.mark.slow
def test_each_operation_keeps_to_the_description(server, tmp_path):
    command = Path(sys.executable).with_name("schemathesis")
    options = ["--checks", ",".join(CHECKS), "--max-examples", "20", "--seed", "1", "--workers", "1"]
    done = subprocess.run(
        [command, "run", f"{server.url}/openapi.json", *options, "--phases", "examples,coverage,fuzzing"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
