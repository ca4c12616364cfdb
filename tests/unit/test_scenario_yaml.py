"""Files: what is no YAML, no scenario, or not where it should be."""

# The texts of scenarios and of messages are kept whole.
# ruff: noqa: E501

from __future__ import annotations

from datetime import date

import pytest

from sim.base.errors import ScenarioError
from sim.scenario.load import load_scenario
from sim.scenario.nodes import Problems
from sim.scenario.read_yaml import MOST_BYTES, read_text
from tests.unit.scenario_samples import FACTS, SMALL, change, load


def only_problem(text: str, folder=None) -> str:
    with pytest.raises(ScenarioError) as error:
        load(text, folder)
    (problem,) = error.value.problems
    return problem


def bomb() -> str:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for i in range(1, 9):
        text += f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n"
    return text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "test.yaml:1: the file is empty; allowed: a scenario, beginning with 'schema: 1'"),
        (
            "# only a comment\n",
            "test.yaml:1: the file is empty; allowed: a scenario, beginning with 'schema: 1'",
        ),
        ("\n\n- a\n- b\n", "test.yaml:3: not a scenario; allowed: keys with values, such as 'schema: 1'"),
        ("just text", "test.yaml:1: not a scenario; allowed: keys with values, such as 'schema: 1'"),
        ("schema: 1\nchains:\n\tnorth: 1\n", "test.yaml:3: a tab; allowed: spaces for indentation"),
        (
            "schema: 1\ntitle: 'open\n",
            "test.yaml:2: a quote that opens here is never closed; allowed: the same quote at both ends",
        ),
        (
            "schema: 1\n---\nschema: 1\n",
            "test.yaml:2: a second document ('---'); allowed: one scenario in a file",
        ),
        ("schema: 1\ntitle: a\x00b\n", "test.yaml:2: a control character; allowed: printable text"),
        (
            "schema: 1\ntitle: *nobody\n",
            "test.yaml:2: a text that begins with '*'; put the text in quotes: title: \"*nobody\"",
        ),
        ("a: " + "[" * 5000, "test.yaml:1: nested too deep; allowed: at most 50 levels"),
        ("a: 1\n" + "- " * 5000 + "x", "test.yaml:2: nested too deep; allowed: at most 50 levels"),
        ("a:\n  " + "? - " * 300 + "x", "test.yaml:2: nested too deep; allowed: at most 50 levels"),
        (
            "a: &a [*a]\n",
            "test.yaml:1: too large once its aliases are written out; allowed: at most 100000 values",
        ),
        (bomb(), "test.yaml:1: too large once its aliases are written out; allowed: at most 100000 values"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_text_that_is_no_scenario(text, problem):
    assert only_problem(text).startswith(problem)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("title: Again", "test.yaml:20: title: repeated key, first given on line 2; allowed: each key once"),
        ("NO: 1", "test.yaml:20: NO: unknown key 'NO'; allowed: schema,"),
        ("5: 1", "test.yaml:20: the key '5' is not a name; allowed: names (or put it in quotes)"),
        ("true: 1", "test.yaml:20: the key 'true' is not a name; allowed: names (or put it in quotes)"),
        ("[a]: 1", "test.yaml:20: a key that is a list or a mapping; allowed: names"),
        ("watch: !!python/object:os.system []", "test.yaml:20: watch: the tag 'tag:yaml.org,2002:python/object:os.system'"),
        ("<<: {watch: []}", "test.yaml:20: <<: unknown key '<<'; allowed: schema,"),
        ('watch: "\\ud800"', "test.yaml:20: watch: half of a surrogate pair; allowed: whole characters"),
        ("watch: 2027-07-07T10:00:00", "test.yaml:20: watch: '2027-07-07T10:00:00' is not a date"),
        ("watch: !!int x", "test.yaml:20: watch: 'x' is not a number"),
    ],
)  # fmt: skip
def test_a_line_that_a_scenario_cannot_hold(line, problem):
    assert only_problem(SMALL + line + "\n").startswith(problem)


def test_values_are_those_of_yaml_1_2():
    text = "a: [NO, on, 010, 0x1f, 0o17, 1_000, -.5, 1e-3, 2027-07-07, '2027-07-07', ~, false, 1:30]\n"
    text += "b: >\n  folded\n  text\n"
    node = read_text(text, "x", Problems())
    assert node.plain() == {
        "a": ["NO", "on", 10, 31, 15, 1000, -0.5, 0.001, date(2027, 7, 7), "2027-07-07", None, False, "1:30"],
        "b": "folded text\n",
    }


def test_aliases_are_written_out_with_the_line_of_their_use():
    text = change(SMALL, "start: recognises}", "start: &s recognises}").replace("start: blocks", "start: *s")
    loaded = load(text)
    assert loaded.content.voters["GRC"].stance.start == "recognises"
    assert loaded.origins[("voters", "GRC", "stance", "start")].line == 15


