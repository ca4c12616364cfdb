"""What the project asks for: bounds, pins and the page that explains them are in step."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ;.*)?(?: \\)?$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def bounds() -> dict[str, str]:
    """Direct dependencies -> the oldest release that will do."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    found = [re.match(r"([\w.-]+)>=([\d.]+)", line) for line in asked]
    return {match[1]: match[2] for match in found if match}


def pins(lock: Path) -> dict[str, str]:
    found = map(PIN.match, lock.read_text("utf-8").splitlines())
    return {match[1]: match[2] for match in found if match}


def release(version: str) -> tuple[int, ...]:
    """``1.24`` and ``1.24.0`` are one release."""
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))


def test_the_lock_files_are_these() -> None:
    assert [lock.stem for lock in LOCKS] == ["bench", "dev", "lowest", "mutants", "run"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_file_holds_pins_and_hashes_and_no_address(lock: Path) -> None:
    lines = [line for line in lock.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines
    assert [line for line in lines if not (PIN.match(line) or HASH.match(line))] == []
    assert "://" not in lock.read_text("utf-8")


def test_the_lowest_pins_are_the_bounds() -> None:
    lowest = pins(ROOT / "requirements/lowest.txt")
    for name, oldest in bounds().items():
        assert release(lowest[name.replace(".", "-")]) == release(oldest), name


@pytest.mark.parametrize("lock", ["dev", "bench", "mutants"])
def test_every_lock_file_pins_what_runs_alike(lock: str) -> None:
    run, other = pins(ROOT / "requirements/run.txt"), pins(ROOT / f"requirements/{lock}.txt")
    assert {name: other.get(name) for name in bounds_in(run)} == bounds_in(run)


def bounds_in(found: dict[str, str]) -> dict[str, str]:
    return {name: found[name] for name in (asked.replace(".", "-") for asked in bounds())}


def test_the_page_gives_each_bound() -> None:
    page = (ROOT / "docs/decisions.md").read_text("utf-8")
    table = page.partition("## Packages")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in table.splitlines() if "|" in line]
    said = {
        name: oldest
        for names, versions in rows
        for name, oldest in zip(names.split(", "), versions.split(", "), strict=False)
    }
    assert {name: said.get(name) for name in bounds()} == bounds()
