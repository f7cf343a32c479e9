"""Markdown for text that comes from untrusted sources, such as labels."""

from hf_sentiment.reports.tables import Table


def escape(text: str) -> str:
    """Escape text, so that it neither ends a table cell nor starts an HTML tag."""
    return " ".join(str(text).replace("|", "\\|").replace("<", "&lt;").split())


def render_table(table: Table) -> str:
    """A Markdown table, its cells escaped."""
    lines = [table.headings, ["---"] * len(table.headings), *([escape(cell) for cell in row] for row in table.rows)]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |", 1) for line in lines) + "\n"
