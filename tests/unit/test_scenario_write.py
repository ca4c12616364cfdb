"""Writing scenarios out, beginning new ones, and the JSON Schema of the files."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.base.errors import ScenarioError
from sim.scenario.editor import json_schema
from sim.scenario.emit import emit
from sim.scenario.load import builtin_scenarios, load_scenario
from sim.scenario.nodes import Problems
from sim.scenario.read_yaml import read_text
from sim.scenario.write import file_name, new_text, show_data, show_text
from tests.builtin import builtin
from tests.structures import by_structure
from tests.unit.scenario_samples import CONTRACT, FACTS, SMALL, TOUR, WORDS, change, load


@pytest.mark.parametrize("text", [SMALL, TOUR], ids=["small", "tour"])
def test_what_is_shown_loads_to_the_same_digest(text):
    loaded = load(text)
    assert load(show_text(loaded)).digest == loaded.digest


@pytest.mark.parametrize("name", by_structure(builtin_scenarios()))
def test_every_built_in_scenario_survives_showing(name, tmp_path):
    loaded = builtin(name)
    (tmp_path / "shown.yaml").write_text(show_text(loaded))
    shown = load_scenario(tmp_path / "shown.yaml")
    assert shown.content == loaded.content
    assert shown.digest == loaded.digest


def test_every_number_says_where_it_was_written(tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    loaded = load("schema: 1\nextends: small.yaml\nhorizon: 2040-12-01\n", tmp_path, rate=0.25)
    shown = show_text(loaded).splitlines()
    assert "horizon: 2040-12-01  # test.yaml:3; replaces 2036-12-01 (small.yaml:7)" in shown
    assert "    value: 0.25  # --set; replaces 0.5 (small.yaml:10)" in shown
    assert "start: 2026-12-01  # small.yaml:6" in shown
    numbers = re.compile(r"[ :\[{,](-?\d+\.?\d*)[,}\]\n ]")
    for line in shown[1:]:
        if numbers.search(line.split("#")[0] + "\n") and "source" not in line:
            assert re.search(r"# ((small|test)\.yaml:\d+|--set)", line), line


def test_a_replaced_prior_is_told():
    shown = show_text(load(TOUR, never_share=0.25))
    assert re.search(r"    value: 0.25  # --set; replaces \{beta: \{a: 1, b: 2\}\} \(test.yaml:\d+\)", shown)


def test_shown_as_data_is_json_with_the_origin_of_each_number():
    data = json.loads(json.dumps(show_data(load(SMALL, rate=0.25))))
    assert data["scenario"]["start"] == "2026-12-01"
    assert data["origins"]["parameters.rate.value"] == {"at": "--set", "replaced": 0.5}
    assert data["origins"]["calendar.summit.dates[0]"] == {"at": "test.yaml:19"}
    assert data["digest"] == load(SMALL, rate=0.25).digest


SHOWN = st.characters(
    exclude_categories=["Cs", "Cc"],
    exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    include_characters="\n\t",
)
TEXTS = st.text(SHOWN, min_size=1, max_size=150)
SCALARS = st.one_of(
    TEXTS,
    st.sampled_from(
        ["true", "NULL", "~", "no", "1e3", "0x1", "2027-01-01", ".inf", "- a", "a: b", "a #b", "'", " a"]
    ),
    st.integers(-(2**52), 2**52),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(date(1000, 1, 1)),
    st.booleans(),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(tree=st.dictionaries(TEXTS, TREES, min_size=1, max_size=4))
def test_whatever_is_written_is_read_back(tree):
    problems = Problems()
    text = emit(tree, lambda path: "")
    assert read_text(text, "x", problems).plain() == tree
    assert not problems


# --- new -----------------------------------------------------------------------------------------------


def uncommented(text: str) -> str:
    """With the examples of events and calendars switched on."""
    return re.sub(r"^# ((events|calendar):|  +- \{|  \w+: \{)", r"\1", text, flags=re.M)


@pytest.mark.parametrize("parent", [SMALL, TOUR], ids=["small", "tour"])
def test_a_new_scenario_changes_nothing_and_its_examples_are_valid(parent, tmp_path):
    (tmp_path / "parent.yaml").write_text(parent)
    loaded = load_scenario(tmp_path / "parent.yaml", facts=FACTS)
    text = new_text("my-case", "parent.yaml", loaded)
    new, changed = load(text, tmp_path), load(uncommented(text), tmp_path)
    assert new.content.title == "My case"
    same = {"title": loaded.content.title, "question": loaded.content.question}
    assert new.content.model_copy(update=same) == loaded.content
    assert len(changed.content.events) > len(loaded.content.events)
    assert "calendar:" in uncommented(text)
    name, parameter = next(iter(loaded.content.parameters.items()))
    assert f"  {name}:\n" in text
    assert parameter.unit in text
    short = re.search(rf"^#   ({name}: [0-9.e-]+)$", text, flags=re.M)
    assert load(f"schema: 1\nextends: parent.yaml\nparameters: {{{short[1]}}}\n", tmp_path)


@pytest.mark.parametrize("name", builtin_scenarios())
def test_a_new_scenario_can_extend_every_built_in_one(name, tmp_path):
    text = new_text("my-case", name, builtin(name))
    (tmp_path / "my-case.yaml").write_text(uncommented(text))
    assert load_scenario(tmp_path / "my-case.yaml").name == "my-case"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Athens first", "athens-first"),
        ("../../etc/x.yaml", "etc-x"),
        ("a" * 200, "a" * 80),
        ("Ünter 2", "unter-2"),
    ],
)
def test_names_are_made_safe_for_files(name, safe):
    assert file_name(name) == safe


@pytest.mark.parametrize("name", ["", "..", "/", "CON"])
def test_nothing_is_no_name(name):
    with pytest.raises(ScenarioError, match="is no name for a scenario"):
        file_name(name)


# --- JSON Schema ---------------------------------------------------------------------------------------


def fits(value: Any, schema: Any, top: Any) -> bool:
    """Whether a value fits a JSON Schema, for the keywords that ours uses; others are refused."""
    if isinstance(schema, bool):
        return schema
    known = {
        "$schema", "$defs", "$ref", "title", "description", "type", "enum", "const", "properties", "required",
        "additionalProperties", "propertyNames", "minProperties", "maxProperties", "items", "minItems",
        "minLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "pattern", "anyOf", "allOf", "not",
    }  # fmt: skip
    assert schema.keys() <= known, schema.keys() - known
    if "$ref" in schema:
        assert schema["$ref"].startswith("#/$defs/")
        return fits(value, top["$defs"][schema["$ref"].removeprefix("#/$defs/")], top)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    is_a = {
        "object": isinstance(value, dict), "array": isinstance(value, list), "string": isinstance(value, str),
        "number": number, "integer": number and value == int(value),
    }  # fmt: skip
    if "type" in schema and not is_a[schema["type"]]:
        return False
    checks = [
        any(value == v and type(value) is type(v) for v in schema.get("enum", [value])),
        value == schema.get("const", value),
        all(fits(value, part, top) for part in schema.get("allOf", [])),
        any(fits(value, part, top) for part in schema.get("anyOf", [True])),
        not ("not" in schema and fits(value, schema["not"], top)),
    ]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        other = schema.get("additionalProperties", True)
        checks += [fits(child, properties.get(key, other), top) for key, child in value.items()]
        checks += [fits(key, schema.get("propertyNames", True), top) for key in value]
        checks += [key in value for key in schema.get("required", [])]
        checks += [schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value))]
    if isinstance(value, list):
        checks += [fits(item, schema.get("items", True), top) for item in value]
        checks += [len(value) >= schema.get("minItems", 0)]
    if isinstance(value, str):
        checks += [
            re.search(schema.get("pattern", ""), value) is not None,
            len(value) >= schema.get("minLength", 0),
        ]
    if number:
        checks += [schema.get("minimum", value) <= value <= schema.get("maximum", value)]
        checks += ["exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"]]
        checks += ["exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"]]
    return all(checks)


def as_json(text: str) -> Any:
    tree = read_text(text, "x", Problems()).plain()
    return json.loads(json.dumps(tree, default=lambda day: day.isoformat()))


def in_schema(text: str) -> bool:
    schema = json.loads(json.dumps(json_schema()))
    return fits(as_json(text), schema, schema)


@pytest.mark.parametrize(
    "text",
    [SMALL, TOUR, "extends: words\n" + CONTRACT, "extends: base\n" + WORDS],
    ids=["small", "tour", "contract", "words"],
)
def test_the_samples_fit_the_schema(text):
    assert in_schema(text)


@pytest.mark.parametrize("name", builtin_scenarios())
def test_the_built_in_scenarios_fit_the_schema(name):
    assert in_schema(builtin_scenarios()[name].read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("schema: 1", "schema: 2"),
        ("horizon:", "horizn:"),
        ("title: Small", "title: 5"),
        ("value: 0.5", "value: -0.5"),
        ("value: 0.5", "value: 0.5, prior: {beta: {a: 1, b: 1}}"),
        ("basis: judged", "basis: guessed"),
        ("start: blocks", "start: [blocks]"),
        ("rate: rate}", "rate: true}"),
        ("kind: decision", "kind: wait"),
        ("start: 2026-12-01", "start: soon"),
        ("members: [DEU, GRC]", "members: []"),
        ("every: 1 year", "every: yearly"),
        ("ladder:", "events: [{on: 2027-01-01, chain: x, state: y, voter: GRC}]\nladder:"),
        ("ladder:", "events: [{on: 2027-01-01, voter: GRC, joins: false}]\nladder:"),
        ("ladder:", "watch: [{voter: GRC}]\nladder:"),
    ],
)
def test_what_does_not_fit_the_schema_does_not_load_either(old, new):
    text = change(SMALL, old, new)
    assert not in_schema(text)
    with pytest.raises(ScenarioError):
        load(text)


def test_a_file_that_extends_nothing_must_be_whole():
    assert not in_schema("schema: 1\ntitle: x\n")
    assert in_schema("schema: 1\nextends: baseline\n")


@pytest.mark.parametrize(
    ("event", "right"),
    [
        ({"chain": "a", "state": "b"}, True),
        ({"on": "2027-01-01", "chain": "a", "state": "b"}, True),
        ({"voter": "GRC", "stance": "x"}, True),
        ({"on": "2027-01-01", "voter": "GRC", "stance": "x"}, True),
        ({"voter": "UKR", "joins": True}, True),
        ({"chain": "a"}, False),
        ({"voter": "GRC"}, False),
        ({"on": "2027-01-01", "voter": "GRC"}, False),
        ({"voter": "GRC", "a": "x", "b": "y"}, False),
    ],
)
def test_the_schema_knows_events_of_levers_with_and_without_a_day(event, right):
    whole = json.loads(json.dumps(json_schema()))
    assert fits(event, whole["$defs"]["LeverEvent"], whole) == right
