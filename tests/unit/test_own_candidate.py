"""What a user is told who writes about another candidate, another date or another organisation."""

from __future__ import annotations

import pytest

from sim.base.errors import ScenarioError
from sim.scenario.load import load_scenario, load_text

CASE = """\
schema: 1
title: A case
question: When?
extends: {parent}
candidate: {candidate}
start: {day}
horizon: 2057-06-02
members: {{of: NATO, on: {day}}}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        load_text(text, "case")
    return raised.value.problems


def test_a_parent_that_names_allies_of_a_later_day_is_one_line_at_the_members() -> None:
    """Eighteen of its lines would name voters, shares and elections that the user never wrote."""
    (line,) = problems(CASE.format(parent="baseline", candidate="XKX", day="1997-07-09"))
    assert line.startswith("case.yaml:8: members: baseline.yaml names ALB (Albania), ")
    assert "and 12 more, not members on 1997-07-09; allowed: a date from 2024-03-07 on; " in line
    assert line.endswith("another parent, such as 'candidate', which names no ally")


def test_the_day_that_is_allowed_is_the_first_on_which_all_are_members() -> None:
    texts = [CASE.format(parent="baseline", candidate="XKX", day=f"2024-03-{day}") for day in ("06", "07")]
    assert (
        "SWE (Sweden), not a member on 2024-03-06; allowed: a date from 2024-03-07 on; "
        in problems(texts[0])[0]
    )
    load_text(texts[1])


def test_a_list_of_members_that_leaves_a_named_ally_out_is_told_alike() -> None:
    text = (
        "schema: 1\nextends: baseline\nmembers: [GRC, ROU, SVK, ESP, USA]\n"
        "events: [{on: 2027-01-01, voter: FRA, stance: blocks}]\n"
    )
    first, second = problems(text)
    assert first.startswith("case.yaml:3: members: baseline.yaml names ")
    assert "not among the members; allowed: events that let them join; another parent" in first
    assert second.startswith(
        "case.yaml:4: events[0].voter: FRA (France) is not a voter here"
    )  # the user's own


def test_warnings_are_about_what_the_file_itself_says() -> None:
    """A case that passes two steps over leaves numbers of its parent unused, and cannot help it."""
    base = CASE.format(parent="candidate", candidate="IRL", day="2027-06-02")
    skips = "ladder: [{step: pfp, waived: 1}, {step: map, waived: 1}]\n"
    assert load_text(base + skips, "case").warnings == ()
    own = base + skips + "parameters: {map_waived: 0.4}\n"
    assert load_text(own, "case").warnings == ("case.yaml:10: parameters.map_waived: nothing uses it",)
    assert load_scenario("candidate").warnings == ()
    set_by_hand = load_scenario("candidate", {"objection_brief": 0.4}).warnings
    assert set_by_hand == ("--set: parameters.objection_brief: nothing uses it",)


def test_a_step_that_lands_behind_membership_is_told() -> None:
    text = CASE.format(parent="candidate", candidate="IRL", day="2027-06-02")
    (warning,) = load_text(text + "ladder: [{step: closing, kind: wait, law: {fixed: 9}}]\n", "case").warnings
    assert warning.startswith(
        "case.yaml:9: ladder: closing comes after membership, the last step of the parent; "
    )
    assert load_scenario("council-of-europe").warnings == ()


def test_words_that_help_with_another_organisation() -> None:
    text = CASE.format(parent="candidate", candidate="IRL", day="2027-06-02")
    (line,) = problems(text.replace("of: NATO", "of: EU"))
    assert line == (
        "case.yaml:8: members.of: 'EU'; allowed: NATO, European Union, Council of Europe; or a list of codes in place "
        "of the mapping"
    )
    alone = (
        "schema: 1\ntitle: t\nquestion: q?\norganisation: EU\ncandidate: MNE\nstart: 2027-01-01\nhorizon: 2030-01-01\n"
        "members: [FRA]\nvoters: {everyone: {}}\nladder: [{step: closing, kind: wait, law: {fixed: 9}}]\n"
    )
    (line,) = problems(alone)
    assert (
        "missing key 'stance'; allowed: its states and a start; one state, if nothing is to be decided"
        in line
    )
    load_text(alone.replace("everyone: {}", "everyone: {stance: {states: [agrees], start: agrees}}"))


def test_a_code_that_is_not_allowed_is_not_proposed() -> None:
    text = CASE.format(parent="candidate", candidate="IRL", day="1997-07-09")
    (line,) = problems(text + "voters: {USSR: {objection: {start: raised}}}\n")
    assert "did you mean" not in line
    (line,) = problems(text + "voters: {FRANCE: {objection: {start: raised}}}\n")
    assert "; did you mean 'FRA' (France)? allowed: " in line
