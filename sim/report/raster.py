"""Drawings as PNG, for slides and letters: the same bytes every time.

They are drawn with Pillow, which Matplotlib brings with it and writes its own pictures with: loading Matplotlib and
drawing with it would take most of the time of a small run.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from math import ceil, hypot
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import numpy as np

from sim.report.marks import POINTS, Area, Bar, Dots, Drawing, Line, Mark, Panel, Words, hatching
from sim.report.vector import corners

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

DPI, FINER = 200, 2
"""Pixels an inch, and how many times finer they are drawn, so that edges are smooth."""
SCALE = DPI * FINER / POINTS
"""Drawn pixels a point."""
UP = 2
"""PNG's name for a row that is told by what differs from the one above."""
Spot = tuple[float, float]


def png_bytes(drawing: Drawing) -> bytes:
    """A drawing as PNG."""
    from PIL import Image

    size = ceil(drawing.width * DPI) * FINER, ceil(drawing.height * DPI) * FINER
    paper = _Paper(Image.new("RGB", size, "white"))
    for panel in drawing.panels:
        for mark in panel.everything():
            paper.put(panel, mark)
    for words in drawing.words:
        paper.write((words.x * SCALE, words.y * SCALE), words)
    return _encoded(paper.image.reduce(FINER))


def _encoded(image: Image) -> bytes:
    """An RGB image as PNG, each row as what differs from the one above.

    Pillow would try every filter on every row, which takes longer than drawing and hardly makes flat colours smaller.
    """
    width, height = image.size
    rows = np.frombuffer(image.tobytes(), np.uint8).reshape(height, 3 * width)
    above = np.full((height, 1 + 3 * width), UP, np.uint8)
    above[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=above[1:, 1:])
    metre = round(DPI / 0.0254)
    parts = (
        (
            b"IHDR",
            struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0),
        ),  # 8 bits each of red, green and blue
        (b"pHYs", struct.pack(">IIB", metre, metre, 1)),
        (b"IDAT", zlib.compress(above.tobytes(), 3)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


class _Paper:
    """An image that marks are put on."""

    def __init__(self, image: Image) -> None:
        from PIL import ImageDraw

        self.image, self.pen = image, ImageDraw.Draw(image)

    def put(self, panel: Panel, mark: Mark) -> None:
        match mark:
            case Line():
                self._line(_spots(panel, mark.xs, mark.ys), mark)
            case Area():
                self._area(_spots(panel, mark.xs, mark.ys), mark)
            case Bar():
                ends = _spots(panel, (mark.x, mark.x + mark.width), (mark.y, mark.y + mark.height))
                self._bar(ends, mark)
            case Dots():
                for spot in _spots(panel, mark.xs, mark.ys):
                    self._dot(spot, mark)
            case Words():
                self.write(_spots(panel, (mark.x,), (mark.y,))[0], mark)
            case _:
                assert_never(mark)

    def _line(self, spots: list[Spot], line: Line) -> None:
        width = max(1, round(line.width * SCALE))
        parts = [spots] if line.dash is None else _dashes(spots, [d * line.width * SCALE for d in line.dash])
        colour = _mixed(line.colour, line.alpha)
        for part in parts:
            self.pen.line(part, fill=colour, width=width, joint="curve")

    def _area(self, spots: list[Spot], area: Area) -> None:
        from PIL import Image, ImageDraw

        left, top = (int(min(spot[i] for spot in spots)) for i in (0, 1))
        right, bottom = (ceil(max(spot[i] for spot in spots)) + 1 for i in (0, 1))
        mask = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in spots], fill=round(255 * area.alpha))
        self.image.paste(area.fill, (left, top), mask)

    def _bar(self, ends: list[Spot], bar: Bar) -> None:
        (left, right), (top, bottom) = (sorted(end[i] for end in ends) for i in (0, 1))
        if round(right) <= round(left) or round(bottom) <= round(top):
            return
        self.pen.rectangle((round(left), round(top), round(right) - 1, round(bottom) - 1), fill=bar.fill)
        if bar.hatch:
            points = (side / SCALE for side in (left, top, right, bottom))
            for a, b, c, d in hatching(bar.hatch, *points):
                spots = (a * SCALE, b * SCALE, c * SCALE, d * SCALE)
                self.pen.line(spots, fill=bar.ink, width=round(0.6 * SCALE))

    def _dot(self, spot: Spot, dots: Dots) -> None:
        (x, y), r = spot, dots.size / 2 * SCALE
        rim = round(SCALE) if dots.edge else 0
        if dots.kind == "o":
            box = (x - r - rim / 2, y - r - rim / 2, x + r + rim / 2, y + r + rim / 2)
            self.pen.ellipse(box, fill=dots.fill, outline=dots.edge or None, width=rim)
            return
        shape = corners(dots.kind, x, y, r)
        self.pen.polygon(shape, fill=dots.fill)
        if rim:
            self.pen.line([*shape, shape[0], shape[1]], fill=dots.edge, width=rim, joint="curve")

    def write(self, spot: Spot, words: Words) -> None:
        """Words beside a spot (drawn pixels)."""
        font = _font(words.bold, round(words.size * SCALE))
        for down, line in words.lines():
            width = font.getlength(line)
            x = spot[0] - {"left": 0.0, "center": 0.5, "right": 1.0}[words.across] * width
            y = spot[1] + down * SCALE
            if words.boxed:
                edge, size = 1.5 * SCALE, words.size * SCALE
                box = (x - edge, y - 0.78 * size - edge, x + width + edge, y + 0.1 * size + edge)
                self.pen.rectangle(box, fill="white")
            self.pen.text((x, y), line, font=font, fill=words.colour, anchor="ls")


def _spots(panel: Panel, xs: Sequence[float], ys: Sequence[float]) -> list[Spot]:
    found = (panel.place(x, y) for x, y in zip(xs, ys, strict=True))
    return [(x * SCALE, y * SCALE) for x, y in found]


def _dashes(spots: list[Spot], lengths: list[float]) -> Iterator[list[Spot]]:
    """The parts of a line that are drawn; dash and gap go on round its corners."""
    part, drawn, left = [spots[0]], True, lengths[0]
    for (x0, y0), (x1, y1) in pairwise(spots):
        length = hypot(x1 - x0, y1 - y0)
        gone = 0.0
        while length - gone > left:
            gone += left
            at = (x0 + (x1 - x0) * gone / length, y0 + (y1 - y0) * gone / length)
            if drawn:
                yield [*part, at]
            drawn, part = not drawn, [at]
            left = lengths[0 if drawn else 1]
        left -= length - gone
        part.append((x1, y1))
    if drawn:
        yield part


def _mixed(colour: str, alpha: float) -> str:
    """A colour as it looks on white."""
    if alpha == 1.0:
        return colour
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + alpha * (part - 255)):02x}" for part in parts)


@lru_cache
def _font(bold: bool, size: int) -> FreeTypeFont:
    """The typeface that Matplotlib brings with it (found without loading Matplotlib)."""
    from PIL import ImageFont

    found = find_spec("matplotlib")
    assert found is not None, "the package depends on it"
    assert found.origin is not None
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    file = folder / f"DejaVuSans{'-Bold' if bold else ''}.ttf"
    return ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)
