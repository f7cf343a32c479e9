"""How to convert files of formats that are not read."""

DECOMPRESS = {
    ".gz": "gunzip -k",
    ".zst": "zstd -d",
    ".bz2": "bunzip2 -k",
    ".xz": "unxz -k",
    ".zip": "unzip",
}


def cure(name: str, suffix: str) -> str | None:
    """The sentence that says how to convert a file by its suffix; None if nothing is known about it.

    Args:
        name: the file, as a command can name it.
        suffix: its suffix in lower case.
    """
    if suffix in DECOMPRESS:
        return f"{name} is compressed: decompress it with {DECOMPRESS[suffix]} {name}."
    if suffix in (".xls", ".ods", ".numbers"):
        return f"{name} is a spreadsheet of a format that is not read: save it as .xlsx or CSV."
    return None
