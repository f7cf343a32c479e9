"""The look of every picture: one palette, one size, as a PNG on white or an SVG in the colours of its page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

# Dark blue and orange are distinct for every kind of colour vision; shapes repeat the distinction.
INK, PAPER, MAIN, MARKED, QUIET, GRID = "#1f2937", "#ffffff", "#00306f", "#d55e00", "#6b7280", "#e5e7eb"
# Lines of several labels, each with enough contrast on white.
LINES = (MAIN, MARKED, "#00795c", "#9c2f7f", "#7a5f00", "#4b5563")
# Colour -> the variable of the page that replaces it in an SVG.
VARIABLES = {
    INK: "ink",
    PAPER: "paper",
    MAIN: "main",
    MARKED: "warm",
    QUIET: "quiet",
    GRID: "line",
    **{colour: f"line{place}" for place, colour in enumerate(LINES[2:], start=2)},
}
# Inches: two beside each other on a wide page, one on a phone, where ten points stay ten pixels.
WIDTH, HEIGHT = 4.8, 3.6
STYLE: dict[Any, Any] = {
    # On a dark page, the dark text of a transparent PNG would be invisible.
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "savefig.dpi": 144,
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    # A dollar sign in a label is no formula.
    "text.parse_math": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "legend.frameon": False,
    "legend.fontsize": 9,
    # Text as text: small, sharp, in the page's own font.
    "svg.fonttype": "none",
    # The same report gives the same file.
    "svg.hashsalt": "hf_sentiment",
}
SVG, LINK = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}href"


@contextmanager
def paper(
    target: Path | StringIO, width: float = WIDTH, height: float = HEIGHT, panels: int = 1, **options: Any
) -> Iterator[Any]:
    """Yield the axes of a new figure, and save it.

    Args:
        target: a PNG file, or a buffer for an SVG, see `themed`.
        width: in inches.
        height: in inches.
        panels: with several, one above the other, an array of axes is yielded.
        **options: of matplotlib's `Figure.subplots`.
    """
    # Importing matplotlib takes half a second. Without pyplot it needs no display and keeps no figures in memory.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure.subplots(panels, **options)
        if isinstance(target, StringIO):
            figure.savefig(target, format="svg", transparent=True, metadata={"Date": None})
        else:
            figure.savefig(target)


def themed(svg: str, name: str, description: str) -> str:
    """Make a picture of `paper` a part of an HTML page.

    Args:
        svg: the file.
        name: unique in the page, for the ids within the picture.
        description: for those who do not see it.

    Returns:
        An svg element whose colours are the page's: --ink, --paper, --main, --warm, --quiet, --line, --line2 to
        --line5.
    """
    # matplotlib escapes what is special in XML, but a label may hold characters that XML does not know.
    root = ElementTree.fromstring(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", svg))  # noqa: S314 - our own
    used = set(re.findall(r'(?:url\(|href=")#([\w-]+)', svg))
    for element in list(root.iter()):
        for child in [child for child in element if child.tag.endswith("}metadata")]:
            element.remove(child)
        # Most ids name groups, and would occur once in each picture of the page.
        if (identity := element.get("id")) is not None:
            del element.attrib["id"]
            if identity in used:
                element.set("id", f"{name}-{identity}")
        if (target := element.get(LINK)) is not None:
            del element.attrib[LINK]
            element.set("href", f"#{name}-{target.removeprefix('#')}")
        for attribute, value in element.items():
            element.set(attribute, _coloured(value.replace("url(#", f"url(#{name}-")))
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.attrib |= {"role": "img", "aria-label": description}
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode").strip()


def error_shade(share: float) -> float:
    """The opacity of a cell of the confusion matrix, by its share of the reviews with the true label.

    The root, so that an error of 4 % can be seen; at most a half, so that the number stays readable on it.
    """
    return 0.5 * share**0.5


def percent_axis(value: float, _: int) -> str:
    """A share beside an axis: 0.9 becomes "90 %", 0.975 becomes "97.5 %"."""
    return f"{100 * value:.4g} %"


def _coloured(value: str) -> str:
    # Attributes cannot hold variables, but styles can, and matplotlib writes all colours but a few into styles.
    for colour, variable in VARIABLES.items():
        value = value.replace(colour, f"var(--{variable})")
    return re.sub(r"'DejaVu Sans'[^;]*", "inherit", value)
