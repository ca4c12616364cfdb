"""The fitted numbers of the European bid are those that the tables of facts give, counted again here."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from scipy import stats

from sim.base.dates import DAYS_PER_YEAR
from sim.facts.frozen import FACTS_UNTIL
from sim.facts.read import Facts, Row, load_facts
from sim.scenario.schema import Parameter
from tests.builtin import builtin

SINCE = date(2003, 1, 1)
"""From the Western Balkans on: the procedure of today."""
LEFT_OUT = {"ISL", "XKX"}
"""Iceland was in the single market already."""


@pytest.fixture(scope="module")
def facts() -> Facts:
    return load_facts()


def parameter(name: str) -> Parameter:
    return builtin("european-union").content.parameters[name]


def gamma(name: str) -> tuple[float, float]:
    prior = parameter(name).prior
    assert prior is not None
    assert prior.gamma is not None
    return prior.gamma.shape, prior.gamma.rate


def lognormal(name: str) -> tuple[float, float]:
    prior = parameter(name).prior
    assert prior is not None
    assert prior.lognormal is not None
    return prior.lognormal.median, prior.lognormal.sigma


def days(facts: Facts, country: str, step: str) -> list[date]:
    return [
        row.day("date")
        for row in facts.tables["eu_steps"]
        if (row["country"], row["step"]) == (country, step) and row["date"]
    ]


def first(facts: Facts, country: str, step: str) -> date | None:
    return min(days(facts, country, step), default=None)


def episodes(facts: Facts) -> list[tuple[str, set[str], date, date | None]]:
    """Objections for other reasons than recognition, by decision: name, candidates, start and end."""
    rows: dict[str, list[Row]] = {}
    gates = ("opening_talks", "accession_talks")
    for row in facts.tables["blocks"]:
        if row["organisation"] == "EU" and row["kind"] != "recognition" and row["gate"] in gates:
            rows.setdefault(row["decision"], []).append(row)
    return [
        (
            name,
            {row["candidate"] for row in parts},
            min(row.day("start") for row in parts),
            max(row.day("end") for row in parts) if all(row["end"] for row in parts) else None,
        )
        for name, parts in rows.items()
    ]


def held_up(facts: Facts, country: str, start: date, end: date) -> int:
    """Days within a spell on which an objection stood."""
    standing = set()
    for _, candidates, a, b in episodes(facts):
        if country in candidates:
            standing |= set(range(max(a, start).toordinal(), min(b or FACTS_UNTIL, end).toordinal()))
    return len(standing)


def posterior(events: int, in_days: float) -> tuple[float, float]:
    return events + 0.5, in_days / DAYS_PER_YEAR


def test_how_often_a_step_is_held_up(facts: Facts) -> None:
    decisions: dict[tuple[str, str], bool] = {}
    for row in facts.tables["eu_steps"]:
        at = row.day_if_any("date")
        if row["step"] in ("opinion_asked", "candidate", "talks_opened") and at is not None and at >= SINCE:
            key = (row["step"], row["date"])
            decisions[key] = decisions.get(key, False) or bool(row["blocked_by"])
    held, all_of_them = sum(decisions.values()), len(decisions)
    assert (held, all_of_them) == (7, 23)
    # the share of each of 27 members, so that somebody objects as often as that
    chance = stats.beta(held + 0.5, all_of_them - held + 0.5).ppf((np.arange(20_000) + 0.5) / 20_000)
    share = 1 - (1 - chance) ** (1 / 27)
    shape, rate = gamma("veto_share")
    assert shape == pytest.approx(share.mean() ** 2 / share.var(), rel=0.03)
    assert shape / rate == pytest.approx(share.mean(), rel=0.01)


def test_how_long_an_objection_lasts(facts: Facts) -> None:
    found = episodes(facts)
    ended = [name for name, _, _, end in found if end is not None]
    total = sum(((end or FACTS_UNTIL) - start).days for _, _, start, end in found)
    assert (len(ended), len(found)) == (9, 12)
    assert gamma("veto_ends") == pytest.approx(posterior(9, total), abs=0.05)


def spells(facts: Facts, before: str, after: str) -> dict[tuple[date, date | None], str]:
    """(start, end) -> one country of each decision since 2003 (several countries on the same two days are one)."""
    found: dict[tuple[date, date | None], str] = {}
    for country in {row["country"] for row in facts.tables["eu_steps"]} - LEFT_OUT:
        start = first(facts, country, before)
        if start is not None and start >= SINCE:
            found[start, first(facts, country, after)] = country
    return found


def test_how_long_an_opinion_takes() -> None:
    facts = load_facts()
    lengths = {}
    for country in {row["country"] for row in facts.tables["eu_steps"]}:
        asked, given = first(facts, country, "opinion_asked"), first(facts, country, "opinion")
        if asked is not None and given is not None and asked >= SINCE:
            lengths[asked, given] = math.log((given - asked).days)
    logs = np.array(list(lengths.values()))
    assert len(logs) == 8
    assert lognormal("opinion_median")[0] == pytest.approx(math.exp(logs.mean()), abs=1)
    assert parameter("opinion_spread").value == pytest.approx(logs.std(ddof=1), abs=0.01)
    assert lognormal("opinion_median")[1] == pytest.approx(logs.std(ddof=1) / math.sqrt(8), abs=0.005)


def test_from_the_opinion_to_candidate_status(facts: Facts) -> None:
    lengths = {
        (first(facts, country, "opinion"), end): (end - start).days
        for (start, end), country in spells(facts, "opinion", "candidate").items()
        if end is not None
    }
    soon = [length for length in lengths.values() if length < 183]
    later = [length for length in lengths.values() if length >= 183]
    assert (len(soon), len(later)) == (5, 3)
    prior = parameter("opinion_favourable").prior
    assert prior is not None
    assert prior.beta is not None
    assert (prior.beta.a, prior.beta.b) == (5.5, 3.5)
    assert gamma("status_rate") == pytest.approx(posterior(3, sum(later)), abs=0.05)


def test_from_candidate_status_to_readiness_for_talks(facts: Facts) -> None:
    """Until the talks opened, an objection held them up, or the candidate turned away."""
    events, total = 0, 0
    for (start, opened), country in spells(facts, "candidate", "talks_opened").items():
        frozen = [day for day in days(facts, country, "frozen") if day > start and opened is None]
        objected = [a for _, who, a, _ in episodes(facts) if country in who and start < a < (opened or a)]
        # a hold of a month before the decision to open was no hold before readiness
        objected = [a for a in objected if (opened or FACTS_UNTIL).year - a.year > 1]
        end = min([opened or FACTS_UNTIL, *objected, *frozen])
        events += opened is not None
        total += (end - start).days
    assert events == 6
    assert gamma("talks_rate") == pytest.approx(posterior(6, total), abs=0.05)


def stage(facts: Facts, before: str, after: str, countries: dict[str, date | None]) -> tuple[int, int]:
    """Events and days of a stage of the talks, without the days under an objection."""
    events = total = 0
    for country, until in countries.items():
        start, end = first(facts, country, before), first(facts, country, after)
        assert start is not None
        last = end or until or FACTS_UNTIL
        events += end is not None
        total += (last - start).days - held_up(facts, country, start, last)
    return events, total


def test_the_stages_of_the_talks(facts: Facts) -> None:
    (turkey,) = [day for day in days(facts, "TUR", "frozen") if day.year == 2006]
    opening = stage(
        facts,
        "talks_opened",
        "clusters_opened",
        dict.fromkeys(("HRV", "MNE", "ALB", "SRB")) | {"TUR": turkey},
    )
    assert opening[0] == 3
    assert gamma("opening_rate") == pytest.approx(posterior(*opening), abs=0.1)
    closing = stage(facts, "clusters_opened", "talks_closed", dict.fromkeys(("HRV", "MNE", "ALB")))
    assert closing[0] == 1
    assert gamma("closing_rate") == pytest.approx(posterior(*closing), abs=0.1)


def treaties(facts: Facts) -> list[tuple[date, date, date]]:
    """End of the talks, signature and accession of each treaty since 1994 (the last of several days of one)."""
    found: dict[date, tuple[date, date]] = {}
    for country in {row["country"] for row in facts.tables["eu_steps"]}:
        closed, signed, joined = (first(facts, country, s) for s in ("talks_closed", "treaty", "membership"))
        if closed is not None and signed is not None and joined is not None:
            found[signed] = (max(closed, found.get(signed, (closed,))[0]), joined)
    return sorted((closed, signed, joined) for signed, (closed, joined) in found.items())


def test_the_treaty_and_its_ratification(facts: Facts) -> None:
    waves = treaties(facts)
    assert len(waves) == 4
    logs = np.log([(signed - closed).days for closed, signed, _ in waves])
    assert lognormal("treaty_median")[0] == pytest.approx(math.exp(logs.mean()), abs=1.5)
    assert parameter("treaty_spread").value == pytest.approx(logs.std(ddof=1), abs=0.01)
    waits = [(r.day("deposited") - r.day("signed")).days for r in facts.tables["eu_ratifications"]]
    shape, _, scale = stats.weibull_min.fit(waits, floc=0)
    assert parameter("eu_ratification_shape").value == pytest.approx(shape, abs=0.05)
    assert parameter("eu_ratification_scale").value == pytest.approx(scale, abs=1)
    # the last of 27 capitals, times the pace, and the wait for the day of accession
    last = scale * (-math.log(1 - 0.5 ** (1 / 27))) ** (1 / shape)
    logs = np.log([(joined - signed).days for _, signed, joined in waves])
    pace, spread = lognormal("treaty_pace")
    entry = parameter("entry_days").value
    assert entry is not None
    assert last * pace + entry == pytest.approx(math.exp(logs.mean()), rel=0.03)
    assert spread == pytest.approx(logs.std(ddof=1), abs=0.05)
