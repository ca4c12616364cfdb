"""How figures look: colours that differ in hue and in lightness, one typeface, two widths."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import fill
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

# Okabe and Ito's palette, told apart with every common form of colour blindness
BLUE, ORANGE, GREEN, SKY = "#0072B2", "#E69F00", "#009E73", "#56B4E9"
INK, QUIET, LINE, PALE = "#1a1a1a", "#555555", "#b8b8b8", "#ececec"
"""Text; text that steps back (7.5:1 on white); hairlines; what did not happen."""
NOT: dict[str, Any] = {"facecolor": PALE, "edgecolor": "#a3a3a3", "hatch": "////", "linewidth": 0.0}
"""The look of 'not within the horizon', everywhere."""

WIDE, NARROW = 7.6, 3.5
"""Widths in inches; on a page and on a phone both give text of about 12 pixels."""
COMPACT = 5.0
"""A figure narrower than this many inches is drawn for a phone."""

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


def noted(figure: Figure, note: str) -> Figure:
    """A figure with a note under it, for where it stands alone; as it is if there is none."""
    if not note:
        return figure
    width, height = (float(side) for side in figure.get_size_inches())
    text = fill(note, int(width * _LETTERS))
    more = _NOTE_LINE * (text.count("\n") + 1) + 0.08
    shrunk = height / (height + more)
    figure.set_size_inches(width, height + more)
    for ax in figure.axes:
        box = ax.get_position()
        ax.set_position((box.x0, 1 - (1 - box.y0) * shrunk, box.width, box.height * shrunk))
    for words in figure.texts:
        words.set_y(1 - (1 - words.get_position()[1]) * shrunk)
    figure.text(0.06 / width, 0.06 / (height + more), text, fontsize=7.5, color=QUIET, va="bottom")
    return figure


_LETTERS, _NOTE_LINE = 17, 0.14
"""Of a note: letters an inch, and inches a line."""


def whole_figure(ax: Axes) -> Figure:
    """The figure that axes are in, also where they are in a part of it; every Matplotlib since 3.8 can tell it so."""
    return ax.figure.figure


def compact(ax: Axes) -> bool:
    """Whether the figure is one for a phone."""
    return bool(whole_figure(ax).get_size_inches()[0] < COMPACT)


def bare(ax: Axes, *sides: str) -> None:
    """Takes away the named sides of the frame, and their ticks."""
    for side in sides:
        ax.spines[side].set_visible(False)
    hidden: dict[str, Any] = dict.fromkeys(sides, False)
    ax.tick_params(**hidden, length=0 if "left" in sides else 3)


def shades() -> Colormap:
    """White to dark blue, ever darker: reads in grey too."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("share", ["#f4f7fb", "#9ecae1", "#3d85b8", "#0b3c68"])
