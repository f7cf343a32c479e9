"""Columns of scores in a table: bars, in per cent as everywhere else in the app."""

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

# Pixels: a bar that can be read, and two of them beside a label on a phone.
SCORE_WIDTH = 125


def score_bars(name: str, colour: str | None = None) -> ColumnConfig:
    """A column of bars, for scores that `in_percent` has multiplied by 100.

    Args:
        name: the heading.
        colour: as #rrggbb; the theme's by default.
    """
    return st.column_config.ProgressColumn(
        name, format="%.1f %%", min_value=0, max_value=100, color=colour, width=SCORE_WIDTH
    )


def in_percent(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """A copy of a table whose columns of scores are in per cent."""
    return frame.assign(**{column: 100 * frame[column] for column in columns})
