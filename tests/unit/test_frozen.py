"""What is made stays as it was made, and what goes over several things at once goes over all of each."""

from __future__ import annotations

import ast
from pathlib import Path

SIM = Path(__file__).parents[2] / "sim"
FOLDERS = ("scenario", "model", "engines", "estimates", "results")
FILLED = {
    "engines/exact/states.py", "engines/replay/future.py", "scenario/expand.py", "scenario/fields.py",
}  # fmt: skip
"""With a class that is filled in after it is made."""
SHORTER = {"engines/replay/parts.py", "scenario/check_under_way.py"}
"""Where one of two things that are gone over may be shorter on purpose."""


def test_records_are_frozen_and_zips_are_strict() -> None:
    thawed, loose = set(), set()
    for file in (file for folder in FOLDERS for file in sorted((SIM / folder).rglob("*.py"))):
        name = file.relative_to(SIM).as_posix()
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and "dataclass" in map(ast.unparse, node.decorator_list):
                thawed.add(name)
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            words = {word.arg: getattr(word.value, "value", None) for word in node.keywords}
            if node.func.id == "dataclass" and words.get("frozen") is not True:
                thawed.add(name)
            if node.func.id == "zip" and words.get("strict") is not True:
                loose.add(name)
    assert thawed <= FILLED
    assert loose <= SHORTER
