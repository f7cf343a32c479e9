"""Markdown for text that comes from untrusted sources, such as labels."""

import re

from hf_sentiment.reports.tables import Table

# What begins a link, a picture, emphasis, code, a formula or an HTML tag, or ends a cell.
SPECIAL = re.compile(r"([\\`*_\[\]<>|~$&!])")
# What makes a heading, a list or a line across at the beginning of a line.
LEADING = re.compile(r"^(\d*)([#+=.)-])(?=[ #=-])")


def escape(text: str) -> str:
    """Escape text, so that it is shown as it is: no picture, formatting, heading or HTML, and no end of a table cell.

    An address in it may become a link to itself.
    """
    escaped = SPECIAL.sub(r"\\\1", " ".join(str(text).split()))
    return LEADING.sub(r"\1\\\2", escaped)


def code(text: str) -> str:
    """Text as code; a backtick in it, which would end it, becomes an apostrophe."""
    return "`" + " ".join(str(text).split()).replace("`", "'") + "`"


def render_table(table: Table) -> str:
    """A Markdown table, its cells escaped."""
    lines = [table.headings, ["---"] * len(table.headings), *([escape(cell) for cell in row] for row in table.rows)]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |", 1) for line in lines) + "\n"
