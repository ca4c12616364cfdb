"""The law of recognition where there are events: who is at risk, closed forms, and a known law found again."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.facts.frozen import frozen
from sim.facts.read import load_facts
from sim.history.hindcast import elsewhere
from sim.history.hindcast.forecasts import MODEL, Forecast
from sim.history.hindcast.jobs import LEFT_OUT, ROLLING
from sim.history.hindcast.scores import Observation
from sim.pages.scorecard_recognition import beside_the_scores, expected, outer, windows

FACTS = load_facts()


def test_at_risk_are_members_of_the_united_nations_that_had_not_recognised() -> None:
    came, waiting = elsewhere.since_the_wave(FACTS)
    assert len(came) == 74  # 76 recognitions since, two of them by states outside
    total = sum(row["united_nations"] == "yes" for row in FACTS.tables["countries"])
    assert total == 193
    assert len(came) + len(waiting) == total - 1 - 46  # Serbia; 47 recognised before, one of them outside
    assert waiting[0] == pytest.approx(17.8, abs=0.1)
    then, left = elsewhere.since_the_wave(frozen(FACTS, date(2012, 8, 31)))
    assert len(then) < len(came)
    assert len(then) + len(left) == len(came) + len(waiting)
    assert left[0] == pytest.approx(4.0, abs=0.01)


def test_time_to_the_next_by_hand() -> None:
    """One rate for all and nobody who never does: the first of m is exponential with m times the rate."""
    law = elsewhere.Law(np.full(800, 0.05), np.zeros(800), 1e-9)
    rng = np.random.Generator(np.random.Philox(5))
    first = elsewhere.ahead(law, 7.0, 40, 1, rng) / 365.25
    assert first.mean() == pytest.approx(0.5, abs=5.5 * 0.5 / np.sqrt(800))
    tenth = elsewhere.ahead(law, 7.0, 40, 10, rng) / 365.25
    assert tenth.mean() == pytest.approx(20 * (1 / np.arange(31, 41)).sum(), rel=0.06)


def test_never_movers_and_those_left_over_by_hand() -> None:
    law = elsewhere.Law(np.full(2, 0.3), np.full(2, 0.4), 1e-9)
    mover = 0.6 * np.exp(-3) / (0.4 + 0.6 * np.exp(-3))
    sample = elsewhere.ahead(elsewhere.Law(np.full(1500, 0.3), np.full(1500, 0.4), 1e-9), 10.0, 1, 1,
                             np.random.Generator(np.random.Philox(6)))  # fmt: skip
    assert np.isfinite(sample).mean() == pytest.approx(mover, abs=5.5 * np.sqrt(0.25 / 1500))
    assert law.waiting(np.array([10.0]))[0, 0] == pytest.approx(np.exp(-3))


def test_a_known_law_is_found_again() -> None:
    rng = np.random.Generator(np.random.Philox(7))
    spread = elsewhere.PRIOR.spread()
    years = rng.standard_exponential(1500) / (0.2 * np.exp(spread * rng.standard_normal(1500)))
    years[rng.random(1500) < 0.4] = np.inf
    law = elsewhere.fitted(years[years < 15], np.full((years >= 15).sum(), 15.0), rng)
    assert abs(np.log(law.rate).mean() - np.log(0.2)) < 5.5 * np.log(law.rate).std() < 1
    assert abs(law.never.mean() - 0.4) < 5.5 * law.never.std() < 0.3


def test_states_after_one_text_are_forecast_from_those_after_the_other() -> None:
    found = [job.make for job in elsewhere.elsewhere(FACTS) if isinstance(job.make, elsewhere._Agreed)]
    assert [(each.text, each.mode) for each in found] == [
        ("German Basic Treaty", LEFT_OUT), ("inter-Korean summit", LEFT_OUT), ("inter-Korean summit", ROLLING),
    ]  # fmt: skip
    for each in found:
        assert {row["text"] for row in each.past.tables["normalisations"]} == (
            {"German Basic Treaty", "inter-Korean summit"} - {each.text}
        )


def first(component: str, year: int, share: float, came: float | None) -> Forecast:
    points = np.sort(np.where(np.arange(200) < 200 * share, 100.0, np.inf))
    watched = float((date(2026, 7, 1) - date(year, 8, 31)).days)
    outcome = Observation(watched if came is None else came, came is None, watched)
    return Forecast(component, ROLLING, "XKX", "first", str(year), date(year, 8, 31), MODEL, outcome, points)


def test_expected_windows_and_the_chance_of_none() -> None:
    made = [
        first("recognition", year, share, None) for year, share in ((2020, 0.5), (2022, 0.2), (2024, 0.1))
    ]
    number, came, none = expected(windows(made, "recognition"))
    assert (number, came, none) == (pytest.approx(0.8), 0, pytest.approx(0.36))
    text = " ".join(beside_the_scores(made))
    assert "expected 0.80" in text
    assert "none had one" in text
    assert "chance that none would was 0.36" in text


def test_a_recognition_after_the_window_is_not_in_it() -> None:
    made = [first("elsewhere", 2020, 0.5, 731.0), first("elsewhere", 2022, 1.0, 90.0)]
    assert [came for _, came in windows(made, "elsewhere")] == [False, True]
    assert "expected 1.5 with a recognition; 1 had one" in " ".join(beside_the_scores(made))


def test_early_and_late() -> None:
    made = first("elsewhere", 2020, 0.97, 500.0)
    assert outer(made) == "late"
    assert outer(first("elsewhere", 2020, 1.0, 50.0)) == "early"
    assert outer(first("elsewhere", 2020, 0.5, None)) == ""
    assert outer(first("recognition", 2020, 0.97, 500.0)) == ""
