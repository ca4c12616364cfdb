"""Matplotlib figures as files (of pages of ``docs/``): the same bytes every time."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SILENT = {"Date": None, "Creator": None, "Format": None, "Type": None}
"""No date and no program in the files."""
DPI = 200


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
