"""Charts of many answers, drawn from counts: their size does not grow with the number of reviews."""

import html

import altair as alt
import numpy as np
import pandas as pd

from hf_sentiment.streamlit_app.palette import fill, percent, sign, tone

BINS = 20


def label_bars(frame: pd.DataFrame, labels: list[str]) -> str:
    """The number of reviews of each label and their share, as HTML, in the adapter's order."""
    counts = frame["label"].value_counts()
    rows = []
    for label in labels:
        count = int(counts.get(label, 0))
        share = count / max(len(frame), 1)
        width = f"width: {100 * share:.2f}%"
        rows.append(
            f'<span class="{tone(label)}"><span aria-hidden="true">{sign(label)}</span> {html.escape(label)}</span>'
            f'<span class="scale" aria-hidden="true"><span class="fill {tone(label)}" style="{width}">'
            f"</span></span><span>{count:,} ({percent(share)})</span>"
        )
    return f'<div class="verdict"><div class="rows">{"".join(rows)}</div></div>'


def histogram(frame: pd.DataFrame, labels: list[str]) -> alt.Chart:
    """How confident the answers are: a histogram of the winning label's score."""
    edges = np.linspace(0, 1, BINS + 1)
    parts = []
    for label in labels:
        counts, _ = np.histogram(frame.loc[frame["label"] == label, "score"], edges)
        parts.append(pd.DataFrame({"label": label, "from": edges[:-1], "to": edges[1:], "reviews": counts}))
    table = pd.concat(parts).query("reviews > 0")
    # With two labels, the winner's score is at least one half: leave out the empty side.
    lowest = float(np.floor(table["from"].min() * 10) / 10) if len(table) else 0.0
    scale = alt.Scale(domain=[lowest, 1], nice=False)
    colours = alt.Scale(domain=labels, range=[fill(label) for label in labels])
    legend = alt.Legend(orient="top", title=None) if len(labels) < 7 else None
    return (
        alt.Chart(table)
        .mark_bar(orient="vertical")
        .encode(
            x=alt.X("from:Q", title="score of the answer", axis=alt.Axis(format="%"), scale=scale),
            x2="to:Q",
            y=alt.Y("reviews:Q", title="reviews", stack="zero", axis=alt.Axis(tickMinStep=1, format=",d")),
            color=alt.Color("label:N", scale=colours, legend=legend),
            tooltip=["label", "reviews", alt.Tooltip("from:Q", format=".0%"), alt.Tooltip("to:Q", format=".0%")],
        )
        .properties(height=260)
    )
