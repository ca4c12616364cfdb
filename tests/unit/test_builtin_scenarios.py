"""The scenarios that come with the package: sound, sourced, and in step with the facts in seeds/."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from sim.base.dates import DAYS_PER_YEAR
from sim.engines.montecarlo.engine import simulate
from sim.facts.read import load_facts
from sim.history.fits.fitted import read_manifest
from sim.history.hindcast.spells import blocks
from sim.model.compiler import compile_scenario
from sim.model.worlds import draw_worlds
from sim.scenario import entries, laws, schema
from sim.scenario.calendar import dates_of
from sim.scenario.load import load_text
from sim.scenario.sources import titles
from tests.builtin import builtin

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
PROMISED = {
    "baseline", "status-quo", "march-2022", "settlement-2029", "no-settlement", "athens-first",
    "four-together", "north-crisis", "washington-engaged", "all-but-one", "ukraine-joins-first",
    "grammar-tour", "recognition-from-map", "recognition-last", "variant-own-record",
    "variant-similar-disputes", "variant-one-rate", "variant-flat-prior", "variant-holdouts-apart",
    "variant-no-never-movers", "variant-objections-by-bid", "variant-filing-needed",
    "variant-pfp-needs-recognition", "variant-friends-do-not-wait", "candidate", "council-of-europe", "european-union",
}  # fmt: skip
SINCE = date(2022, 3, 3)
"""From here on the calendars carry every meeting and election whose day is known."""

ALONE = {"baseline", "grammar-tour", "candidate"}
"""Those that extend nothing."""
SET_ASIDE = {"march-2022": {"interim_today", "hungary_objects"}, "candidate": {"objection_brief"}}
"""Parameters that a scenario has no use for: what they say was not yet a question, or only a case that begins
with an objection just raised asks it."""


def scenario(name: str) -> schema.ScenarioContent:
    return builtin(name).content


@cache
def raw(name: str) -> Any:
    """A file as it is written."""
    return YAML(typ="safe", pure=True).load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def texts(value: Any) -> Iterator[str]:
    """Every text in a tree, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


def starts_at_the_top(voter: schema.Voter) -> bool:
    return voter.stance.start == voter.stance.states[-1]


# --- all of them ----------------------------------------------------------------------------------------


def test_the_promised_scenarios_are_there() -> None:
    assert set(NAMES) == PROMISED


@pytest.mark.parametrize("name", NAMES)
def test_loads_compiles_and_draws_worlds(name: str) -> None:
    model = compile_scenario(builtin(name))
    assert len(draw_worlds(model, seed=1, worlds=500)) == 500


@pytest.mark.parametrize("name", NAMES)
def test_says_what_it_asks(name: str) -> None:
    asked = scenario(name)
    assert asked.title.strip()
    assert asked.question.strip().endswith("?")


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_printable(name: str) -> None:
    """Folded text reads as one line."""
    told = scenario(name)
    written = [told.title, told.question, *(p.source for p in told.parameters.values())]
    assert [text for text in written if not text.isprintable()] == []


def test_titles_are_those_of_the_whole_files() -> None:
    told = {name: (scenario(name).title, scenario(name).question) for name in NAMES}
    assert {name: (title, question) for name, title, question in titles() if name in told} == told


