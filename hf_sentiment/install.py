"""How this package is installed. No package index has it, so nothing may name it to pip as if one had."""

# What pip installs: the folder of a clone, in which the command is run.
SOURCE = "."
WHERE = "in a clone of hf_sentiment"


def pip_command(extras: str = "", options: str = "") -> str:
    """The command alone.

    Args:
        extras: of setup.cfg, with commas.
        options: of pip.
    """
    what = f'"{SOURCE}[{extras}]"' if extras else SOURCE
    return " ".join(["pip install", *([options] if options else []), what])


def pip_install(extras: str = "", options: str = "") -> str:
    """The command and where to run it, to stand in a sentence."""
    return f"{pip_command(extras, options)} {WHERE}"


def requirement(address: str, extras: str = "") -> str:
    """What pip and uv install on another machine, which has no clone.

    Args:
        address: of a git repository, such as https://github.com/OWNER/REPOSITORY.
        extras: of setup.cfg, with commas.
    """
    return f"hf-sentiment{f'[{extras}]' if extras else ''} @ git+{address.removeprefix('git+')}"
