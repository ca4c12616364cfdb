"""What is said of an option that cannot be used: by the library its parameter, by the command line what was typed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import accession
from sim.base.defaults import MOST
from sim.base.errors import AccessionError, OptionError
from sim.cli import main
from sim.studies.options import Options
from sim.studies.prepare import check_trajectories


def test_an_option_has_the_name_that_its_reader_knows() -> None:
    error = OptionError("<trajectories> 20: not with <worlds> 30 or <overrides> x")
    assert str(error) == "trajectories 20: not with worlds 30 or overrides x"
    assert error.on_command_line() == "--trajectories 20: not with --worlds 30 or --set x"
    assert error.option == "trajectories"
    assert AccessionError("a <b> c").on_command_line() == "a <b> c"


@pytest.mark.parametrize("given", [1.5, True, "5", float("nan")])
@pytest.mark.parametrize("name", ["trajectories", "worlds", "seed", "threads"])
def test_a_count_is_a_whole_number(name: str, given: object) -> None:
    with pytest.raises(OptionError, match=f"^{name} {given!r}: not a whole number; allowed: "):
        Options(**{name: given})  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"trajectory": 1.5}, {"trajectory": "a"}, {"seed": 0.5}, {"worlds": "2"}])
def test_a_replay_asks_for_whole_numbers(given: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="not a whole number"):
        accession.replay("status-quo", **given)


def test_a_whole_number_of_numpy_is_one() -> None:
    assert type(Options(seed=np.int64(3)).seed) is int


def test_the_library_names_parameters() -> None:
    with pytest.raises(OptionError) as raised:
        check_trajectories(20, 1000)
    assert str(raised.value).startswith("trajectories 20: allowed: 1000 or more")
    assert str(raised.value).endswith("(fewer worlds: worlds 100)")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--trajectories", "500"],
            "--trajectories 500: allowed: 1000 or more, one for each of the 1000 worlds (fewer worlds: --worlds 100)",
        ),
        (["--engine", "exakt"], "--engine 'exakt': did you mean 'exact'? allowed: montecarlo, replay, exact"),
        (["--keep", "all"], "--keep 'all': allowed: paths, summary"),
        (
            ["--precision", "0.9"],
            "--precision 0.9: allowed: a Monte Carlo error as a probability, 0.000001 or more and less than 0.5 "
            "(0.002 is 0.2 percentage points)",
        ),
        (
            ["--precision", "0.01", "--engine", "replay"],
            "--precision: allowed: with --engine montecarlo only, not replay",
        ),
        (
            ["--tilt", "x=1", "--engine", "exact"],
            "--tilt: not allowed with --engine exact, which simulates nothing",
        ),
        (["--tilt", "x=1", "--variants"], "--tilt: not allowed together with --variants"),
        (["--tilt", "x=1", "--precision", "0.01"], "--tilt: not allowed together with --precision"),
        (
            ["--tilt", "recognition_rate=no"],
            "--tilt recognition_rate=no: allowed: NAME=RATE with a rate a year above 0",
        ),
        (
            ["--variants", "--engine", "exact"],
            "--variants: allowed: with --engine montecarlo only, not exact",
        ),
        (
            ["--trajectories", "5000", "--engine", "exact"],
            "--trajectories: not allowed with --engine exact, which simulates none",
        ),
        (["--bound", "9"], "--bound: allowed: with --engine exact only, not montecarlo"),
    ],
)
def test_the_command_line_names_what_was_typed(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "status-quo", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{words}\n"


@pytest.mark.parametrize(
    "verb",
    [
        ["run", "status-quo"],
        ["compare", "status-quo", "athens-first"],
        ["sweep", "status-quo", "--grid", "settlement_rate=0.01,0.1"],
        ["replay", "status-quo"],
    ],
)
@pytest.mark.parametrize("worlds", ["1", "2"])
def test_few_worlds_of_an_uncertain_scenario_are_refused(
    verb: list[str], worlds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*verb, "--worlds", worlds])
    assert ended.value.code == 2
    assert f"--worlds: {worlds} is too few" in capsys.readouterr().err


def test_python_refuses_one_world_too() -> None:
    for ask in (accession.run, accession.replay):
        with pytest.raises(accession.AccessionError, match="worlds: 1 is too few"):
            ask("status-quo", worlds=1)


@pytest.mark.parametrize("name", ["trajectories", "worlds", "seed", "threads", "bound"])
def test_numbers_beyond_any_machine_are_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    engine = "exact" if name == "bound" else "montecarlo"
    with pytest.raises(OptionError, match=r"allowed: [01] to "):
        Options(**{name: MOST[name] + 1, "engine": engine})
    with pytest.raises(SystemExit, match="2"):
        main(["run", "status-quo", f"--{name}", str(10**30)])
    said = capsys.readouterr().err
    assert said.startswith(f"--{name} 1000000")
    assert said.count("\n") == 1
