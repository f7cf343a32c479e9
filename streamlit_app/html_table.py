"""A table as HTML whose cells wrap, and whose rows become blocks on a phone: nothing is cut, nothing is scrolled."""

import html

from hf_sentiment.reports.names import MISSING
from hf_sentiment.reports.tables import Table

# Left out on a phone.
MISSED = ' class="missing"'


def html_table(table: Table, name: str) -> str:
    """The table; its cells come from adapters, so they are escaped.

    Args:
        table: headings and rows of text; the first cell of a row says what the row is about.
        name: what the table shows, for those who hear the page.
    """
    headings = [html.escape(each) for each in table.headings]
    head = "".join(f'<th scope="col">{each}</th>' for each in headings)
    body = "".join(f"<tr>{_cells(row, headings)}</tr>" for row in table.rows)
    # On a phone the headings are hidden, and each cell shows its own.
    inside = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<table class="wide" aria-label="{html.escape(name)}">{inside}</table>'


def _cells(row: list[str], headings: list[str]) -> str:
    first, *others = (html.escape(cell) for cell in row)
    named = zip(headings[1:], others, strict=True)
    return f'<th scope="row">{first}</th>' + "".join(
        f'<td data-name="{name}"{MISSED if cell == MISSING else ""}>{cell}</td>' for name, cell in named
    )
