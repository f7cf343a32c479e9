"""What `make test-lowest` installs, against the requirements as pip reads them."""

import configparser
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def test_every_requirement_with_a_lower_bound_is_pinned_to_it():
    parser = configparser.ConfigParser(comment_prefixes="#")
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = [parser["options"]["install_requires"], *parser["options.extras_require"].values()]
    required = [Requirement(line) for text in listed for line in text.splitlines() if line.strip()]
    lower = {(each.name, bound.version) for each in required for bound in each.specifier if bound.operator == ">="}
    script = ROOT / "scripts" / "lowest_constraints.py"
    printed = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True).stdout
    pinned = {tuple(line.split("==")) for line in printed.splitlines()}
    # The Makefile installs one version of torch everywhere.
    assert pinned == {(name, version) for name, version in lower if name != "torch"}
    assert len(pinned) > 30
