"""``docs/fits.md`` is what the committed tables give, and every number of theirs is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.history.fits.fitted import read_manifest
from sim.pages.fits import page


@pytest.fixture(scope="module")
def text(checkout: Path) -> str:
    return (checkout / "docs" / "fits.md").read_text("utf-8")


def test_the_page_is_made_from_the_tables(checkout: Path, text: str) -> None:
    assert page(checkout / "scenarios" / "tables") == text


def test_every_column_and_every_check_has_a_line(checkout: Path, text: str) -> None:
    for entry in read_manifest(checkout / "scenarios" / "tables").values():
        for column in entry.columns:
            assert text.count(f"\n| `{column}` | ") == 1, column
        for check in entry.checks:
            assert f"\n- {check.replace('_', ' ')}:" in text, check
