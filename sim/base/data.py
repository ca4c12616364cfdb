"""Where the files are that travel with the package: scenarios and seeds."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def data_folder(name: str, package: Path = PACKAGE) -> Path:
    """``scenarios`` or ``seeds``: inside an installed wheel, else beside the package in a checkout."""
    installed = package / "data" / name
    return installed if installed.is_dir() else package.parent / name
