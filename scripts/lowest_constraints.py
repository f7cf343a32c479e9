"""Print constraints that pin every requirement of setup.cfg to its lower bound: what `make test-lowest` installs.

torch is left out: the Makefile installs one version of it, a CPU build, in every environment.
"""

import configparser
import re
from pathlib import Path

SETUP = Path(__file__).parents[1] / "setup.cfg"
# A name, its extras if it has any, and its bound.
LOWER = re.compile(r"^\s*([\w.-]+)(?:\[[\w,-]+\])? >=([\w.]+)", re.MULTILINE)


def lowest_constraints(setup: str) -> list[str]:
    """One line NAME==VERSION for each requirement with a lower bound.

    Args:
        setup: the text of setup.cfg.

    Raises:
        ValueError: a requirement has two different lower bounds.
    """
    parser = configparser.ConfigParser(comment_prefixes="#")
    parser.read_string(setup)
    listed = [parser["options"]["install_requires"], *parser["options.extras_require"].values()]
    lower: dict[str, str] = {}
    for name, version in LOWER.findall("\n".join(listed)):
        if lower.setdefault(name, version) != version:
            raise ValueError(f"setup.cfg has two lower bounds of {name}: {lower[name]} and {version}.")
    return [f"{name}=={version}" for name, version in sorted(lower.items()) if name != "torch"]


if __name__ == "__main__":
    print("\n".join(lowest_constraints(SETUP.read_text(encoding="utf-8"))))
