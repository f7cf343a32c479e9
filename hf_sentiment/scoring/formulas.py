"""Keep the cells of a CSV file from being run as formulas by the spreadsheet that opens it."""

import csv
import io
import re

# Where spreadsheets begin a formula, or skip to one: https://owasp.org/www-community/attacks/CSV_Injection
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")
# A number with a sign begins like a formula, but is none; it must stay a number.
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def without_formula(cell: str) -> str:
    """A cell with an apostrophe before a formula, as OWASP advises: spreadsheets then show it as text.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{cell}" if cell.startswith(BEGINNINGS) and not NUMBER.fullmatch(cell) else cell


def without_formulas(content: bytes) -> bytes:
    """A CSV file, as predict writes it, whose cells are no formulas."""
    escaped = io.StringIO(newline="")
    rows = csv.reader(io.StringIO(content.decode(), newline=""))
    csv.writer(escaped).writerows([without_formula(cell) for cell in row] for row in rows)
    return escaped.getvalue().encode()
