"""The quick parser and ruamel.yaml read one text alike, or ruamel.yaml alone is asked."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sim.scenario import compose_yaml
from sim.scenario.compose_yaml import compose, is_mapping, is_sequence

FILES = sorted(Path("scenarios").rglob("*.yaml"))
LINES = [line for file in FILES for line in file.read_text("utf-8").split("\n")]
MARKS = st.text(list("\n\t :-{}[],'\"#&*!|>%@`?ae0.1~<\\=\r\x07é\x85\u2028\ufeff😀"), max_size=4)


def tree(node: Any) -> Any:
    """Tags, values and lines of a node, whichever parser made it."""
    if node is None:
        return None
    line, tag = node.start_mark.line, str(node.tag)
    if is_mapping(node):
        return tag, line, [(tree(key), tree(value)) for key, value in node.value]
    if is_sequence(node):
        return tag, line, [tree(item) for item in node.value]
    return tag, line, node.value


def by_ruamel(text: str) -> Any:
    try:
        return tree(YAML(typ="safe", pure=True).compose(text))
    except YAMLError as error:
        return type(error).__name__


def ours(text: str) -> Any:
    try:
        return tree(compose(text))
    except YAMLError as error:
        return type(error).__name__


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """ruamel.yaml may not be asked."""

    def refuse(**_: Any) -> None:
        raise AssertionError("ruamel.yaml was asked")

    monkeypatch.setattr(compose_yaml, "YAML", refuse)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_built_in_scenarios_are_read_quickly_and_alike(file: Path, request: pytest.FixtureRequest) -> None:
    assert yaml.__with_libyaml__, "without libyaml nothing here is tested"
    text = file.read_text("utf-8")
    expected = by_ruamel(text)
    request.getfixturevalue("alone")
    assert tree(compose(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a: NO\nb: yes\nc: 0o17\nd: 017\ne: 1_000\nf: 1e-3\ng: .5\nh: ~\ni: 2026-11-28\nj: 12:30\nk: '1'\nl: <<\n",
        "a: [x\ty, 'z']\n",  # a tab within a word of a list is refused by one of them alone
        "a: one\x85b: two\nc: {d}\n",
        "a: one\u2028two\nb: 3\n",
        "a:\n\n# a note\nb: 2\n",  # the line of a value that is not written
        "- \n-\n- x\n",
        "a: !date x\n",
        "{a: [1, !x , 2]}\n",
        "? a\n: b\n",
        "?\n",
        "[? a]\n",
        ">#x\n",
        "%YAML 1.1\n---\na: NO\n",
        "a: 1\n--- \nb: 2\n",
        "a: &x {b: 1}\nc: *x\n",
        "a: *x\n",
        "a: 1\r\nb: 2\r\n",
        "a: '\n",
        "",
        "# only a note\n",
        "'\ud800'",
        "[" * 500,
    ],
)
def test_what_the_two_could_read_differently_is_as_ruamel_says(text: str) -> None:
    if text.startswith("[["):
        with pytest.raises((YAMLError, RecursionError)):
            compose(text)
        return
    assert ours(text) == by_ruamel(text)


@pytest.mark.parametrize("examples", [150, pytest.param(3000, marks=pytest.mark.exhaustive)])
def test_changed_lines_are_read_alike(examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.integers(0, len(LINES)),
        st.integers(1, 12),
        st.lists(st.tuples(st.integers(0, 600), MARKS), max_size=3),
    )
    def check(first: int, many: int, changes: list[tuple[int, str]]) -> None:
        text = dedent("\n".join(LINES[first : first + many]))
        for at, marks in changes:
            place = at % (len(text) + 1)
            text = text[:place] + marks + text[place + len(marks) // 2 :]
        assert ours(text) == by_ruamel(text)

    check()
