"""Figures as files and as parts of a page: the same bytes every time, no scripts, no addresses."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from sim.report.style import drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SILENT = {"Date": None, "Creator": None, "Format": None, "Type": None}
"""No date and no program in the files."""
DPI = 200

_RULES = re.compile(r"\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
"""Rules for every element of a page; the page's own style sheet has them for figures."""
_ID = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'(?:url\(#|href="#)([^")]*)')


def svg_text(figure: Figure) -> str:
    """A figure as SVG, with its text as text."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata=SILENT)
    return re.sub(r"\s*<metadata>.*?</metadata>", "", out.getvalue(), flags=re.DOTALL)


def png_bytes(figure: Figure) -> bytes:
    """A figure as PNG."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def write_drawings(folder: Path, drawings: Mapping[str, Callable[[], Figure]]) -> None:
    """Each as SVG and PNG in a new folder; the same bytes whatever a user has set.

    :param drawings: name -> what draws it.
    """
    folder.mkdir()
    for name, draw in drawings.items():
        with drawing():
            figure = draw()
            (folder / f"{name}.svg").write_text(svg_text(figure), "utf-8")
            (folder / f"{name}.png").write_bytes(png_bytes(figure))


def inline(text: str, name: str, alt: str) -> Markup:
    """SVG as a part of a page.

    It scales to its box, is one image with ``alt`` for those who cannot see it, and keeps only the ids it
    uses, each made unique with ``name``.
    """
    body = text[text.index("<svg") :]
    opening, _, rest = _RULES.sub("", body).partition(">")
    found = re.search(r'viewBox="([^"]*)"', opening)
    assert found, "Matplotlib writes a viewBox"
    used = set(_USED.findall(rest))

    def renamed(match: re.Match[str]) -> str:
        return f' id="{name}-{match[1]}"' if match[1] in used else ""

    rest = _ID.sub(renamed, rest)
    rest = rest.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-').strip()
    start = f'<svg viewBox="{found[1]}" role="img" aria-label="{escape(alt)}" focusable="false">'
    return Markup(start + rest)
