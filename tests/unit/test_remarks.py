"""Steps behind the candidate and hindsight: found in the scenario, said once on the screen and in the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sim.estimates.summary import CommonPath
from sim.report import prose
from sim.report.page import write_report
from sim.report.screens.run import screen
from sim.report.tables import without_steps_behind
from sim.scenario.load import load_scenario, load_text
from sim.studies.options import Options
from sim.studies.remarks import behind, facts_until, under_way
from sim.studies.run import run
from tests.builtin import ALONE

HEAD = "schema: 1\nextends: candidate\n"
SKIPS = "{step: pfp, waived: 1}, {step: map, waived: 1}"
INVITED = f"{SKIPS}, {{step: invitation, waived: 1}}"
BEHIND = "{step: protocol, law: {fixed: 0}}"


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
    assert behind(load_text(f"{HEAD}ladder: {ladder}\n").content) == tuple(steps)


def test_a_parameter_that_is_one_and_a_product_count() -> None:
    text = f"{HEAD}parameters: {{map_waived: 1}}\nladder: [{{step: pfp, waived: [map_waived, 1.0]}}]\n"
    assert behind(load_text(text).content) == ("pfp", "map")


def test_a_ladder_that_lies_behind_whole_is_shown() -> None:
    text = "ladder: [{step: membership, waived: 1}]\n"
    assert behind(load_text(f"schema: 1\nextends: council-of-europe\n{text}").content) == ()


@pytest.mark.parametrize(
    ("name", "told"),
    [("march-2022", True), ("candidate", True), ("status-quo", False), ("grammar-tour", False)],
)
def test_hindsight_is_told_where_a_run_starts_before_the_facts_end(name: str, told: bool) -> None:
    assert facts_until(load_scenario(name).content) == (date(2026, 7, 1) if told else None)


def test_no_fitted_number_no_hindsight() -> None:
    text = ALONE.read_text("utf-8").replace("start: 2026-12-01", "start: 2025-01-01")
    assert facts_until(load_text(text.replace("basis: fitted", "basis: judged")).content) is None
    assert facts_until(load_text(text).content) is not None


def test_screen_and_report_say_it_once(drawn_or_blank: bool, tmp_path: Path) -> None:
    text = f"{HEAD}title: A case\nquestion: When?\nladder: [{SKIPS}]\n"
    summary = run(
        load_text(text), Options(trajectories=400, worlds=100), tmp_path / "run", report=write_report
    ).summary
    assert summary.behind == ("pfp", "map")
    assert set(summary.milestones) == {
        "pfp",
        "map",
        "invitation",
        "protocol",
        "membership",
    }  # the data keep them
    shown = screen(summary)
    rows = [line.split()[0] for line in shown.splitlines() if line.startswith("  ") and " %" in line]
    assert rows == ["invitation", "protocol", "membership"]
    said = prose.remarks(summary)
    assert said[0] == "Passed before the start: Partnership for Peace and Membership Action Plan."
    assert said[1].startswith(
        "Fitted numbers know history up to 1 July 2026: a forecast made on 1 July 2006 would "
    )
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    for line in said:
        assert " ".join(shown.split()).count(line) == 1
        assert page.count(line) == 1
    assert '<th scope="row">Partnership for Peace</th>' not in page
    assert '<th scope="row">Invitation</th>' in page


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            "{step: protocol, since: 2006-06-01}",
            "Accession protocol has been under way since 1 June 2006. What is left is drawn",
        ),
        (
            f"{BEHIND}, {{step: membership, since: 2006-06-01, outstanding: [TUR, USA]}}",
            "Membership has been under way since 1 June 2006, without TUR and USA so far. What is left",
        ),
        (
            f"{BEHIND}, {{step: membership, since: 2006-06-01, outstanding: []}}",
            "Membership has been under way since 1 June 2006; all that were needed have ratified. What",
        ),
        (f"{BEHIND}, {{step: membership, since: 2006-07-01, outstanding: [TUR]}}", ""),
    ],
)
def test_what_is_under_way_is_said(step: str, said: str) -> None:
    loaded = load_text(f"{HEAD}title: A case\nquestion: When?\nladder: [{INVITED}, {step}]\n")
    found = under_way(loaded.content)
    assert (found is None) == (said == "")
    if found is not None:
        assert prose.under_way(found).startswith(said)


def test_the_report_of_a_whole_ladder_is_untouched() -> None:
    summary = run("candidate", Options(trajectories=200, worlds=100)).summary
    assert summary.behind == ()
    assert without_steps_behind(summary) is summary
    paths = (CommonPath(("pfp (waived)", "settlement=none", "map"), 1.0),)
    cut = without_steps_behind(replace(summary, paths=paths, behind=("pfp",)))
    for table in ("milestones", "how", "blockers"):
        assert list(getattr(cut, table)) == list(getattr(summary, table))[1:]
    assert cut.paths == (CommonPath(("settlement=none", "map"), 1.0),)


def test_no_interval_is_not_promised() -> None:
    """A scenario without anything uncertain has no interval, and the heading does not speak of one."""
    values = {"condition_ends": 0.2, "turns_away": 0, "comes_round": 0, "held_vote": 0.5}
    shown = screen(run(load_scenario(ALONE, values), Options(trajectories=200)).summary)
    assert "Probability by date:" in shown
    assert "credible" not in shown
