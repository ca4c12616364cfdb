"""The hand-written pages: tests that they name exist, links lead somewhere, checklists are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.scenario.load import builtin_scenarios
from tests import trace
from tests.mutants import CORE, files_of
from tests.unit.test_layers import FOLDERS

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "scenarios/README.md"]
TRACE = (ROOT / "docs/trace.md").read_text("utf-8")
STRESS = (ROOT / "docs/stress.md").read_text("utf-8")
MODEL = (ROOT / "docs/model.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link


def test_the_map_of_the_code_names_files_that_exist_and_every_folder() -> None:
    page = (ROOT / "docs/code.md").read_text("utf-8")
    named = re.findall(r"`([a-z_/]+\.py)`", page)
    assert len(named) > 30
    for file in named:
        assert any((ROOT / top / file).exists() for top in ("sim", "tests", ".")), file
    folders = re.findall(r"^\| `([a-z]+)` \|", page, flags=re.MULTILINE)
    assert folders == [name for name in FOLDERS if name != "cli"]


def test_the_notebook_names_tests_that_exist() -> None:
    named = re.findall(r"`(\w+/test_\w+\.py)::(test_\w+)`", TRACE)
    assert len(named) > 40
    for file, test in named:
        assert f"\ndef {test}(" in (ROOT / "tests" / file).read_text("utf-8"), (file, test)


def test_the_notebook_says_of_every_test_file_what_it_shows_and_where_it_runs() -> None:
    _, written, _ = trace.parts(TRACE)
    assert written == trace.table(), "python -m tests.trace writes the table"


def test_the_notebook_says_what_the_exhaustive_tests_add() -> None:
    about = TRACE[TRACE.index("### Which test shows what") : TRACE.index(trace.FIRST)]
    first = "\n".join(row.split(" | ")[0] for row in about.splitlines() if row.startswith("| `"))
    named = re.findall(r"`(\w+/test_\w+\.py)::(\w+)`", first)
    assert len(named) == len(set(named))
    assert {file for file, _ in named} == trace.exhaustive()


def test_the_notebook_has_its_eight_elements_and_names_variants_that_exist() -> None:
    assert re.findall(r"^## (\d)\.", TRACE, flags=re.MULTILINE) == list("12345678")
    named = set(re.findall(r"`((?:variant|recognition)-[a-z-]+)`", TRACE))
    there = {name for name in builtin_scenarios() if name.startswith(("variant-", "recognition-"))}
    assert named == there


def test_the_checklist_has_its_items_in_order() -> None:
    items = re.findall(r"^\| (\d(?:\.\d)+) ", STRESS, flags=re.MULTILINE)
    assert items == [
        "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "3.1", "3.2", "3.3",
        "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1",
    ]  # fmt: skip


def test_the_description_has_the_elements_and_concepts_of_the_protocol() -> None:
    assert re.findall(r"^## (\d)\.", MODEL, flags=re.MULTILINE)[:7] == list("1234567")
    concepts = (
        "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing",
        "Interaction", "Stochasticity", "Collectives", "Observation",
    )  # fmt: skip
    places = [MODEL.index(f"*{concept}.*") for concept in concepts]
    assert places == sorted(places)


def test_what_is_changed_on_purpose_is_there_and_so_are_its_tests(checkout: Path) -> None:
    for module, tests in (each for group in CORE.values() for each in group.items()):
        assert (checkout / module).is_file(), module
        assert all((checkout / "tests" / file).is_file() for file in files_of(tests)), module
