"""SECURITY.md names tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_promise_names_tests_that_exist():
    rows = [line for line in (ROOT / "SECURITY.md").read_text().splitlines() if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith("| case")]
    assert len(promises) > 20
    for row in promises:
        tests = re.findall(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`", row.rsplit("|", 2)[1])
        assert tests, row
        file = ""
        for path, name in tests:
            file = path or file
            names = {
                node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)
            }
            assert not name or name in names, f"{file}::{name}"
