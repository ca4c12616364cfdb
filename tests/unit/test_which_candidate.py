"""Which candidate, and which alliance: nothing that was written about one country is said of another."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sim.base.errors import ScenarioError
from sim.commands.new import write_new
from sim.facts.aliases import meant, others
from sim.facts.read import load_facts
from sim.history.hindcast.cases import cases_folder
from sim.scenario.begin import begun, code_of
from sim.scenario.load import Scenario, load_scenario, load_text
from sim.scenario.write import file_name, title_of


def told(text: str, folder: Path | None = None) -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        load_text(text, "mine", folder)
    return raised.value.problems


@pytest.mark.parametrize("parent", ["baseline", "status-quo", "athens-first", "council-of-europe"])
def test_a_candidate_changed_under_a_parent_about_another_is_refused_with_the_way_out(parent: str) -> None:
    (line,) = told(f"schema: 1\nextends: {parent}\ncandidate: UKR\n")
    assert line.startswith("mine.yaml:3: candidate: UKR (Ukraine), but ")
    assert (
        "is about XKX (Kosovo), and so are its steps, chains and voters; allowed: 'extends: candidate'"
        in line
    )
    assert line.endswith("; or XKX")


def test_a_file_of_ones_own_is_about_its_candidate_too(tmp_path: Path) -> None:
    (tmp_path / "eire.yaml").write_text("schema: 1\nextends: candidate\ncandidate: IRL\nstart: 2026-12-01\n")
    (line,) = told("schema: 1\nextends: eire.yaml\ncandidate: AUT\n", tmp_path)
    assert line.startswith("mine.yaml:3: candidate: AUT (Austria), but eire.yaml is about IRL (Ireland)")
    same = load_text("schema: 1\nextends: eire.yaml\ncandidate: IRL\nhorizon: 2050-01-01\n", "mine", tmp_path)
    assert same.content.candidate == "IRL"


def test_a_file_says_whom_it_is_about(tmp_path: Path) -> None:
    written = "schema: 1\nextends: candidate\ncandidate: IRL\nstart: 2026-12-01\nabout: {about}\n"
    child = "schema: 1\nextends: eire.yaml\ncandidate: AUT\n"
    for about in ("anyone", "[IRL, AUT]"):
        (tmp_path / "eire.yaml").write_text(written.format(about=about))
        assert load_text(child, "mine", tmp_path).content.candidate == "AUT"
    (tmp_path / "eire.yaml").write_text(written.format(about="[IRL, CHE]"))
    (line,) = told(child, tmp_path)
    assert "eire.yaml is about IRL (Ireland) and CHE (Switzerland)" in line
    (tmp_path / "eire.yaml").write_text(written.format(about="everybody"))
    assert "about: 'everybody'; allowed: anyone; or a list of codes" in told(child, tmp_path)[0]


def test_the_key_changes_no_digest() -> None:
    text = "schema: 1\nextends: candidate\ncandidate: IRL\nstart: 2026-12-01\n"
    assert load_text(text).digest == load_text(f"{text}about: [IRL, AUT]\n").digest
    assert load_scenario("candidate").template
    assert not load_text(text).template


def test_cases_of_one_round_share_a_file() -> None:
    for case in ("croatia-2008", "sweden-2022-05", "sweden-2022-07", "ukraine-2008"):
        assert load_scenario(cases_folder() / f"{case}.yaml").content.start.year in (2008, 2022)


def test_members_are_those_of_the_start() -> None:
    made = load_text("schema: 1\nextends: candidate\ncandidate: BIH\nstart: 2026-12-01\n", "mine")
    assert made.tree["members"]["on"] == date(2026, 12, 1)
    assert len(made.content.members) == 32
    listed = load_text(
        "schema: 1\nextends: candidate\ncandidate: BIH\nstart: 2026-12-01\nmembers: [DEU, FRA]\n"
    )
    assert listed.content.members == ["DEU", "FRA"]


def test_members_of_another_day_are_refused_where_they_differ() -> None:
    both = "schema: 1\nextends: candidate\ncandidate: BIH\nstart: 2026-12-01\nmembers: {of: NATO, on: 2006-07-01}\n"
    (line,) = told(both)
    assert line == (
        "mine.yaml:5: members: 26 members of 2006-07-01 with a start of 2026-12-01, when there were 32; "
        "allowed: {of: NATO, on: 2026-12-01}, or a list of codes"
    )
    load_text(both.replace("2006-07-01", "2026-11-30"))


def test_events_of_a_parent_that_no_longer_fit_are_told_at_the_childs_start() -> None:
    (line,) = told("schema: 1\nextends: march-2022\nstart: 2026-12-01\n")
    assert line.startswith(
        "mine.yaml:3: start: 2023-04-04 is before the start, in events[0].on (march-2022.yaml:"
    )


# --- a new one ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "candidate", "code"),
    [
        ("Ireland", None, "IRL"),
        ("ukraine-2030", None, "UKR"),
        ("Bosnia", None, "BIH"),
        ("neutral", "AT", "AUT"),
        ("a", "Georgia", "GEO"),
        ("b", "Serbia", "SRB"),
        ("c", "KOS", "XKX"),
        ("Україна", None, "UKR"),
        ("mine", None, "ARM"),
    ],
)
def test_a_new_scenario_about_a_candidate_says_what_must_be_decided(
    name: str, candidate: str | None, code: str, tmp_path: Path
) -> None:
    written = write_new(name, "candidate", tmp_path, candidate)
    made: Scenario = load_scenario(written)
    assert made.content.candidate == code
    assert made.warnings == ()
    assert len(made.content.members) == len(load_facts().members_on(made.content.start)) >= 32
    lines = written.read_text("utf-8").splitlines()
    for key in ("candidate", "start", "horizon", "members"):
        (line,) = [line for line in lines if line.startswith(f"{key}: ")]
        assert "  # " in line
    for step in ("pfp", "map", "invitation", "protocol", "membership"):
        assert any(step in line for line in lines)
    assert load_text("\n".join(line.replace("  # - ", "  - ") for line in lines) + "\n")


def test_steps_behind_are_those_that_the_facts_have(tmp_path: Path) -> None:
    text = write_new("bosnia", "candidate", tmp_path).read_text("utf-8")
    assert "  - {step: map, waived: 1}  # since 2010-04-22 (seeds/milestones.csv)\n" in text
    text = write_new("ireland", "candidate", tmp_path).read_text("utf-8")
    assert "  - {step: pfp, waived: 1}  # since 1999-12-01" in text
    assert "  # - {step: map, waived: 1}\n" in text


def test_a_candidate_that_cannot_be(tmp_path: Path) -> None:
    for parent, candidate, said in [
        (
            "candidate",
            "SWE",
            "--candidate SWE: SWE (Sweden) has been a member since 2024-03-07; allowed: a country",
        ),
        (
            "candidate",
            "SLO",
            "--candidate SLO: no country; did you mean 'SVN' (Slovenia) or 'SVK' (Slovakia)? allowed: ",
        ),
        ("candidate", "Atlantis", "--candidate Atlantis: no country; allowed: an ISO code or a name"),
        ("baseline", "IRL", "--candidate IRL: baseline is about XKX; allowed: --from candidate"),
    ]:
        with pytest.raises(ScenarioError) as raised:
            write_new("x", parent, tmp_path, candidate)
        assert str(raised.value).startswith(said)
    assert list(tmp_path.iterdir()) == []


def test_december_is_followed_by_january() -> None:
    parent, facts = load_scenario("candidate"), load_facts()
    assert begun("x", "IRL", parent, facts, date(2026, 12, 5)).start == date(2027, 1, 1)
    assert begun("x", "IRL", parent, facts, date(2027, 1, 31)).start == date(2027, 2, 1)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Türkiye", "turkiye"),
        ("Косово", "косово"),
        ("Łódź & Århus.yaml", "lodz-arhus"),
        ("ΕΛΛΆΔΑ", "ελλάδα"),
        ("Éire 2030", "eire-2030"),
        ("Straße", "strasse"),
    ],
)
def test_names_in_other_scripts_make_a_file(name: str, file: str) -> None:
    assert file_name(name) == file


def test_titles_keep_what_was_typed() -> None:
    assert title_of("türkiye-and_nato.yaml") == "Türkiye and nato"
    assert title_of("a\x1b[31mb") == "A[31mb"


# --- codes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("ES", "ESP"), ("EPS", "ESP"), ("KOS", "XKX"), ("UK", "GBR"), ("GR", "GRC"), ("EL", "GRC"), ("Greece", "GRC"),
        ("SLO", "SVN SVK"), ("SPN", "ESP"), ("GER", "DEU"), ("Türkiye", "TUR"), ("turkey", "TUR"), ("u.k.", "GBR"),
        ("Irland", "IRL"), ("Косово", "XKX"), ("zz", ""), ("USSR", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_country_is_known_by_what_others_call_it(written: str, codes: str) -> None:
    facts = load_facts()
    names = {code: facts.country_name(code) for code in facts.countries}
    assert " ".join(meant(written, names)) == codes


def test_right_codes_that_other_lists_use_otherwise() -> None:
    assert [others(code) for code in ("AUS", "MAC", "SLV", "GRC")] == [("AUT",), ("MKD",), ("SVN", "SVK"), ()]
    made = load_text("schema: 1\nextends: candidate\ncandidate: AUS\nstart: 2026-12-01\n", "mine")
    assert made.warnings == ("mine.yaml:3: candidate: AUS is Australia; did you mean 'AUT' (Austria)?",)
    assert code_of("AUS", load_facts()) == "AUS"
