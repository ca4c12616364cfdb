"""How figures look: colours that differ in hue and in lightness, one typeface, two widths."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette, told apart with every common form of colour blindness
BLUE, ORANGE, GREEN, SKY = "#0072B2", "#E69F00", "#009E73", "#56B4E9"
INK, QUIET, LINE, PALE = "#1a1a1a", "#555555", "#b8b8b8", "#ececec"
"""Text; text that steps back (7.5:1 on white); hairlines; what did not happen."""
NOT = {"fill": PALE, "hatch": "/", "ink": "#a3a3a3"}
"""The look of a bar that is 'not within the horizon', everywhere."""
SHADES = ("#f4f7fb", "#9ecae1", "#3d85b8", "#0b3c68")
"""White to dark blue, ever darker: reads in grey too."""

WIDE, NARROW = 7.6, 3.5
"""Widths in inches; on a page and on a phone both give text of about 12 pixels."""
COMPACT = 5.0
"""A figure narrower than this many inches is drawn for a phone."""
NOTE_LETTERS = 17
"""Of a note under a figure, an inch."""

RC: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.edgecolor": LINE,
    "axes.labelcolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "accession",
    "path.simplify": False,
    "text.parse_math": False,
    "figure.dpi": 100.0,
}


_ONE_AT_A_TIME = RLock()
"""Matplotlib's settings belong to the process: two threads that change them would each restore the other's."""


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib's own defaults and then ours, whatever a user has set; the user's come back at the end.

    One thread draws at a time; others wait.
    """
    import matplotlib

    backend = {"backend", "backend_fallback", "toolbar", "interactive", "webagg.open_in_browser"}
    own: dict[Any, Any] = {k: v for k, v in matplotlib.rcParamsDefault.items() if k not in backend}
    with _ONE_AT_A_TIME, matplotlib.rc_context(own | RC):
        yield


def canvas(width: float, height: float) -> Figure:
    """An empty figure (inches) that belongs to no window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def area(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Axes at distances (inches) from the four edges."""
    width, height = figure.get_size_inches()
    box = (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    return figure.add_axes(box)


def whole_figure(ax: Axes) -> Figure:
    """The figure that axes are in, also where they are in a part of it; every Matplotlib since 3.8 can tell it so."""
    return ax.figure.figure


def shade(share: float) -> str:
    """The colour of a share between 0 and 1."""
    place = min(max(share, 0.0), 1.0) * (len(SHADES) - 1)
    first = min(int(place), len(SHADES) - 2)
    low, high = ([int(SHADES[i][k : k + 2], 16) for k in (1, 3, 5)] for i in (first, first + 1))
    mixed = (a + (place - first) * (b - a) for a, b in zip(low, high, strict=True))
    return "#" + "".join(f"{round(part):02x}" for part in mixed)
