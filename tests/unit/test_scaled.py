"""Priors scaled (``times``, ``x2``) and given by a range (``between``, ``0.01..0.1``)."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.base.errors import AccessionError, ScenarioError
from sim.base.progress import silent
from sim.commands.options import overrides
from sim.engines import montecarlo, replay
from sim.model.compiler import compile_scenario
from sim.model.worlds import draw_parameters
from sim.scenario.load import Scenario, load_scenario, load_text
from sim.scenario.ranges import far
from sim.scenario.setting import Set, Unreadable, read_setting
from sim.scenario.write import new_text, show_text
from sim.studies.compare import compare
from sim.studies.designs.making import full_grid
from sim.studies.exactly import solve
from sim.studies.options import Sampling
from sim.studies.points import Points
from sim.studies.prepare import prepare
from tests.unit.scenario_samples import SMALL, TOUR, load
from tests.unit.test_scenario_write import in_schema

WORLDS = 400


@cache
def status_quo(*settings: tuple[str, Any]) -> Scenario:
    return load_scenario("status-quo", dict(settings))


def drawn(loaded: Scenario, worlds: int = WORLDS) -> dict[str, np.ndarray]:
    return draw_parameters(compile_scenario(loaded), 1, worlds)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "tour.yaml").write_text(TOUR)
    return tmp_path


def child(folder: Path, text: str, parent: str = "tour.yaml") -> Scenario:
    return load(f"schema: 1\nextends: {parent}\nparameters: {{{text}}}\n", folder)


# --- times ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["settlement_rate", "interim_rate", "washington_engages"])
def test_a_scaled_prior_has_the_luck_of_its_parents(name: str) -> None:
    """Of a table, a gamma and a beta prior; every other parameter stays as it was, to the last bit."""
    before, after = drawn(status_quo()), drawn(status_quo((name, "x0.5")))
    for other, values in before.items():
        assert np.array_equal(after[other], values * (0.5 if other == name else 1.0)), other


def test_a_column_that_is_scaled_keeps_its_correlations(tmp_path: Path) -> None:
    (tmp_path / "joint.csv").write_text("rate,other\n" + "".join(f"{i / 9},{9 - i}\n" for i in range(9)))
    column = "prior: {table: {file: joint.csv, column: %s}}"
    other = f"\n  other: {{{column % 'other'}, unit: factor, basis: judged, source: made up}}"
    text = SMALL.replace("value: 0.5", column % "rate").replace("made up}", "made up}" + other)
    (tmp_path / "drawn.yaml").write_text(text)
    made = drawn(child(tmp_path, "rate: {times: 2}", "drawn.yaml"))
    assert np.allclose(made["rate"] / 2 * 9, 9 - made["other"])
    assert len(np.unique(made["rate"])) == 9


def test_scaled_by_one_nothing_differs() -> None:
    options = Sampling(trajectories=400, worlds=100)
    made = compare(status_quo(), status_quo(("settlement_rate", "x1")), options=options)
    (pair,) = made.comparisons
    assert pair.parameters.different == {}
    assert all(found.futures.same == 1.0 or found.futures.gained == 0.0 for found in pair.steps.values())
    assert all(entry.difference == 0.0 for found in pair.steps.values() for entry in found.by)


@pytest.mark.parametrize("setting", ["x2", "×2", "X 2.0", {"times": 2}])
def test_every_way_of_saying_twice(folder: Path, setting: Any) -> None:
    made = load(TOUR, recognition_rate=setting)
    spec = made.content.parameters["recognition_rate"]
    assert (spec.times, spec.basis, made.changed) == (2, "yours", {"recognition_rate": "x2"})
    assert spec.said() == "2 x gamma(shape 2.0, rate 40.0)"
    written = child(folder, "recognition_rate: {times: 2}").content.parameters["recognition_rate"]
    assert (written.times, written.prior) == (spec.times, spec.prior)


def test_factors_over_factors_and_values(folder: Path) -> None:
    (folder / "twice.yaml").write_text(
        "schema: 1\nextends: tour.yaml\nparameters: {recognition_rate: {times: 2}, crisis_damping: {times: 0.5}}\n"
    )
    made = child(folder, "recognition_rate: {times: 3}, crisis_damping: {times: 0.5}", "twice.yaml").content
    assert made.parameters["recognition_rate"].times == 6
    assert made.parameters["crisis_damping"].value == 0.1
    assert made.parameters["crisis_damping"].times is None
    made = child(folder, "recognition_rate: {prior: {gamma: {shape: 2, rate: 30}}}", "twice.yaml").content
    assert made.parameters["recognition_rate"].times is None


# --- between --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "law", "low", "high"),
    [
        ("recognition_rate", "lognormal", 0.01, 0.1),  # over a gamma prior
        ("effect_GRC", "lognormal", 0.5, 4.0),
        ("never_share", "logitnormal", 0.1, 0.6),  # over a beta prior
        ("objection_rate", "lognormal", 0.001, 0.01),  # over a value, of a rate
    ],
)
def test_a_range_has_its_ends_as_quantiles(name: str, law: str, low: float, high: float) -> None:
    made = load(TOUR, **{name: f"{low}..{high}"})  # type: ignore[arg-type]
    spec = made.content.parameters[name]
    assert spec.prior is not None
    assert list(spec.prior.model_dump(exclude_none=True)) == [law]
    values = drawn(made, 20_000)[name]
    assert np.mean(values < low) == pytest.approx(0.05, abs=0.006)
    assert np.mean(values > high) == pytest.approx(0.05, abs=0.006)
    logs = np.log(values / (1 - values)) if law == "logitnormal" else np.log(values)
    assert stats.kstest((logs - logs.mean()) / logs.std(), "norm").statistic < 0.02


def test_the_unit_says_what_is_a_probability() -> None:
    share = {
        "unit: share": "unit: probability at an election",
        "beta: {a: 1, b: 2}": "uniform: {low: 0, high: 1}",
    }
    text = TOUR
    for old, new in share.items():
        text = text.replace(old, new)
    for given in (text, text.replace("prior: {uniform: {low: 0, high: 1}}", "value: 0.5")):
        prior = load(given, never_share="0.1..0.6").content.parameters["never_share"].prior
        assert prior is not None
        assert prior.logitnormal is not None


def test_a_range_alone_can_explain_a_number() -> None:
    made = load(SMALL.replace("value: 0.5", "between: [0.1, 0.4]"))
    spec = made.content.parameters["rate"]
    assert (spec.basis, spec.source) == ("judged", "made up")
    assert spec.prior is not None
    assert spec.prior.lognormal is not None
    assert spec.prior.lognormal.median == pytest.approx(0.2)


# --- files, schema, show --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "middle", "hint"),
    [
        ("500 is", 500, "; 500 % is 5"),
        ("its median, 500, is", 500, ""),
        ("90000 is", 90_000, ""),
        ("0.1 is", 0.1, ""),
    ],
)
def test_only_a_number_that_was_typed_is_taken_for_per_cent(what: str, middle: float, hint: str) -> None:
    prior = {"uniform": {"low": 0.6, "high": 10.6}}
    said = far("rate", what, middle, prior, lambda file, column: None)
    way = "above" if middle > 10 else "below"
    assert said == (f"rate: {what} far {way} what the parent thinks possible (5 % to 95 %: 1.1 to 10){hint}")
    assert far("rate", "1 is", 1, prior, lambda file, column: None) == ""
    assert far("rate", "1 is", 1, prior, lambda file, column: None, times=2) != ""


@pytest.mark.parametrize("setting", ["x2", "0.01..0.1", 0.03])
@pytest.mark.parametrize("name", ["recognition_rate", "crisis_damping"])
def test_what_is_shown_loads_to_the_same_digest(name: str, setting: Any) -> None:
    made = load(TOUR, **{name: setting})
    shown = load(show_text(made))
    assert (shown.digest, shown.content) == (made.digest, made.content)


@pytest.mark.parametrize("name", ["baseline", "candidate", "grammar-tour"])
def test_what_new_says_of_them_can_be_used(name: str) -> None:
    text = new_text("mine", name, load_scenario(name))
    parameter = re.search(r"^parameters:\n  (\w+):", text, flags=re.M)
    forms = re.findall(r"^# In place of [^{]*(\{.*?\})", text, flags=re.M)
    assert parameter
    assert len(forms) == 2
    for form in forms:
        child = f"schema: 1\nextends: {name}\nparameters: {{{parameter[1]}: {form}}}\n"
        assert load_text(child).yours


def test_a_setting_counts_for_the_digest() -> None:
    settings = ["x1", "x2", "0.01..0.1", "0.01..0.2", 0.03]
    assert len({load(TOUR, recognition_rate=setting).digest for setting in settings}) == len(settings)


def test_the_schema_for_editors_knows_both() -> None:
    def valid(given: str) -> bool:
        return in_schema(f"schema: 1\nextends: baseline\nparameters: {{settlement_rate: {given}}}\n")

    assert valid("{times: 2}")
    assert valid("{between: [0.01, 0.1]}")
    assert valid("{prior: {logitnormal: {median: 0.2, sigma: 1}}}")
    assert not valid("{times: 0}")
    assert not valid("{between: [a, b]}")
    assert not valid("{value: 1, between: [0.01, 0.1]}")
    assert not valid("{prior: {logitnormal: {median: 1, sigma: 1}}}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rate: x2", "test.yaml:3: parameters.rate: 'x2' is not a number in a file; write {times: 2.0}; allowed: 0 or"),
        ("rate: 0.1..0.4", "test.yaml:3: parameters.rate: '0.1..0.4' is not a number in a file; write {between: [0.1"),
        ("rate: {times: 0}", "test.yaml:3: parameters.rate.times: 0; allowed: more than 0"),
        ("rate: {times: -2}", "test.yaml:3: parameters.rate.times: -2 is negative; allowed: more than 0"),
        ("rate: {times: two}", "test.yaml:3: parameters.rate.times: 'two' is not a number; allowed: more than 0"),
        (
            "rate: {value: 1, times: 2}",
            "test.yaml:3: parameters.rate: value with times; allowed: times over a prior, or over what a parent has",
        ),
        ("rate: {between: [0.1]}", "test.yaml:3: parameters.rate.between: 1 numbers; allowed: two: the 5 % and the"),
        ("rate: {between: [0.4, 0.1]}", "test.yaml:3: parameters.rate.between: 0.4 is not below 0.1; allowed: the low"),
        ("rate: {between: [0, 0.1]}", "test.yaml:3: parameters.rate.between[0]: 0; allowed: more than 0"),
        ("rate: {between: 3}", "test.yaml:3: parameters.rate.between: 3 is not a list; allowed: a list of two numbers"),
        ("rate: {between: [0.1, 0.4], value: 1}", "test.yaml:3: parameters.rate: value and between together; allowed:"),
        (
            "new: {times: 2, unit: factor, basis: judged, source: made up}",
            "test.yaml:3: parameters.new: times, but no parent has a value or prior of that name to scale; allowed: ",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(folder: Path, text: str, problem: str) -> None:
    with pytest.raises(ScenarioError) as error:
        child(folder, text, "small.yaml")
    assert error.value.problems[0].startswith(problem)
    assert len(error.value.problems) == 1


def test_a_rate_is_not_scaled_beyond_its_bound(folder: Path) -> None:
    for text in ("settlement_rate: {times: 100000000}", "settlement_rate: {between: [1, 100000000000]}"):
        with pytest.raises(ScenarioError) as error:
            child(folder, text)
        assert error.value.problems[0].startswith("test.yaml:3: parameters.settlement_rate.")
        assert "a year; allowed: at most 1000 a year" in error.value.problems[0]


def test_a_probability_ends_below_one(folder: Path) -> None:
    with pytest.raises(ScenarioError) as error:
        child(folder, "never_share: {between: [0.5, 1.5]}")
    assert error.value.problems == [
        "test.yaml:3: parameters.never_share.between: 1.5 as an end of a probability; allowed: more than 0, less than 1"
    ]
    (folder / "ends.csv").write_text("share\n0.25\n" + 9 * "0.5\n")
    prior = "prior: {table: {file: ends.csv, column: share}}, unit: share, basis: judged, source: made up"
    text = f"schema: 1\nextends: tour.yaml\nparameters: {{never_share: {{{prior}}}}}\n"
    (folder / "ends.yaml").write_text(text, "utf-8")
    assert drawn(child(folder, "never_share: {times: 2}", "ends.yaml"))["never_share"].max() == 1.0
    with pytest.raises(AccessionError, match=r"never_share times 4 is beyond 1 in \d+ % of draws"):
        child(folder, "never_share: {times: 4}")


# --- beside the files -----------------------------------------------------------------------------------


def test_settings_of_the_command_line() -> None:
    assert overrides(["a=0.5", "b=x2", "c=0.01 .. 0.1", "a=×3"]) == {"a": "x3", "b": "x2", "c": "0.01..0.1"}
    for text, problem in [
        ("a=x0", "--set a=x0: x0; allowed: a factor above 0"),
        ("a=xx", "--set a=xx: 'xx' is not a number; allowed: a number, a factor such as x2, or a range"),
        ("a=1..0.5", "--set a=1..0.5: 1..0.5: 1 is not below 0.5; allowed: the lower end first"),
        ("a=x1,x2", "--set a=x1,x2: several values; allowed: one; accession sweep takes --grid a=x1,x2"),
        ("a=two", "--set a=two: 'two' is not a number; allowed: NAME=VALUE, such as settlement_rate=0.05"),
    ]:
        with pytest.raises(ScenarioError) as error:
            overrides([text])
        assert error.value.problems[0].startswith(problem)


@pytest.mark.parametrize(
    "given", ["2", "", "..", "1..", "x", {"times": "2"}, {"between": [1]}, {"value": 1}, {}, None, [1], True]
)
def test_what_is_no_setting(given: object) -> None:
    with pytest.raises(Unreadable):
        read_setting(given)


@pytest.mark.parametrize("given", [0.1, "x2", "0.01..0.1", 1e-05, "x0.3333333333333333", 1e300])
def test_a_setting_is_said_as_it_can_be_read(given: Any) -> None:
    said = read_setting(given).said()
    assert said == (given if isinstance(given, str) else repr(given))


@pytest.mark.parametrize("ends", [[0.01, 0.1], (0.01, 0.1)])
def test_settings_of_python_are_those_of_files(ends: Any) -> None:
    assert read_setting({"between": ends}) == read_setting("0.01..0.1") == Set("between", (0.01, 0.1))
    assert read_setting({"times": 2}) == read_setting("x2") == Set("times", (2.0,))
    assert read_setting(3) == Set("value", (3.0,))


def test_a_grid_of_factors() -> None:
    base = prepare(load(TOUR), WORLDS)
    grid = full_grid({"recognition_rate": ["x0.5", "x1", "x2"]}, base)
    assert (grid.axes[0].name, grid.values) == ("recognition_rate (times)", ((0.5, 1.0, 2.0),))
    points = Points(base)
    values = [points.ready(row.point).worlds.parameters["recognition_rate"] for row in grid]
    assert np.array_equal(values[1], base.worlds.parameters["recognition_rate"])
    assert np.array_equal(values[0] * 4, values[2])


# --- engines --------------------------------------------------------------------------------------------


UNCERTAIN = SMALL.replace("value: 0.5", "prior: {gamma: {shape: 2, rate: 8}}")


@pytest.mark.parametrize("setting", ["x2", "0.1..0.4"])
def test_every_engine_reads_the_same_numbers(setting: str) -> None:
    """Monte Carlo and replay to the bit; the exact engine gives the law of entry, which is known here."""
    base = prepare(load(UNCERTAIN, rate=setting), 100)
    whole = [list(engine.blocks(base.model, base.worlds, 1, range(40))) for engine in (montecarlo, replay)]
    assert np.array_equal(*(np.concatenate([paths.time for paths in blocks]) for blocks in whole))
    solved = solve(base, None, silent).by_horizon()
    last = (date(2036, 7, 7) - date(2026, 12, 1)).days / 365.25  # the last meeting
    assert np.allclose(np.ravel(solved), 1 - np.exp(-base.worlds.parameters["rate"] * last), atol=1e-9)


def test_twice_a_prior_is_the_prior_of_twice() -> None:
    twice = prepare(load(UNCERTAIN, rate="x2"), 100).worlds.parameters["rate"]
    other = prepare(load(UNCERTAIN.replace("rate: 8}", "rate: 4}")), 100).worlds.parameters["rate"]
    assert np.allclose(twice, other, rtol=1e-15)
