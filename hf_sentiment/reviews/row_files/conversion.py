"""How to convert files of formats that are not read."""

from pathlib import Path

DECOMPRESS = {
    ".gz": "gunzip -k",
    ".zst": "zstd -d",
    ".bz2": "bunzip2 -k",
    ".xz": "unxz -k",
    ".zip": "unzip",
}
# The package that pandas needs for each of them.
EXCEL = {".xlsx": "openpyxl", ".xls": "xlrd"}


def cure(name: str, suffix: str) -> str | None:
    """The sentence that says how to convert a file by its suffix; None if nothing is known about it.

    Args:
        name: the file, as a command can name it.
        suffix: its suffix in lower case.
    """
    if suffix in DECOMPRESS:
        return f"{name} is compressed: decompress it with {DECOMPRESS[suffix]} {name}."
    if suffix in EXCEL:
        # Without na_filter=False, the words "None" and "NA" would become empty cells.
        code = f"import pandas; pandas.read_excel('{name}', dtype=str, na_filter=False)"
        code += f".to_csv('{Path(name).stem}.csv', index=False)"
        return f'{name} is an Excel file: save it as CSV, or run pip install {EXCEL[suffix]} and python -c "{code}"'
    return None