def test_files_that_cannot_be_read(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"schema: 1\ntitle: \xff\n")
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (MOST_BYTES + 1))
    for source, problem in [
        (
            bad,
            f"{bad}:2: byte 0xff is not UTF-8, and looks like 'ÿ' in Latin-1 (Windows-1252); allowed: text saved as UTF-8",
        ),
        (large, f"{large}: {MOST_BYTES + 1} bytes; allowed: at most {MOST_BYTES}"),
        (tmp_path, f"{tmp_path}: is a folder; allowed: a YAML file"),
        (tmp_path / "none.yaml", f"'{tmp_path / 'none.yaml'}': no such file or built-in scenario; allowed: "),
        ("a\x00b", "'a\\x00b': no such file or built-in scenario; allowed: "),
        ("x" * 5000, f"'{'x' * 200}': no such file or built-in scenario; allowed: "),
        ("", "'': no such file or built-in scenario; allowed: "),
    ]:
        with pytest.raises(ScenarioError) as error:
            load_scenario(source, facts=FACTS)
        assert str(error.value).startswith(problem), error.value


def test_a_byte_order_mark_and_windows_lines_are_no_trouble(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load_scenario(path, facts=FACTS).digest == load(SMALL).digest


# --- extends -------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "outside.yaml").write_text(SMALL)
    inside = tmp_path / "inside"
    (inside / "below").mkdir(parents=True)
    (inside / "small.yaml").write_text(SMALL)
    (inside / "below" / "small.yaml").write_text(SMALL)
    (inside / "circle.yaml").write_text("schema: 1\nextends: other.yaml\n")
    (inside / "other.yaml").write_text("schema: 1\nextends: circle.yaml\n")
    (inside / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (inside / "wrong.yaml").write_text(change(SMALL, "value: 0.5", "value: -1"))
    (inside / "torn.yaml").write_text("schema: [\n")
    return inside


@pytest.mark.parametrize("parent", ["small.yaml", "below/small.yaml", "./small.yaml"])
def test_a_parent_in_the_folder_or_below(folder, parent):
    assert load(f"schema: 1\nextends: {parent}\n", folder).digest == load(SMALL).digest


ALLOWED = "allowed: a built-in name, or a path in the same folder or below"


@pytest.mark.parametrize(
    ("parent", "problem"),
    [
        ("../outside.yaml", f"extends: '../outside.yaml' leads out of the folder; {ALLOWED}"),
        ("/etc/hosts.yaml", f"extends: '/etc/hosts.yaml' leads out of the folder; {ALLOWED}"),
        ("link.yaml", f"extends: 'link.yaml' leads out of the folder; {ALLOWED}"),
        ("smal.yaml", f"extends: no file 'smal.yaml'; did you mean 'small.yaml'? {ALLOWED}"),
        ("below/", f"extends: no file 'below/'; {ALLOWED}"),
        ("small", "extends: no built-in scenario 'small'; did you mean 'small.yaml'? allowed: "),
        ("circle.yaml", "extends itself: "),
    ],
)
def test_a_parent_that_cannot_be_extended(folder, parent, problem):
    (folder / "child.yaml").write_text(f"schema: 1\nextends: {parent}\n")
    with pytest.raises(ScenarioError) as error:
        load_scenario(folder / "child.yaml", facts=FACTS)
    assert problem in str(error.value)
    file = "other.yaml" if parent == "circle.yaml" else "child.yaml"
    assert str(error.value).startswith(f"{folder / file}:2: ")


def test_a_near_file_is_offered_for_a_bare_name(folder):
    assert only_problem("schema: 1\nextends: small\n", folder).startswith(
        "test.yaml:2: extends: no built-in scenario 'small'; did you mean 'small.yaml'? "
    )


def test_a_mistake_of_the_parent_has_the_parents_line(folder):
    (folder / "child.yaml").write_text("schema: 1\nextends: wrong.yaml\ntitel: x\n")
    with pytest.raises(ScenarioError) as error:
        load_scenario(folder / "child.yaml", facts=FACTS)
    own, parents = error.value.problems
    assert own.startswith(f"{folder / 'child.yaml'}:3: titel: unknown key 'titel'")
    assert parents.startswith(f"{folder / 'wrong.yaml'}:10: parameters.rate.value: -1 is negative")


def test_a_torn_parent_does_not_hide_the_childs_own_mistakes(folder):
    with pytest.raises(ScenarioError) as error:
        load("schema: 1\nextends: torn.yaml\ntitel: x\n", folder)
    own, parents = error.value.problems
    assert own.startswith("test.yaml:3: titel")
    assert "torn.yaml:1: '[' that opens here is not closed, or a comma is missing within" in parents


def test_every_file_says_its_schema(folder):
    assert (
        only_problem("extends: small.yaml\n", folder)
        == "test.yaml:1: missing key 'schema'; allowed: schema: 1"
    )
