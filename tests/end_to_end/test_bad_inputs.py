"""The corpus of wrong input (`tests/bad_inputs/`): one message each, exit code 2, no traceback, and nothing written."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.commands import Done

CORPUS = Path(__file__).parents[1] / "bad_inputs"
LEAST = 150


def cases() -> list[dict[str, Any]]:
    """Every case: name, files (name -> text), encoding, what is typed, and what is said."""
    reader = YAML(typ="safe")
    return [case for file in sorted(CORPUS.glob("*.yaml")) for case in reader.load(file.read_text("utf-8"))]


CASES = cases()


def marked() -> list[Any]:
    """The first of each kind (its name up to the first hyphen or two), the others for `make test-all`."""
    kinds: set[tuple[str, ...]] = set()
    params = []
    for case in CASES:
        slow = "extends: baseline" in "".join(case.get("files", {}).values())
        kind = tuple(case["name"].split("-")[: 1 if slow else 2])
        marks = [pytest.mark.exhaustive] if kind in kinds else []
        kinds.add(kind)
        params.append(pytest.param(case, id=case["name"], marks=marks))
    return params


def written(case: dict[str, Any]) -> dict[str, bytes]:
    """The files of a case as bytes."""
    only = case.get("encoded")
    found = {}
    for name, text in case.get("files", {}).items():
        encoding = case.get("encoding", "utf-8") if only in (None, name) else "utf-8"
        found[name] = text.encode(encoding)
    return found


@pytest.mark.parametrize("case", marked())
def test_wrong_input_has_its_message(case: dict[str, Any], accession: Callable[..., Done]) -> None:
    files = written(case)
    for name, data in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(data)
    done = accession(*shlex.split(case["type"]))
    assert "Traceback" not in done.stderr
    said = done.stderr.splitlines()
    for line, wanted in zip(said, case["says"], strict=False):
        assert line == wanted or (wanted.endswith("*") and line.startswith(wanted[:-1])), line
    assert len(said) == len(case["says"]), done.stderr
    assert (done.returncode, done.stdout) == (2, "")
    left = {path.as_posix(): path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert left == files


def test_the_corpus_is_large_and_each_case_has_a_name_of_its_own() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) >= LEAST
    assert len(set(names)) == len(names)
    assert all(case["says"] for case in CASES)