def test_titles_differ() -> None:
    assert len({scenario(name).title for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_has_unit_basis_and_source(name: str) -> None:
    for parameter, spec in scenario(name).parameters.items():
        assert spec.unit.strip(), parameter
        assert spec.basis in {"fitted", "literature", "judged"}, parameter
        assert len(spec.source.split()) >= 4, f"{parameter}: {spec.source!r} explains nothing"


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_used(name: str) -> None:
    loaded = builtin(name)
    used = {factor for recipe in compile_scenario(loaded).recipes for factor in recipe.factors}
    assert set(loaded.content.parameters) - used == SET_ASIDE.get(name, set())


@pytest.mark.parametrize("name", NAMES)
def test_is_a_few_lines_on_top_of_the_baseline_or_stands_alone(name: str) -> None:
    assert raw(name).get("extends") == (None if name in ALONE else "baseline")


def test_together_the_files_show_what_the_tour_cannot() -> None:
    files = [raw(name) for name in NAMES]
    assert any("extends" in file for file in files)
    assert any(isinstance(file.get("members"), dict) for file in files)
    numbers = [p for file in files for p in file.get("parameters", {}).values()]
    assert all({"basis", "source"} <= set(p) for p in numbers), "a number that does not say whose it is"


def test_the_readme_lists_every_scenario_and_every_judged_number() -> None:
    words = set(re.findall(r"`([^`]+)`", (FOLDER / "README.md").read_text(encoding="utf-8")))
    assert set(NAMES) <= words
    parameters = {
        name: spec
        for file in (
            "baseline",
            "ukraine-joins-first",
            "candidate",
            "council-of-europe",
            "european-union",
            "variant-filing-needed",
        )
        for name, spec in scenario(file).parameters.items()
    }
    judged = {name for name, spec in parameters.items() if spec.basis == "judged"}
    assert judged <= words
    assert not (parameters.keys() - judged) & words, "listed as judged, but is not"


# --- in step with the facts -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["baseline", "status-quo", "march-2022"])
def test_members_and_holdouts_are_those_of_the_start_date(name: str) -> None:
    loaded = scenario(name)
    allies = load_facts().members_on(loaded.start)
    assert loaded.members == [ally.iso3 for ally in allies]
    holdouts = {ally.iso3 for ally in allies if ally.recognised is None or ally.recognised > loaded.start}
    assert {code for code in loaded.members if not starts_at_the_top(loaded.voters[code])} == holdouts
    assert holdouts == {"GRC", "ROU", "SVK", "ESP"}


def test_march_2022_lets_finland_and_sweden_join_on_their_days() -> None:
    facts = load_facts()
    joins = {event.voter: event.on for event in scenario("march-2022").events if event.joins}
    assert joins == {code: facts.member(code).joined for code in ("FIN", "SWE")}
    assert len(scenario("march-2022").members) == 30


def test_ukraine_is_a_holdout_too() -> None:
    recognisers = {row["state"] for row in load_facts().tables["recognitions"]}
    assert recognisers.isdisjoint({"UKR", "BIH", "GEO", "MDA"})
    assert not starts_at_the_top(scenario("ukraine-joins-first").voters["UKR"])


@pytest.mark.parametrize("kind", ["summit", "foreign_ministers"])
def test_meetings_are_those_of_the_facts(kind: str) -> None:
    known = {
        date.fromisoformat(row["date"])
        for row in load_facts().tables["council_meetings"]
        if row["kind"] == kind and len(row["date"]) == 10 and row["date"] >= SINCE.isoformat()
    }
    written = set(scenario("baseline").calendar[kind].dates)
    assert known <= written
    assert all(day > max(known) for day in written - known), "a meeting of the past that no fact knows"


@pytest.mark.parametrize("country", ["GRC", "ROU", "SVK", "ESP"])
def test_elections_are_those_of_the_facts(country: str) -> None:
    rows = [row for row in load_facts().tables["elections"] if row["country"] == country]
    held = {date.fromisoformat(row["date"]) for row in rows if row["status"] == "held"}
    latest = [row["date"] for row in rows if row["status"] == "latest"]
    written = scenario("baseline").calendar[f"elections_{country}"].dates
    assert {day for day in held if day >= SINCE} == {day for day in written if day <= max(held)}
    ahead = [day for day in written if day > max(held)]
    assert len(ahead) == 1
    assert all(ahead[0].isoformat()[: len(day)] <= day for day in latest)


def test_inaugurations_are_those_of_the_facts() -> None:
    days = {
        date.fromisoformat(row["date"])
        for row in load_facts().tables["elections"]
        if row["kind"] == "inauguration" and row["date"] >= SINCE.isoformat()
    }
    assert days <= set(dates_of(scenario("baseline").calendar["us_inaugurations"], date(2056, 12, 1)))


# --- the arithmetic that the baseline's sources tell ------------------------------------------------------


def prior_mean(spec: schema.Parameter) -> float:
    prior = spec.prior
    if prior is None:
        assert spec.value is not None
        return spec.value
    if prior.lognormal:
        return prior.lognormal.median * math.exp(prior.lognormal.sigma**2 / 2)
    if prior.gamma:
        return prior.gamma.shape / prior.gamma.rate
    if prior.beta:
        return prior.beta.a / (prior.beta.a + prior.beta.b)
    if prior.triangular:
        return (prior.triangular.low + prior.triangular.mode + prior.triangular.high) / 3
    assert prior.uniform
    return (prior.uniform.low + prior.uniform.high) / 2


def averaged(share: float, factor: float) -> float:
    """Mean factor if it holds for a share of the time and 1 for the rest."""
    return 1 + share * (factor - 1)


HALF_ENGAGED, IN_CRISIS = 0.5, 0.35 / 2.35


def test_the_common_climate_has_mean_one() -> None:
    """What the coming years may be like is not a second average over history."""
    assert prior_mean(scenario("baseline").parameters["shared_effect"]) == pytest.approx(1, abs=0.01)


def test_the_four_are_of_middling_firmness_together() -> None:
    """So settled_rate is the rate of a middling holdout without a centring of its own."""
    table = builtin("baseline").tables["tables/holdouts.csv"]
    medians = [float(np.median(table[f"effect_{code}"])) for code in ("GRC", "ROU", "SVK", "ESP")]
    assert math.prod(medians) ** (1 / 4) == pytest.approx(1, abs=0.05)


def test_settlement_factors_average_to_one_over_history() -> None:
    parameters = scenario("baseline").parameters
    p = {name: prior_mean(parameters[name]) for name in ("settlement_engaged", "settlement_in_crisis")}
    mean = averaged(HALF_ENGAGED, p["settlement_engaged"]) * averaged(IN_CRISIS, p["settlement_in_crisis"])
    assert mean * prior_mean(parameters["settlement_centring"]) == pytest.approx(1, abs=0.01)


def test_fitted_numbers_come_from_the_column_of_their_name() -> None:
    from_tables = {
        name: spec.prior.table
        for name, spec in scenario("baseline").parameters.items()
        if spec.prior is not None and spec.prior.table is not None
    }
    assert len(from_tables) > 60
    for name, table in from_tables.items():
        assert table.column == name
    assert {table.file for table in from_tables.values()} == {
        f"tables/{fit}.csv" for fit in ("settlement", "holdouts", "objections", "ratification", "readiness")
    }


def test_the_tables_were_fitted_to_the_facts_that_are_here() -> None:
    assert all(entry.fits(load_facts()) for entry in read_manifest(FOLDER / "tables").values())


# --- the Council of Europe ---------------------------------------------------------------------------------


def test_friends_relent_at_the_rate_that_the_blocks_table_gives() -> None:
    """Five decisions that ended and one that was last seen on, and half an end for the prior."""
    prior = scenario("baseline").parameters["friends_relent"].prior
    assert prior is not None
    assert prior.gamma is not None
    facts = load_facts()
    found = [block.spell for block in blocks(facts, everywhere=True) if block.kind == "conditions"]
    assert (len(found), sum(s.event for s in found)) == (6, 5)
    assert prior.gamma.shape == pytest.approx(5 + 0.5, abs=0)
    assert prior.gamma.rate == pytest.approx(sum(s.days for s in found) / DAYS_PER_YEAR, abs=0.05)


def test_the_votes_of_2023_are_those_of_the_facts() -> None:
    council = scenario("council-of-europe")
    assert len(council.members) == len(set(council.members)) == 46
    start = {code: voter.chains["vote"].start for code, voter in council.voters.items()}
    counts = {stance: list(start.values()).count(stance) for stance in ("in_favour", "against", "abstains")}
    (row,) = (
        row
        for row in load_facts().tables["applications_consensus_orgs"]
        if row["organisation"] == "Council of Europe: start of procedure"
    )
    assert counts["in_favour"] == int(row["votes_for"])
    assert counts["against"] == int(row["votes_against"])
    assert counts["abstains"] == int(row["abstentions"]) + 1  # and Armenia, which did not vote
    said = {"for": "in_favour", "against": "against", "abstain": "abstains"}
    for vote in load_facts().tables["votes"]:
        if vote["date"] == "2023-04-24" and vote["body"].startswith("Council of Europe"):
            assert start[vote["country"]] == said[vote["vote"]]
    members = load_facts().members_on(council.start, "Council of Europe")
    assert council.members == [m.iso3 for m in members]
    assert {code for code in start if not starts_at_the_top(council.voters[code])} == {
        m.iso3 for m in members if m.recognised is None
    }


@pytest.mark.parametrize(("away", "admitted"), [(2, True), (3, False)])
def test_two_of_the_33_may_turn_away_and_a_third_not(away: int, admitted: bool) -> None:
    """Two thirds of 46 are 31."""
    events = [f"{{on: 2026-12-01, voter: {code}, vote: abstains}}" for code in ("FRA", "ITA", "DEU")[:away]]
    text = (
        "schema: 1\nextends: council-of-europe\nhorizon: 2036-12-01\nchains: {friends: {start: satisfied}}\n"
        "parameters: {turns_away: 0, comes_round: 0, held_vote: 0, friends_withdraw: 0}\n"
        f"events: [{', '.join(events)}]\n"
    )
    model = compile_scenario(load_text(text))
    times = simulate(model, draw_worlds(model, 1, 1), 1, 50).time[:, 0]
    recognised = np.isfinite(simulate(model, draw_worlds(model, 1, 1), 1, 50).watch[:, 2:]).any(axis=1)
    assert (np.isfinite(times) == admitted)[~recognised].all()
    assert (~recognised).sum() > 20


# --- the tour ----------------------------------------------------------------------------------------------


def parts(value: Any) -> Iterator[BaseModel]:
    """Every model in a tree of models, mappings and lists."""
    if isinstance(value, BaseModel):
        yield value
        inside = {**dict(value), **(value.model_extra or {})}
        for part in inside.values():
            yield from parts(part)
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from parts(part)


def grammar() -> set[tuple[str, str]]:
    """(class, key) for every key that the classes of a resolved scenario declare; a file on disk adds its own."""
    classes = [
        thing
        for module in (schema, entries, laws)
        for thing in vars(module).values()
        if inspect.isclass(thing) and issubclass(thing, BaseModel) and thing.__module__ == module.__name__
        if not issubclass(thing, schema.File | schema.Members | schema.WrittenParameter)
    ]
    return {(c.__name__, key) for c in classes for key in inspect.get_annotations(c) if key in c.model_fields}


UNDER_WAY = {("Wait", "since"), ("RatificationStep", "since"), ("RatificationStep", "outstanding")}
"""Keys of a step that is under way at the start; the tour starts at the foot of the ladder: they are in comments."""


def test_the_tour_tells_of_the_keys_that_it_cannot_use() -> None:
    told = (FOLDER / "grammar-tour.yaml").read_text(encoding="utf-8")
    read = YAML(typ="safe", pure=True).load
    said = [read(line) for line in re.findall(r"# - (\{step: .*since.*\})", told)]
    kinds = {step.step: type(step).__name__ for step in scenario("grammar-tour").ladder}
    assert {(kinds[step["step"]], key) for step in said for key in step if key != "step"} == UNDER_WAY


def test_the_tour_uses_every_key() -> None:
    used = {
        (c.__name__, key)
        for part in parts(scenario("grammar-tour"))
        for key in part.model_fields_set
        for c in type(part).__mro__
        if issubclass(c, BaseModel) and key in inspect.get_annotations(c)
    }
    missing = grammar() - used - UNDER_WAY
    assert not missing, f"the tour does not show {sorted(missing)}"
    assert raw("baseline")["members"].keys() == schema.Members.model_fields.keys()
    assert any("between" in spec for spec in raw("grammar-tour")["parameters"].values())
    assert set(schema.WrittenParameter.model_fields) - set(schema.Parameter.model_fields) == {"between"}
    # the tour stands alone: a parent would leave keys out
    assert {*schema.File.model_fields} - {*schema.ScenarioContent.model_fields} == {
        "about",
        "choice",
        "extends",
        "takes",
    }


def test_the_tour_uses_every_word() -> None:
    tour = scenario("grammar-tour")
    chains = [*tour.chains.values(), *(c for voter in tour.voters.values() for c in voter.chains.values())]
    written = raw("grammar-tour")
    assert {spec.basis for spec in tour.parameters.values()} == {"fitted", "literature", "judged"}
    assert {c["drawn_by"] for c in written["chains"].values() if "drawn_by" in c} == {"world", "trajectory"}
    assert {step.kind for step in tour.ladder} == {"decision", "wait", "ratification"}
    assert {type(step.rule) for step in tour.ladder if hasattr(step, "rule")} == {
        str, schema.AllBut, schema.Share,
    }  # fmt: skip
    scalers = {name for chain in chains for move in chain.moves for name in move.scaled_by}
    assert {"peers", "government", "washington"} <= scalers
    assert any("ladder" in move.when for chain in chains for move in chain.moves)
    assert any(isinstance(move.rate, list) for chain in chains for move in chain.moves)
    assert "rest" in set(texts(written))
    assert any(event.model_extra for event in tour.events), "no event on a voter's chain"
    assert any(entry.model_extra for entry in tour.watch), "no watch on a voter's chain"
    assert any(not c.dates for c in tour.calendar.values()), "no calendar that is a rhythm alone"
    assert any(c.then is None for c in tour.calendar.values()), "no calendar of dates alone"
