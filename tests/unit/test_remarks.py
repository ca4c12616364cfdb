"""Steps behind the candidate and hindsight: found in the scenario, said once on the screen and in the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.report.ahead import without_steps_behind
from sim.report.screens.run import screen
from sim.scenario.load import load_scenario, load_text
from sim.studies.remarks import behind, remarks, sentences
from sim.studies.run import run

HEAD = "schema: 1\nextends: candidate\n"
SKIPS = "{step: pfp, waived: 1}, {step: map, waived: 1}"
INVITED = f"{SKIPS}, {{step: invitation, waived: 1}}"


@pytest.mark.parametrize(
    ("ladder", "steps"),
    [
        (f"[{SKIPS}]", ["pfp", "map"]),
        ("[{step: pfp, waived: 1}, {step: invitation, waived: 1}]", ["pfp"]),  # map may still take its time
        ("[{step: pfp, waived: 0.999}]", []),
        (f"[{SKIPS}, {{step: protocol, law: {{fixed: 0}}}}]", ["pfp", "map"]),
        (f"[{INVITED}, {{step: protocol, law: {{fixed: 0}}}}]", ["pfp", "map", "invitation", "protocol"]),
        (f"[{INVITED}, {{step: protocol, law: {{fixed: 1}}}}]", ["pfp", "map", "invitation"]),
        ("[{step: pfp, waived: map_waived}]", []),
    ],
)  # fmt: skip
def test_steps_behind_the_candidate(ladder: str, steps: list[str]) -> None:
    assert behind(load_text(f"{HEAD}ladder: {ladder}\n").scenario) == steps


def test_a_parameter_that_is_one_and_a_product_count() -> None:
    text = f"{HEAD}parameters: {{map_waived: 1}}\nladder: [{{step: pfp, waived: [map_waived, 1.0]}}]\n"
    assert behind(load_text(text).scenario) == ["pfp", "map"]


def test_a_ladder_that_lies_behind_whole_is_shown() -> None:
    text = "ladder: [{step: membership, waived: 1}]\n"
    assert behind(load_text(f"schema: 1\nextends: council-of-europe\n{text}").scenario) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [("march-2022", True), ("candidate", True), ("status-quo", False), ("grammar-tour", False)],
)
def test_hindsight_is_told_where_a_run_starts_before_the_facts_end(name: str, told: bool) -> None:
    assert remarks(load_scenario(name)) == ({"facts_until": "2026-07-01"} if told else {})


def test_no_fitted_number_no_hindsight() -> None:
    text = "schema: 1\nextends: council-of-europe\nstart: 2025-01-01\nparameters: {condition_ends: {basis: judged}}\n"
    assert remarks(load_text(text)) == {}
    assert "facts_until" in remarks(load_text(text.replace("judged", "fitted")))


def test_screen_and_report_say_it_once(tmp_path: Path) -> None:
    text = f"{HEAD}title: A case\nquestion: When?\nladder: [{SKIPS}]\n"
    summary = run(load_text(text), 400, 100, out=tmp_path / "run").summary
    assert summary["behind"] == ["pfp", "map"]
    assert set(summary["milestones"]) == {
        "pfp",
        "map",
        "invitation",
        "protocol",
        "membership",
    }  # the data keep them
    shown = screen(summary)
    rows = [
        line.split()[0] for line in shown.splitlines() if line.startswith("  ") and line.strip()[0].isalpha()
    ]
    assert rows == ["invitation", "protocol", "membership"]
    said = sentences(summary)
    assert said[0] == "Passed before the start: Partnership for Peace and Membership Action Plan."
    assert said[1].startswith(
        "Fitted numbers know history up to 1 July 2026: a forecast made on 1 July 2006 would "
    )
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    for line in said:
        assert shown.count(line) == 1
        assert page.count(line) == 1
    assert '<th scope="row">Partnership for Peace</th>' not in page
    assert '<th scope="row">Invitation</th>' in page


def test_the_report_of_a_whole_ladder_is_untouched() -> None:
    summary = {"milestones": {"pfp": {}}, "how": {}, "blockers": {}, "paths": []}
    assert without_steps_behind(summary) is summary
    paths = [{"share": 1.0, "path": ["pfp (waived)", "settlement=none", "map"]}]
    cut = without_steps_behind({**summary, "paths": paths, "behind": ["pfp"]})
    assert cut["milestones"] == {}
    assert cut["paths"] == [{"share": 1.0, "path": ["settlement=none", "map"]}]


def test_no_interval_is_not_promised() -> None:
    """A scenario without anything uncertain has no interval, and the heading does not speak of one."""
    values = "{condition_ends: 0.2, turns_away: 0, comes_round: 0, held_vote: 0.5}"
    text = f"schema: 1\nextends: council-of-europe\nparameters: {values}\n"
    shown = screen(run(load_text(text), 200).summary)
    assert "Probability by date:" in shown
    assert "credible" not in shown
