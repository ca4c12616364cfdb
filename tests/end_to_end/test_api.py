"""The public face: its page is what it offers, and the page's examples give what they show."""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import accession
from sim.api.told import codes_of, day_of
from tests.commands import ran
from tests.figures import blank

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest) -> Path:
    return request.config.rootpath / "docs" / "api.md"


def test_the_examples_on_the_page_are_true(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None looks at a report: what one that is saved has in it is the next test's."""
    monkeypatch.chdir(tmp_path)
    with blank():
        found = doctest.testfile(str(page), module_relative=False, optionflags=OPTIONS)
    assert found.attempted > 20
    assert found.failed == 0


def test_the_face_is_what_the_page_lists(page: Path) -> None:
    listed = re.findall(r"^\| `(\w+)` \|", page.read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(accession.__all__)
    assert {*accession.__all__, "__version__"} == set(dir(accession))


@pytest.mark.parametrize("name", accession.__all__)
def test_methods_on_the_page_exist(name: str, page: Path) -> None:
    offered: Any = getattr(accession, name)
    row = re.search(rf"^\| `{name}` \| (.*) \|$", page.read_text("utf-8"), re.MULTILINE)
    assert row is not None
    for method in re.findall(r"`\.(\w+)", row[1]):
        assert hasattr(offered, method) or method in _attributes(offered), (name, method)
    assert offered.__doc__


def _attributes(kind: Any) -> set[str]:
    """Attributes that are set when an object is made."""
    return set(kind.__init__.__code__.co_names)


def test_the_import_loads_nothing_heavy() -> None:
    code = "import sys, accession; print([n for n in ('numpy', 'pandas', 'numba', 'pydantic') if n in sys.modules])"
    done = ran([sys.executable, "-c", code])
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        accession.rum  # noqa: B018


# --- stored numbers as people read them -------------------------------------------------------------------


def test_meetings_fall_on_their_own_day() -> None:
    """Every day of a century, as years since the start and back."""
    start = pd.Timestamp("2026-12-01")
    days = pd.date_range(start, periods=36_525)
    years = pd.Series((days - start).days / 365.25)
    assert (day_of(years, start.date()) == days.to_series(index=years.index)).all()
    assert day_of(pd.Series([float("nan")]), start.date()).isna().all()


def test_blockers_have_their_codes_beyond_one_word_of_bits() -> None:
    voters = [f"V{i:02}" for i in range(70)]
    table = pd.DataFrame({"blockers_pfp": [5, 0, 2**63], "blockers_pfp_2": [0, 2, 1]}, dtype="uint64")
    assert codes_of(table, "pfp", voters).tolist() == ["V00, V02", "V65", "V63, V64"]
    few = pd.DataFrame({"blockers_pfp": [3, 0]}, dtype="uint64")
    assert codes_of(few, "pfp", ["GRC", "ESP"]).tolist() == ["GRC, ESP", ""]


def test_results_are_short_and_have_a_table_for_notebooks(tmp_path: Path) -> None:
    result = accession.run("status-quo", trajectories=1_000, worlds=100)
    assert len(repr(result)) < 400
    shown = result._repr_html_()
    assert "<table" in shown
    assert "more rows" in shown
    assert len(shown) < 10_000
    told = result.trajectories()
    assert len(repr(told)) < 10_000
    assert pd.api.types.is_datetime64_any_dtype(told["pfp"])
    taken = told["how_pfp"] != "not reached"
    assert (told["pfp"].notna() == taken).all()
    assert told["blockers_pfp"].str.contains("ESP").any()


def test_a_saved_result_is_the_one_that_was_written_at_once(drawn_or_blank: bool, tmp_path: Path) -> None:
    at_once = accession.run("four-together", trajectories=1_000, worlds=100, out=tmp_path / "once")
    later = accession.run("four-together", trajectories=1_000, worlds=100)
    later.save(tmp_path / "later")
    names = {str(path.relative_to(at_once.folder)) for path in at_once.folder.rglob("*") if path.is_file()}
    assert "report.html" in names
    assert names == {
        str(path.relative_to(tmp_path / "later"))
        for path in (tmp_path / "later").rglob("*")
        if path.is_file()
    }
    for name in names:
        assert (at_once.folder / name).read_bytes() == (tmp_path / "later" / name).read_bytes(), name


def test_what_was_not_kept_is_said() -> None:
    result = accession.run("status-quo", trajectories=1_000, worlds=100, keep="summary")
    with pytest.raises(accession.RunError, match="kept no trajectories"):
        result.trajectories()
    with pytest.raises(
        accession.OptionError, match=r"what 'probabilty': did you mean 'probability'\? allowed: "
    ):
        result.draw("probabilty")
    with pytest.raises(accession.OptionError, match="step 'pf'"):
        result.draw(step="pf")


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(accession.RunError, match=re.escape(str(tmp_path))):
        accession.read(tmp_path)
