"""Who may read a file that a library wrote for its owner alone."""

import stat
from pathlib import Path


def copy_mode(source: Path, *targets: Path) -> None:
    """Give files the mode of another one.

    safetensors writes with mode 0600 whatever the umask says, and a server under another user cannot read that.
    """
    for target in targets:
        target.chmod(stat.S_IMODE(source.stat().st_mode))
