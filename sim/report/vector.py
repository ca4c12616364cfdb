"""Drawings as SVG: the same bytes every time, no scripts, no addresses, no ids, text as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from markupsafe import Markup, escape

from sim.report.marks import POINTS, Area, Bar, Dots, Drawing, Line, Mark, Panel, Words, hatching
from sim.report.style import INK

_FONTS = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
_ANCHOR = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}


def svg_text(drawing: Drawing) -> str:
    """A drawing as a file of its own."""
    width, height = (_number(POINTS * side) for side in (drawing.width, drawing.height))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" '
        f'viewBox="0 0 {width} {height}" font-family="{_FONTS}">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{_body(drawing)}</svg>\n'
    )


def inline(drawing: Drawing, alt: str) -> Markup:
    """A drawing as a part of a page: it scales to its box, and is one image that ``alt`` tells of."""
    box = f"0 0 {_number(POINTS * drawing.width)} {_number(POINTS * drawing.height)}"
    return Markup(
        f'<svg viewBox="{box}" role="img" aria-label="{escape(alt)}" focusable="false">\n{_body(drawing)}</svg>'
    )


def _body(drawing: Drawing) -> str:
    whole = Panel(drawing.width, drawing.height, False)
    whole.x, whole.y = (0.0, POINTS * drawing.width), (POINTS * drawing.height, 0.0)
    parts = [text for panel in drawing.panels for mark in panel.everything() for text in _mark(panel, mark)]
    parts += [text for words in drawing.words for text in _words(whole, words)]
    return f'<g font-size="9" fill="{INK}">\n' + "\n".join(parts) + "\n</g>\n"


def _mark(panel: Panel, mark: Mark) -> Iterator[str]:
    match mark:
        case Line():
            yield _line(panel, mark)
        case Area():
            faint = f' fill-opacity="{mark.alpha:g}"' if mark.alpha < 1 else ""
            yield f'<path d="{_path(_points(panel, mark.xs, mark.ys))}z" fill="{mark.fill}"{faint}/>'
        case Bar():
            yield from _bar(panel, mark)
        case Dots():
            yield _dots(panel, mark)
        case Words():
            yield from _words(panel, mark)
        case _:
            assert_never(mark)


def _line(panel: Panel, line: Line) -> str:
    look = f'fill="none" stroke="{line.colour}" stroke-width="{line.width:g}"'
    if line.dash:
        look += f' stroke-dasharray="{" ".join(_number(part * line.width) for part in line.dash)}"'
    if line.alpha < 1:
        look += f' stroke-opacity="{line.alpha:g}"'
    return f'<path d="{_path(_points(panel, line.xs, line.ys))}" {look}/>'


def _bar(panel: Panel, bar: Bar) -> Iterator[str]:
    (x0, y0), (x1, y1) = panel.place(bar.x, bar.y), panel.place(bar.x + bar.width, bar.y + bar.height)
    left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    yield (
        f'<rect x="{_number(left)}" y="{_number(top)}" width="{_number(right - left)}" '
        f'height="{_number(bottom - top)}" fill="{bar.fill}"/>'
    )
    if bar.hatch:
        lines = "".join(
            f"M{_number(a)} {_number(b)}L{_number(c)} {_number(d)}"
            for a, b, c, d in hatching(bar.hatch, left, top, right, bottom)
        )
        yield f'<path d="{lines}" stroke="{bar.ink}" stroke-width="0.6"/>'


def _dots(panel: Panel, dots: Dots) -> str:
    r, rim = dots.size / 2, f' stroke="{dots.edge}"' if dots.edge else ""
    parts = []
    for x, y in _points(panel, dots.xs, dots.ys):
        if dots.kind == "o":
            parts.append(f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(r)}"/>')
        else:
            parts.append(f'<path d="{_path(corners(dots.kind, x, y, r))}z"/>')
    return f'<g fill="{dots.fill}"{rim}>' + "".join(parts) + "</g>"


def corners(kind: str, x: float, y: float, r: float) -> list[tuple[float, float]]:
    """Of a square (``s``) or a diamond (``D``) that is ``2 r`` wide."""
    if kind == "s":
        return [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
    r *= 1.35  # as large as a square to the eye
    return [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]


def _words(panel: Panel, words: Words) -> Iterator[str]:
    x, y = panel.place(words.x, words.y)
    look = _ANCHOR[words.across]
    if words.size != 9.0:
        look += f' font-size="{words.size:g}"'
    if words.colour != INK:
        look += f' fill="{words.colour}"'
    if words.bold:
        look += ' font-weight="bold"'
    if words.boxed:
        look += ' stroke="#ffffff" stroke-width="3" paint-order="stroke"'
    for down, line in words.lines():
        text = escape(line.replace("  ", "\u00a0\u00a0"))
        yield f'<text x="{_number(x)}" y="{_number(y + down)}"{look}>{text}</text>'


def _points(panel: Panel, xs: Iterable[float], ys: Iterable[float]) -> list[tuple[float, float]]:
    return [panel.place(x, y) for x, y in zip(xs, ys, strict=True)]


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _number(value: float) -> str:
    """To a twentieth of a point or better, without zeroes at the end."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
