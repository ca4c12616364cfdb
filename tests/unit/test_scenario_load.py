"""Loading: the contract's tour, resolution of voters, merging, overrides, digests, origins."""

from __future__ import annotations

from datetime import date

import pytest

from sim.base.errors import ScenarioError
from sim.scenario.load import load_scenario
from tests.unit.scenario_samples import CONTRACT, FACTS, MEMBERS, SMALL, TOUR, WORDS, change, load


@pytest.fixture
def words(tmp_path):
    (tmp_path / "words.yaml").write_text(WORDS)
    return tmp_path


def test_the_tour_of_the_contract_loads(words):
    loaded = load("extends: words.yaml\n" + CONTRACT, words)
    scenario = loaded.content
    assert loaded.warnings == ()
    assert scenario.members == list(MEMBERS)
    assert list(scenario.voters) == [*MEMBERS, "BIH"]
    assert list(scenario.chains) == ["settlement", "north", "washington", "application", "readiness"]
    assert list(scenario.voters["GRC"].chains) == ["stance", "objection", "government"]
    assert scenario.voters["GRC"].stance.states == ["blocks", "acquiesces", "recognises"]
    assert scenario.voters["GRC"].stance.start == {"blocks": 0.5, "acquiesces": "rest"}
    assert scenario.voters["DEU"].stance.start == "recognises"
    assert [step.kind for step in scenario.ladder] == ["decision"] * 3 + ["wait", "ratification"]
    assert scenario.parameters["crisis_damping"].value == 0.5
    assert scenario.parameters["crisis_damping"].unit == "factor"
    assert scenario.events[1].joins is True
    assert scenario.events[0].on == date(2028, 6, 1)


def test_norway_and_small_numbers_are_read_as_yaml_1_2_reads_them():
    text = change(SMALL, "value: 0.5", "value: 1e-3")
    text = change(text, "states: [blocks, recognises], start: recognises", "states: [NO, yes], start: yes")
    text = change(text, "needs: {stance: recognises}", "needs: {stance: NO}")
    text = change(
        text, "start: blocks, moves: [{from: blocks, to: recognises", "start: NO, moves: [{from: NO, to: yes"
    )
    scenario = load(text).content
    assert scenario.parameters["rate"].value == 0.001
    assert scenario.voters["DEU"].stance.states == ["NO", "yes"]


def test_one_file_and_a_parent_give_the_same_scenario(words):
    split, whole = load("extends: words.yaml\n" + CONTRACT, words).content, load(TOUR).content
    assert (split.chains, split.voters, split.ladder) == (whole.chains, whole.voters, whole.ladder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value: 0.5", "value: 0.25"),
        ("title: Small", "title: Large"),
        ("start: blocks", "start: recognises"),
        ("members: [DEU, GRC]", "members: [GRC, DEU]"),
        ("every: 1 year", "every: 2 years"),
    ],
)
def test_the_digest_changes_with_the_content(old, new):
    assert load(change(SMALL, old, new)).digest != load(SMALL).digest


def test_the_digest_does_not_change_with_comments_names_or_defaults(tmp_path):
    (tmp_path / "other.yaml").write_text(
        "# a comment\n" + change(SMALL, "meetings:", "rule: consensus, meetings:")
    )
    other = load_scenario(tmp_path / "other.yaml", facts=FACTS)
    assert other.name == "other"
    assert other.digest == load(SMALL).digest


def test_an_override_has_the_digest_of_a_file_that_says_the_same():
    said = load(SMALL, rate=0.25)
    text = change(SMALL, "value: 0.5", "value: 0.25").replace("basis: judged", "basis: yours")
    text = text.replace("source: made up", "source: set with --set; test has 0.5 (judged)")
    text = text.replace("title: Small", "title: Small, with rate = 0.25").replace(
        "load?", "load? With rate = 0.25."
    )
    assert said.digest == load(text.replace("made up", "mine")).digest != load(SMALL).digest
    origin = said.origins[("parameters", "rate", "value")]
    assert (origin.file, origin.line, origin.replaced, origin.replaced_at) == (
        "--set",
        None,
        0.5,
        "test.yaml:10",
    )


