"""Questions of one's own in the log: answered by a scenario or stated by somebody, and scored like the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.history.forecast_log import read_log
from tests.commands import Done

ASKED = (
    *("forecast", "--log", "log.csv", "--made-on", "2026-12-02"),
    *("--question", "Will there be a MAP by 2031?", "--by", "2031-12-31"),
)
SMALL = ("--trajectories", "10000")


def test_model_and_crowd_stand_in_one_log_and_are_scored(
    accession: Callable[..., Done], tmp_path: Path
) -> None:
    for more in (
        ("--entry", "map", *SMALL),
        ("--entry", "map", "--probability", "0.1", "--who", "A crowd"),
        ("--entry", "map", "--probability", "0.25"),
        ("--entry", "GRC.stance=recognises|ROU.stance=recognises", "--scenario", "athens-first", *SMALL),
    ):
        done = accession(*ASKED, *more)
        assert done.returncode == 0, done.stderr
        assert "Added 1 forecast to log.csv" in done.stdout
        assert "log.csv.end beside it says where it ends: keep the two together" in done.stdout
    model, crowd, own, other = read_log(tmp_path / "log.csv")
    assert model.id == "2026-12-02-map-2031-12-31"
    assert 0 < float(model.low) <= float(model.probability) <= float(model.high) < 0.5
    assert (crowd.id, crowd.scenario) == ("2026-12-02-a-crowd-map-2031-12-31", "stated: A crowd")
    assert (own.id, own.probability, own.low) == ("2026-12-02-own-map-2031-12-31", "0.250", "")
    assert other.id == "2026-12-02-athens-first-grc-stance-recognises-rou-stance-recognises-2031-12-31"
    (tmp_path / "out.csv").write_text(f"id,happened\n{crowd.id},no\n{own.id},no\n{other.id},yes\n", "utf-8")
    scored = accession("score-log", "log.csv", "--outcomes", "out.csv", "--today", "2032-01-01")
    assert f"{crowd.id}: 0.100, did not happen; Brier 0.0100" in scored.stdout
    assert f"{own.id}: 0.250, did not happen; Brier 0.0625" in scored.stdout


def test_a_run_too_small_for_an_interval_states_none(accession: Callable[..., Done], tmp_path: Path) -> None:
    assert accession(*ASKED, "--entry", "map", "--trajectories", "1000").returncode == 0
    (row,) = read_log(tmp_path / "log.csv")
    assert (row.low, row.high) == ("", "")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--entry", "mapp"], "--entry mapp: allowed: pfp, map,"),
        (["--entry", "map", "--probability", "1.5"], "--probability 1.5: allowed: 0.001 to 0.999"),
        (["--entry", "map", "--probability", "nan"], "--probability nan: allowed: 0.001 to 0.999"),
        (["--entry", "map", "--by", "2026-12-02"], "--by 2026-12-02: allowed: after 2026-12-02"),
        (
            ["--entry", "map", "--by", "2126-12-02"],
            "--by 2126-12-02: allowed: after 2026-12-02, up to 2056-12-01",
        ),
        (["--entry", "map", "--question", " "], "--question ' ': allowed: a question in words"),
        (
            ["--probability", "0.5"],
            "--entry is missing; allowed: --question, --entry and --by together, or none",
        ),
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_is_written(
    more: list[str], said: str, accession: Callable[..., Done], tmp_path: Path
) -> None:
    done = accession(*ASKED, *more)
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []
