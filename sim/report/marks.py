"""What a figure consists of: a drawing has panels, a panel has axes and marks in the units of its axes.

A figure is stated once, as marks; :mod:`sim.report.vector` writes them as SVG, :mod:`sim.report.raster` as PNG, and
:mod:`sim.report.onto` puts them on Matplotlib axes. Lengths are in points (1/72 inch) unless another unit is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from textwrap import fill

from sim.report.style import COMPACT, INK, LINE, NOTE_LETTERS, QUIET

POINTS = 72.0
"""In an inch."""
TICK_SIZE, TITLE_SIZE = 8.5, 9.5
_RISE = {"baseline": 0.0, "bottom": 0.24, "center": -0.36, "top": -0.93}
"""From the baseline of the only line up to where words are put, in parts of their size."""


@dataclass(frozen=True)
class Line:
    """A line through points."""

    xs: Sequence[float]
    ys: Sequence[float]
    colour: str
    width: float = 1.0
    dash: tuple[float, float] | None = None
    """Lengths of dash and gap, in widths of the line."""
    alpha: float = 1.0


@dataclass(frozen=True)
class Area:
    """What lies within a closed line."""

    xs: Sequence[float]
    ys: Sequence[float]
    fill: str
    alpha: float = 1.0


@dataclass(frozen=True)
class Bar:
    """A rectangle from a corner, in a colour and perhaps hatched (``/`` or ``x``)."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    hatch: str = ""
    ink: str = ""
    """Colour of the hatching."""


@dataclass(frozen=True)
class Dots:
    """Discs (``o``), squares (``s``) or diamonds (``D``) of one size across."""

    xs: Sequence[float]
    ys: Sequence[float]
    size: float
    fill: str
    edge: str = ""
    """Colour of the rim, one point wide; none if empty."""
    kind: str = "o"


@dataclass(frozen=True)
class Words:
    """Text, of one line or more, beside a point."""

    x: float
    y: float
    text: str
    size: float = 9.0
    colour: str = INK
    bold: bool = False
    across: str = "left"
    """Which part of it is at the point: left, center or right."""
    up: str = "center"
    """baseline, bottom, center or top."""
    boxed: bool = False
    """Whether what lies under it is white."""
    leading: float = 1.2
    """From one line to the next, in sizes."""

    def lines(self) -> Iterator[tuple[float, str]]:
        """Each line, and how far below the point (points) its baseline is."""
        lines = self.text.split("\n")
        step = self.leading * self.size
        block = {"center": 0.5, "top": 0.0}.get(self.up, 1.0) * step * (len(lines) - 1)
        for place, line in enumerate(lines):
            yield place * step - block - _RISE[self.up] * self.size, line


Mark = Line | Area | Bar | Dots | Words
Ticks = Sequence[tuple[float, str]]
"""Places on an axis with what is written there."""


@dataclass
class Panel:
    """Axes of a size (inches) on a drawing of a width, and the marks on them in the order of drawing.

    Either end of an axis may be the larger one.
    """

    width: float
    height: float
    compact: bool
    """Whether the drawing is one for a phone."""
    left: float = 0.0
    top: float = 0.0
    """Inches from the edges of the drawing."""
    marks: list[Mark] = field(default_factory=list)
    x: tuple[float, float] = (0.0, 1.0)
    """Left and right end."""
    y: tuple[float, float] = (0.0, 1.0)
    """Lower and upper end."""
    x_ticks: Ticks = ()
    y_ticks: Ticks = ()
    y_names: bool = False
    """Whether the y axis has names, not numbers."""
    x_label: str = ""
    title: str = ""
    title_size: float = TITLE_SIZE
    floor: bool = True
    """Whether the x axis is a line."""

    def add(self, *marks: Mark) -> None:
        """Puts marks over those that are there; what has no point is left out."""
        self.marks += [mark for mark in marks if not isinstance(mark, Line | Area | Dots) or len(mark.xs)]

    def right(self, points: float) -> float:
        """A length to the right, in units of the x axis."""
        return points * (self.x[1] - self.x[0]) / (POINTS * self.width)

    def up(self, points: float) -> float:
        """A length upwards, in units of the y axis."""
        return points * (self.y[1] - self.y[0]) / (POINTS * self.height)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Points from the left and from the top of the drawing."""
        (x0, x1), (y0, y1) = self.x, self.y
        across, down = (x - x0) / (x1 - x0), (y1 - y) / (y1 - y0)
        return POINTS * (self.left + across * self.width), POINTS * (self.top + down * self.height)

    def everything(self) -> Iterator[Mark]:
        """The marks, and the axes as marks."""
        left, bottom, top = self.x[0], self.y[0], self.y[1]
        yield from self.marks
        if self.floor:
            yield Line(self.x, (bottom, bottom), LINE, 0.8)
        for x, text in self.x_ticks:
            yield Words(x, bottom - self.up(3.5), text, TICK_SIZE, QUIET, across="center", up="top")
        for y, text in self.y_ticks:
            yield self._beside(y, text)
        if self.x_label:
            yield Words(left, bottom - self.up(15.0), self.x_label, TICK_SIZE, QUIET, up="top")
        if self.title:
            yield Words(left, top + self.up(5.0), self.title, self.title_size, bold=True, up="bottom")

    def _beside(self, y: float, text: str) -> Words:
        size = TICK_SIZE if not self.y_names else 8.0 if "\n" in text else 9.0
        colour = INK if self.y_names else QUIET
        return Words(self.x[0] - self.right(3.5), y, text, size, colour, across="right", leading=1.1)


@dataclass
class Drawing:
    """A whole figure: its size (inches), its panels, and lines of words at its foot."""

    width: float
    height: float
    panels: list[Panel] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    """Placed in points from the left and from the top."""

    def panel(self, left: float, bottom: float, right: float, top: float) -> Panel:
        """New axes at distances (inches) from the four edges."""
        width, height = self.width - left - right, self.height - bottom - top
        made = Panel(width, height, self.width < COMPACT, left, top)
        self.panels.append(made)
        return made

    def foot(self, text: str, size: float, left: float, bottom: float) -> None:
        """Words at distances (inches) of the last baseline from the left and from the bottom."""
        at = POINTS * left, POINTS * (self.height - bottom)
        self.words.append(Words(*at, text, size, QUIET, up="bottom"))

    def noted(self, note: str) -> Drawing:
        """The drawing with a note under it, for where it stands alone; as it is if there is none."""
        if not note:
            return self
        text = fill(note, int(self.width * NOTE_LETTERS))
        more = 0.14 * (text.count("\n") + 1) + 0.08
        longer = replace(self, height=self.height + more, words=list(self.words))
        longer.foot(text, 7.5, 0.06, 0.06)
        return longer


def hatching(kind: str, left: float, top: float, right: float, bottom: float) -> Iterator[tuple[float, ...]]:
    """Hatching of a rectangle: the two ends (x, y, x, y) of each line, rising, and falling too if crossed."""
    gap = {"/": 7.0, "x": 6.0}[kind]
    for at in _between(left + top, right + bottom, gap):  # x + y is the same all along a line
        yield max(left, at - bottom), min(bottom, at - left), min(right, at - top), max(top, at - right)
    if kind == "x":
        for at in _between(left - bottom, right - top, gap):
            yield max(left, at + top), max(top, left - at), min(right, at + bottom), min(bottom, right - at)


def _between(low: float, high: float, gap: float) -> Iterator[float]:
    """Multiples of ``gap``, so that the hatching of neighbours meets."""
    number = int(low // gap) + 1
    while number * gap < high:
        yield number * gap
        number += 1