def test_an_override_takes_the_place_of_a_prior():
    parameter = load(TOUR, never_share=0.25).content.parameters["never_share"]
    assert (parameter.value, parameter.prior) == (0.25, None)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("rat", 1.0, "--set: rat: 'rat' is not a parameter; did you mean 'rate'? allowed: rate"),
        ("rate", -1.0, "--set: rate: -1; allowed: finite numbers, 0 or more"),
        ("rate", float("nan"), "--set: rate: nan; allowed: finite numbers, 0 or more"),
        ("rate", float("inf"), "--set: rate: inf; allowed: finite numbers, 0 or more"),
        ("rate", True, "--set: rate: True; allowed: finite numbers, 0 or more"),
    ],
)
def test_a_wrong_override_is_refused(name, value, problem):
    with pytest.raises(ScenarioError) as error:
        load(SMALL, **{name: value})
    assert error.value.problems == [problem]


def test_origins_name_the_file_that_has_the_last_word(tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    child = "schema: 1\nextends: small.yaml\nparameters:\n  rate: 0.75\n"
    child += "calendar:\n  summit: {dates: [2028-01-01]}\n"
    loaded = load(child, tmp_path)
    assert str(loaded.origins[("parameters", "rate", "value")]) == "test.yaml:4"
    assert str(loaded.origins[("parameters", "rate", "unit")]) == "small.yaml:10"
    assert str(loaded.origins[("calendar", "summit", "dates", 0)]) == "test.yaml:6"
    assert str(loaded.origins[("calendar", "summit", "then", "every")]) == "small.yaml:19"
    assert loaded.tree["voters"].keys() == {"everyone", "GRC"}
    assert loaded.tree["start"] == date(2026, 12, 1)
    assert "extends" not in loaded.tree


def test_tables_are_read_from_the_folder_and_count_for_the_digest(tmp_path):
    (tmp_path / "tables").mkdir()
    table = tmp_path / "tables" / "joint.csv"
    table.write_text("rate,other\n0.5,1\n0.25,2\n")
    text = change(SMALL, "value: 0.5", "prior: {table: {file: tables/joint.csv, column: rate}}")
    loaded = load(text, tmp_path)
    assert loaded.tables["tables/joint.csv"]["rate"].tolist() == [0.5, 0.25]
    table.write_text("rate,other\n0.5,1\n0.125,2\n")
    assert load(text, tmp_path).digest != loaded.digest


def test_a_table_is_parsed_once_while_its_bytes_stay_the_same_and_cannot_be_written_to(tmp_path):
    table = tmp_path / "joint.csv"
    table.write_text("rate\n0.5\n0.25\n")
    text = change(SMALL, "value: 0.5", "prior: {table: {file: joint.csv, column: rate}}")
    first, again = (load(text, tmp_path).tables["joint.csv"]["rate"] for _ in range(2))
    assert again is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0
    table.write_text("rate\n0.5\n0.75\n")
    assert load(text, tmp_path).tables["joint.csv"]["rate"].tolist() == [0.5, 0.75]


def test_a_table_of_a_parent_further_down_is_found(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "joint.csv").write_text("rate\n0.5\n")
    text = change(SMALL, "value: 0.5", "prior: {table: {file: joint.csv, column: rate}}")
    (tmp_path / "below" / "parent.yaml").write_text(text)
    loaded = load("schema: 1\nextends: below/parent.yaml\n", tmp_path)
    assert loaded.content.parameters["rate"].prior.table.file == "below/joint.csv"
    assert list(loaded.tables) == ["below/joint.csv"]


def test_an_unused_parameter_is_a_warning():
    text = change(SMALL, "rate: rate}", "rate: 0.1}")
    assert load(text).warnings == ("test.yaml:10: parameters.rate: nothing uses it",)


def test_a_scenario_may_have_members_who_join_and_no_meetings_where_a_bypass_is_given():
    text = change(SMALL, "meetings: [summit], ", "bypass: 0.1, ")
    text += (
        "events: [{on: 2030-01-01, voter: BIH, joins: true}, {on: 2031-01-01, voter: BIH, stance: blocks}]\n"
    )
    scenario = load(text).content
    assert list(scenario.voters) == ["DEU", "GRC", "BIH"]
    assert scenario.members == ["DEU", "GRC"]
    assert scenario.ladder[0].meetings == []
