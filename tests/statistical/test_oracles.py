"""The Monte Carlo engine against closed forms, on scenarios written like any other.

The six reductions O1 to O6 of the model come first, then every law, every prior and every rule alone.

False alarms. A claim is either a number of trajectories out of n, independent and of known probability,
tested by exact binomial tails, or a mean with known standard deviation over 200,000 or more trajectories,
tested by the normal law (the skewness of the laws here moves its tail by less than a tenth), or a
Kolmogorov-Smirnov distance. Each is given ALARM = 1e-9 on both sides together. Fewer than 500 claims are
made, so if all are true, the chance that any test here fails for other seeds is below 5e-7.

Power. A claim that cannot fail is no test. For O1 to O6 the chance that the claims reject is worked out
against the same closed form with one of its rates altered by 2 %, and must be above 99 %.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from math import comb, exp, expm1, inf, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import quad
from scipy.linalg import expm

from sim.engines import montecarlo
from sim.engines.paths import Paths
from sim.estimates.intervals import summarise_share
from sim.model import rules
from sim.model.model import BYPASSED, NOT_REACHED, PASSED, WAIVED
from sim.scenario import schema
from sim.scenario.load import load_text
from sim.studies.prepare import Prepared, prepare
from tests.awkward import beyond_bounds
from tests.bits import ones

Floats = NDArray[np.float64]

ALARM = 1e-9
Z = float(stats.norm.isf(ALARM / 2))
ALTERED, POWER = 1.02, 0.99
DAYS = 365.25
START = date(2027, 1, 1)
MILLION = 1_000_000
HOLDOUTS = ("GRC", "ROU", "SVK", "ESP")
ALLIES = (
    "ALB", "BEL", "BGR", "CAN", "HRV", "CZE", "DNK", "EST", "FIN", "FRA", "DEU",
    "GRC", "HUN", "ISL", "ITA", "LVA", "LTU", "LUX", "MNE", "NLD", "MKD", "NOR",
    "POL", "PRT", "ROU", "SVK", "SVN", "ESP", "SWE", "TUR", "GBR", "USA",
)  # fmt: skip
STANCES = "states: [blocks, acquiesces, recognises]"


def text(body: str, years: float, members: Sequence[str] = HOLDOUTS) -> str:
    """A scenario that begins on START and ends after so many years."""
    horizon = START + timedelta(days=round(years * DAYS))
    return f"""\
schema: 1
title: Oracle
question: Does the sample agree with the closed form?
organisation: NATO
candidate: XKX
start: {START}
horizon: {horizon}
members: [{", ".join(members)}]
{body}"""


def watched(members: Sequence[str] = HOLDOUTS, stance: str = "recognises") -> str:
    return ", ".join(f"{{voter: {code}, stance: {stance}}}" for code in members)


# Nobody stands in the way.
WILLING = f"voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}}}}}\n"

# Where only the times of moves matter, a ladder is still asked for: one meeting, long before or after.
ENTRY = """\
ladder: [{step: entry, kind: decision, meetings: [council], needs: {stance: recognises}}]
calendar: {council: {dates: [2028-01-01]}}
"""


def simulated(scenario: str, n: int, worlds: int | None = None, folder: Path | None = None) -> Paths:
    ready = prepared(scenario, worlds, folder)
    return montecarlo.simulate(ready.model, ready.worlds, ready.seed, n)


def prepared(scenario: str, worlds: int | None = None, folder: Path | None = None) -> Prepared:
    with beyond_bounds():
        return prepare(load_text(scenario, "oracle", folder), worlds, seed=20)


# --- claims ----------------------------------------


@dataclass(frozen=True)
class Share:
    """How many of n independent trajectories do something of probability p."""

    n: int
    p: float

    @property
    def value(self) -> float:
        return self.p

    def holds(self, seen: float) -> bool:
        lower, upper = stats.binom.cdf(seen, self.n, self.p), stats.binom.sf(seen - 1, self.n, self.p)
        return bool(min(lower, upper) > ALARM / 2)

    def power(self, truth: Share) -> float:
        """Chance that the claim is rejected where ``truth`` is."""
        low, high = stats.binom.ppf(ALARM / 2, self.n, self.p), stats.binom.isf(ALARM / 2, self.n, self.p)
        return float(stats.binom.cdf(low - 1, truth.n, truth.p) + stats.binom.sf(high, truth.n, truth.p))


@dataclass(frozen=True)
class Mean:
    """The mean of n independent numbers of known mean and standard deviation."""

    n: int
    mean: float
    sd: float

    @property
    def value(self) -> float:
        return self.mean

    def holds(self, seen: float) -> bool:
        return abs(seen - self.mean) < Z * self.sd / sqrt(self.n)

    def power(self, truth: Mean) -> float:
        reach, error = Z * self.sd / sqrt(self.n), truth.sd / sqrt(self.n)
        below = stats.norm.cdf((self.mean - reach - truth.mean) / error)
        above = stats.norm.sf((self.mean + reach - truth.mean) / error)
        return float(below + above)


Claims = Mapping[str, Share | Mean]


@dataclass(frozen=True)
class Oracle:
    """A scenario, what follows for it from its rates, and how the paths are read."""

    scenario: str
    n: int
    rates: Mapping[str, float]
    claims: Callable[..., Claims]
    """Rates -> label -> claim."""
    seen: Callable[[Paths], Mapping[str, float]]
    """Paths -> label -> number of trajectories, or mean."""
    figures: Mapping[str, str] = field(default_factory=dict)
    """Label -> the value written down when the closed form was first worked out."""
    worlds: int | None = None


def assert_share(seen: int | np.integer, n: int, p: float) -> None:
    assert Share(n, p).holds(float(seen)), f"{seen} of {n} = {seen / n:.6f}, expected {p:.6f}"


def assert_law(sample: Floats, cdf: Callable[[Floats], Floats]) -> None:
    """Kolmogorov and Smirnov: the distance is that of a sample of the law, and not if stretched by 5 %."""
    assert stats.kstest(sample, cdf).pvalue > ALARM
    assert stats.kstest(sample * 1.05, cdf).pvalue < ALARM


# --- closed forms ----------------------------------------


def generator(states: int, rates: Mapping[tuple[int, int], float]) -> Floats:
    q = np.zeros((states, states))
    for (before, after), rate in rates.items():
        q[before, after] += rate
        q[before, before] -= rate
    return q


def in_turn(rates: Sequence[float], t: float) -> float:
    """Chance that clocks that run one after the other have all run down by ``t`` (hypoexponential)."""
    q = generator(len(rates) + 1, {(i, i + 1): rate for i, rate in enumerate(rates)})
    return float(expm(q * t)[0, -1])


def peer_rates(rate: float, peer: float, voters: int = 4) -> list[float]:
    return [(voters - k) * rate * peer**k for k in range(voters)]


def mean_in_turn(n: int, rates: Sequence[float]) -> Mean:
    return Mean(n, sum(1 / r for r in rates), sqrt(sum(1 / r**2 for r in rates)))


def all_moved(paths: Paths, first: int = 0) -> Floats:
    """[n] when the last of the four holdouts recognises."""
    return np.asarray(paths.watch[:, first : first + 4].max(axis=1))


# --- O1: four voters who move independently, asked every half-year ----------------------------------------

_O1_RATE = 0.05
_COUNCIL = [
    date(2027 + (i + 1) // 2, 7 if i % 2 == 0 else 1, 1) for i in range(20)
]  # 2027-07-01, 2028-01-01, …, 2037-01-01


def _o1_claims(rate: float) -> Claims:
    def by(t: float) -> float:
        return (-expm1(-rate * t)) ** 4

    at = [0.0, *((day - START).days / DAYS for day in _COUNCIL)]
    windows = {f"at meeting {i}": Share(MILLION, by(b) - by(a)) for i, (a, b) in enumerate(pairwise(at))}
    return {
        "all by 10": Share(MILLION, by(10)),
        "all between 9.5 and 10": Share(MILLION, by(10) - by(9.5)),
        "entry by the last meeting": Share(MILLION, by(at[-1])),
        **windows,
    }


def _o1_seen(paths: Paths) -> Mapping[str, float]:
    last, entry = all_moved(paths), paths.time[:, 0]
    windows = {
        f"at meeting {i}": float((entry == (day - START).days / DAYS).sum()) for i, day in enumerate(_COUNCIL)
    }
    return {
        "all by 10": float((last <= 10).sum()),
        "all between 9.5 and 10": float(((last > 9.5) & (last <= 10)).sum()),
        "entry by the last meeting": float((entry < inf).sum()),
        **windows,
    }


O1 = Oracle(
    text(
        f"""\
voters:
  everyone:
    stance: {{{STANCES}, start: blocks, moves: [{{from: blocks, to: recognises, rate: {_O1_RATE}}}]}}
ladder: [{{step: entry, kind: decision, meetings: [council], needs: {{stance: recognises}}}}]
calendar: {{council: {{then: {{every: 6 months, from: 2027-07-01}}}}}}
watch: [{watched()}]
""",
        years=10.01,
    ),
    MILLION,
    {"rate": _O1_RATE},
    _o1_claims,
    _o1_seen,
    {"all by 10": "0.023969", "all between 9.5 and 10": "0.003528"},
)

O1_MEAN = Oracle(
    text(
        f"""\
voters:
  everyone:
    stance: {{{STANCES}, start: blocks, moves: [{{from: blocks, to: recognises, rate: {_O1_RATE}}}]}}
{ENTRY}watch: [{watched()}]
""",
        years=1000,
    ),
    200_000,
    {"rate": _O1_RATE},
    lambda rate: {"last": mean_in_turn(200_000, [k * rate for k in (4, 3, 2, 1)])},
    lambda paths: {"last": float(all_moved(paths).mean())},
    {"last": "41.6667"},
)


# --- O2: a settlement that quickens everybody, peers or not ----------------------------------------

_O2 = {"settlement": 0.032, "slow": 0.0067, "fast": 1.0}


def _o2_scenario(settlement: float, peers: str, years: float) -> str:
    return text(
        f"""\
chains:
  settlement:
    states: [none, made]
    start: none
    moves: [{{from: none, to: made, rate: {settlement}}}]
voters:
  everyone:
    stance:
      {STANCES}
      start: acquiesces
      moves:
        - {{name: slow, from: acquiesces, to: recognises, rate: 0.0067, when: {{settlement: none}}{peers}}}
        - {{name: fast, from: acquiesces, to: recognises, rate: 1, when: {{settlement: made}}{peers}}}
{ENTRY}watch: [{{chain: settlement, state: made}}, {watched()}]
""",
        years,
    )


def settled_by(t: float, settlement: float, slow: float, fast: float, peer: float) -> float:
    """Chance that all four have moved by ``t``: states 0 to 4 movers without, 5 to 9 with a settlement."""
    rates = {(k, k + 5): settlement for k in range(5)}
    for k in range(4):
        rates |= {(k, k + 1): peer_rates(slow, peer)[k], (k + 5, k + 6): peer_rates(fast, peer)[k]}
    row = expm(generator(10, rates) * t)[0]
    return float(row[4] + row[9])


def _o2_claims(settlement: float, slow: float, fast: float, peer: float = 1.0) -> Claims:
    first = 4 * slow + settlement  # rate of whatever comes first
    lone = settlement / first * -expm1(-first * 20)
    claims = {f"all by {t}": settled_by(t, settlement, slow, fast, peer) for t in (5, 10, 20)}
    claims |= {
        "settled by 20": -expm1(-settlement * 20),
        "somebody moves before a settlement": 4 * slow / first * -expm1(-first * 25),
        "a settlement by 20 comes first and all follow in a year": lone * in_turn(peer_rates(fast, peer), 1),
    }
    return {label: Share(MILLION, p) for label, p in claims.items()}


def _o2_seen(paths: Paths) -> Mapping[str, float]:
    settled, last = paths.watch[:, 0], all_moved(paths, 1)
    first = paths.watch[:, 1:].min(axis=1)
    alone = (settled < first) & (settled <= 20)
    with np.errstate(invalid="ignore"):
        soon = last - settled <= 1
    counts = {f"all by {t}": last <= t for t in (5, 10, 20)}
    counts |= {
        "settled by 20": settled <= 20,
        "somebody moves before a settlement": (first < settled) & (first <= 25),
        "a settlement by 20 comes first and all follow in a year": alone & soon,
    }
    return {label: float(count.sum()) for label, count in counts.items()}


_O2_FIGURES = ("all by 5", "all by 10", "all by 20")
_PEERS = ", scaled_by: {peers: {recognises: 1.8}}"
O2A = Oracle(
    _o2_scenario(0.032, "", 25), MILLION, _O2, _o2_claims, _o2_seen,
    dict(zip(_O2_FIGURES, ("0.089892", "0.224552", "0.438240"), strict=True)),
)  # fmt: skip
O2B = Oracle(
    _o2_scenario(0.032, _PEERS, 25), MILLION, {**_O2, "peer": 1.8}, _o2_claims, _o2_seen,
    dict(zip(_O2_FIGURES, ("0.127613", "0.257748", "0.465162"), strict=True)),
)  # fmt: skip
O2C = Oracle(
    _o2_scenario(0.0, _PEERS, 1500),
    MILLION,
    {"slow": 0.0067, "peer": 1.8},
    lambda slow, peer: {
        **{f"all by {t}": Share(MILLION, in_turn(peer_rates(slow, peer), t)) for t in (5, 10, 20, 100)},
        "last": mean_in_turn(MILLION, peer_rates(slow, peer)),
    },
    lambda paths: {
        **{f"all by {t}": float((all_moved(paths, 1) <= t).sum()) for t in (5, 10, 20, 100)},
        "last": float(all_moved(paths, 1).mean()),
    },
    dict(zip(_O2_FIGURES, ("0.000037", "0.000513", "0.006180"), strict=True)),
)


# --- O3: thirty-two capitals ratify ----------------------------------------


def _ratifying(law: str) -> str:
    return text(
        f"""\
voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}, ratification: {{law: {law}}}}}}}
ladder: [{{step: membership, kind: ratification}}]
""",
        years=60,
        members=ALLIES,
    )


N3 = MILLION


def _o3_claims(by: Sequence[int], cdf: Callable[[float], float], longest: float) -> Claims:
    """The slowest of 32: its distribution function is the 32nd power; its moments by quadrature."""

    def later(t: float) -> float:
        return -expm1(32 * log(cdf(t))) if t > 0 else 1.0

    pieces = [0.0, 50, 100, 200, 400, 800, 1600, 3200, longest]
    mean = sum(quad(later, a, b)[0] for a, b in pairwise(pieces))
    square = sum(quad(lambda t: 2 * t * later(t), a, b)[0] for a, b in pairwise(pieces))
    return {
        "mean": Mean(N3, mean, sqrt(square - mean**2)),
        **{f"by day {day}": Share(N3, cdf(day) ** 32) for day in by},
    }


def _o3_seen(by: Sequence[int]) -> Callable[[Paths], Mapping[str, float]]:
    def seen(paths: Paths) -> Mapping[str, float]:
        days = paths.time[:, 0] * DAYS
        return {"mean": float(days.mean()), **{f"by day {day}": float((days <= day).sum()) for day in by}}

    return seen


def _mixture(share: float, scale: float, median: float) -> Callable[[float], float]:
    return lambda t: (1 - share) * -expm1(-t / scale) + share * float(stats.norm.cdf(log(t / median) / 0.5))


O3 = Oracle(
    _ratifying("{weibull: {shape: 1, scale: 100}}"),
    N3,
    {"scale": 100.0},
    lambda scale: _o3_claims((365, 730), lambda t: -expm1(-t / scale), 5000),
    _o3_seen((365, 730)),
    {"mean": "405.8495", "by day 365": "0.430540", "by day 730": "0.978608"},
)
O3B = Oracle(
    _ratifying(
        "{mixture: [{weight: rest, weibull: {shape: 1, scale: 100}}, "
        f"{{weight: 0.05, lognormal: {{median: {exp(6)!r}, sigma: 0.5}}}}]}}"
    ),
    N3,
    {"share": 0.05, "scale": 100.0, "median": exp(6)},
    lambda share, scale, median: _o3_claims((365, 540, 730), _mixture(share, scale, median), 21_000),
    _o3_seen((365, 540, 730)),
    {"by day 365": "0.171211", "by day 540": "0.554017", "by day 730": "0.810834", "mean": "566.22"},
)


# --- O4: one unknown rate for all: every trajectory in a world of its own, so trajectories are independent --


def _o4_claims(shape: float, rate: float) -> Claims:
    def survive(t: float) -> float:
        """Mean over worlds of exp(-rate t)."""
        return float((rate / (rate + t)) ** shape)

    def by(t: float) -> float:
        return sum((-1) ** k * comb(4, k) * survive(k * t) for k in range(5))

    claims = {f"all by {t}": by(t) for t in (10, 20, 100, 300)}
    claims |= {f"somebody by {t}": 1 - survive(4 * t) for t in (5, 20, 100)}
    return {label: Share(MILLION, p) for label, p in claims.items()}


def _o4_seen(paths: Paths) -> Mapping[str, float]:
    first = paths.watch.min(axis=1)
    counts = {f"all by {t}": all_moved(paths) <= t for t in (10, 20, 100, 300)}
    counts |= {f"somebody by {t}": first <= t for t in (5, 20, 100)}
    return {label: float(count.sum()) for label, count in counts.items()}


O4 = Oracle(
    text(
        f"""\
parameters:
  rate: {{prior: {{gamma: {{shape: 0.5, rate: 75.07}}}}, unit: per year, basis: fitted, source: an oracle}}
voters:
  everyone:
    stance: {{{STANCES}, start: acquiesces, moves: [{{from: acquiesces, to: recognises, rate: rate}}]}}
{ENTRY}watch: [{watched()}]
""",
        years=301,
    ),
    MILLION,
    {"shape": 0.5, "rate": 75.07},
    _o4_claims,
    _o4_seen,
    {"all by 10": "0.000748", "all by 20": "0.005515"},
    worlds=MILLION,
)


# --- O5: a stance that comes and goes ----------------------------------------


def _coming_and_going(day: date) -> str:
    return text(
        f"""\
voters:
  everyone:
    stance:
      {STANCES}
      start: blocks
      moves: [{{from: blocks, to: acquiesces, rate: 0.2}}, {{from: acquiesces, to: blocks, rate: 0.1}}]
ladder: [{{step: entry, kind: decision, meetings: [council], needs: {{stance: acquiesces}}}}]
calendar: {{council: {{dates: [{day}]}}}}
""",
        years=21,
    )


def _acquiescing(on: float, off: float, t: float) -> float:
    return on / (on + off) * -expm1(-(on + off) * t)


def _o5(day: date) -> Oracle:
    t = (day - START).days / DAYS
    return Oracle(
        _coming_and_going(day),
        MILLION,
        {"on": 0.2, "off": 0.1},
        lambda on, off: {
            "one acquiesces": Share(4 * MILLION, _acquiescing(on, off, t)),
            "all acquiesce": Share(MILLION, _acquiescing(on, off, t) ** 4),
        },
        lambda paths: {
            "one acquiesces": float(4 * len(paths) - ones(paths.blockers[:, 0, 0])),
            "all acquiesce": float((paths.time[:, 0] == t).sum()),
        },
    )


O5 = _o5(date(2030, 1, 1))  # after 1,096 days: as near to three years as a date can be
O5_LATE = _o5(date(2047, 1, 1))


# --- O6: peers only; who recognised from the start is nobody's peer ------------------------

O6 = Oracle(
    text(
        f"""\
voters:
  everyone:
    stance:
      {STANCES}
      start: acquiesces
      moves: [{{from: acquiesces, to: recognises, rate: 0.05{_PEERS}}}]
  TUR: {{stance: {{start: recognises}}}}
  USA: {{stance: {{start: recognises}}}}
{ENTRY}watch: [{watched()}]
""",
        years=400,
        members=[*HOLDOUTS, "TUR", "USA"],
    ),
    MILLION,
    {"rate": 0.05, "peer": 1.8},
    lambda rate, peer: {
        **{f"all by {t}": Share(MILLION, in_turn(peer_rates(rate, peer), t)) for t in (5, 10, 20, 40)},
        "last": mean_in_turn(MILLION, peer_rates(rate, peer)),
    },
    lambda paths: {
        **{f"all by {t}": float((all_moved(paths) <= t).sum()) for t in (5, 10, 20, 40)},
        "last": float(all_moved(paths).mean()),
    },
    {"all by 10": "0.274903", "last": "15.2195"},
)

ORACLES = {
    "O1": O1, "O1 late": O1_MEAN, "O2a": O2A, "O2b": O2B, "O2c": O2C, "O3": O3, "O3b": O3B, "O4": O4,
    "O5": O5, "O5 late": O5_LATE, "O6": O6,
}  # fmt: skip
RATES = dict.fromkeys((name.split()[0], rate) for name, oracle in ORACLES.items() for rate in oracle.rates)


@pytest.mark.parametrize("name", ORACLES)
def test_sample_against_closed_form(name: str) -> None:
    oracle = ORACLES[name]
    claims = oracle.claims(**oracle.rates)
    seen = oracle.seen(simulated(oracle.scenario, oracle.n, oracle.worlds))
    assert set(seen) == set(claims)
    wrong = {label: (seen[label], claim) for label, claim in claims.items() if not claim.holds(seen[label])}
    assert not wrong


@pytest.mark.parametrize(("name", "rate"), RATES)
def test_another_rate_would_be_rejected(name: str, rate: str) -> None:
    powers: dict[str, float] = {}
    for part, oracle in ORACLES.items():
        if part.split()[0] == name:
            claims = oracle.claims(**oracle.rates)
            truths = oracle.claims(**{**oracle.rates, rate: oracle.rates[rate] * ALTERED})
            powers |= {f"{part}, {label}": claims[label].power(truths[label]) for label in claims}
    assert max(powers.values()) > POWER, powers


@pytest.mark.parametrize("name", [name for name, oracle in ORACLES.items() if oracle.figures])
def test_closed_forms_have_the_values_written_down(name: str) -> None:
    oracle = ORACLES[name]
    claims = oracle.claims(**oracle.rates)
    for label, written in oracle.figures.items():
        digits = len(written.partition(".")[2])
        assert f"{claims[label].value:.{digits}f}" == written, label


def test_o5_has_the_values_written_down() -> None:
    assert f"{_acquiescing(0.2, 0.1, 3):.6f}" == "0.395620"
    assert f"{_acquiescing(0.2, 0.1, 3) ** 4:.6f}" == "0.024497"


def test_two_ways_to_the_closed_form_of_o2() -> None:
    """The matrix exponential is the integral over the date of the settlement."""
    nu, slow, fast = _O2.values()
    for t in (5, 10, 20):
        with_it = quad(lambda s, t=t: nu * exp(-nu * s) * (-expm1(-slow * s - fast * (t - s))) ** 4, 0, t)[0]
        without = exp(-nu * t) * (-expm1(-slow * t)) ** 4
        assert settled_by(t, nu, slow, fast, 1.0) == pytest.approx(with_it + without, abs=1e-10)


def test_o4_over_worlds() -> None:
    """Twenty thousand worlds of fifty trajectories: the mean over worlds, within its own error."""
    worlds, n = 20_000, 1_000_000
    paths = simulated(O4.scenario, n, worlds)
    somebody = paths.watch.min(axis=1) <= 20
    for label, taken in {"all by 20": all_moved(paths) <= 20, "somebody by 20": somebody}.items():
        hits = np.bincount(paths.world[taken], minlength=worlds)
        share = summarise_share(hits, np.full(worlds, n // worlds))
        p = O4.claims(**O4.rates)[label].value
        assert abs(share.probability - p) < Z * share.mc_error, label
        # the worlds make most of this error, chance within them the rest
        assert share.mc_error > 1.5 * share.mc_error_within


# --- laws: waits one after the other, each of another law ----------------------------------------


def _of_mixture(t: Floats) -> Floats:
    return np.asarray(
        0.7 * stats.weibull_min.cdf(t, 2, scale=50) + 0.3 * stats.lognorm.cdf(t, 0.4, scale=300)
    )


LAWS: dict[str, tuple[str, Callable[[Floats], Floats]]] = {
    "exponential": ("exponential: {mean: 80}", stats.expon(scale=80).cdf),
    "weibull_1": ("weibull: {shape: 1, scale: 80}", stats.expon(scale=80).cdf),
    "weibull_low": ("weibull: {shape: 0.6, scale: 100}", stats.weibull_min(0.6, scale=100).cdf),
    "weibull_high": ("weibull: {shape: 2.5, scale: 100}", stats.weibull_min(2.5, scale=100).cdf),
    "gamma_low": ("gamma: {shape: 0.3, scale: 100}", stats.gamma(0.3, scale=100).cdf),
    "gamma_1": ("gamma: {shape: 1, scale: 60}", stats.expon(scale=60).cdf),
    "gamma_high": ("gamma: {shape: 4.5, rate: 0.05}", stats.gamma(4.5, scale=20).cdf),
    "lognormal": ("lognormal: {median: 120, sigma: 0.7}", stats.lognorm(0.7, scale=120).cdf),
    "mixture": (
        "mixture: [{weight: 0.7, weibull: {shape: 2, scale: 50}}, "
        "{weight: rest, lognormal: {median: 300, sigma: 0.4}}]",
        _of_mixture,
    ),
}
N = 200_000


@cache
def waits() -> dict[str, Floats]:
    """Days that each wait took, [N]; ``fixed`` comes first and last."""
    steps = [
        ("first", "fixed: 30"),
        *((name, law) for name, (law, _) in LAWS.items()),
        ("last", "fixed: 30.5"),
    ]
    ladder = "\n".join(f"  - {{step: {name}, kind: wait, law: {{{law}}}}}" for name, law in steps)
    body = f"voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}}}}}\nladder:\n{ladder}\n"
    paths = simulated(text(body, years=300), N)
    assert (paths.time < inf).all()
    days = np.diff(paths.time, axis=1, prepend=0.0) * DAYS
    return {name: days[:, i] for i, (name, _) in enumerate(steps)}


@pytest.mark.parametrize("name", LAWS)
def test_a_law(name: str) -> None:
    # rounding may leave the difference of two times below nothing
    assert_law(np.maximum(waits()[name], 0.0), LAWS[name][1])


def test_a_fixed_length() -> None:
    # the last wait is the difference of two times of some years, which keeps about ten digits
    assert np.ptp(waits()["first"]) == 0
    assert waits()["first"][0] == pytest.approx(30, rel=1e-15)
    assert np.abs(waits()["last"] - 30.5).max() < 1e-9


def test_every_law_has_an_oracle() -> None:
    """A law without one could draw anything: both engines would draw the same."""
    tested = {text.split(":")[0] for text, _ in LAWS.values()} | {"fixed"}
    assert tested == {*rules.LAWS, "mixture"} == set(schema.Law.model_fields)


def test_lengths_do_not_know_of_one_another() -> None:
    """Rank correlations of all pairs, each nearly normal with standard deviation 1 / sqrt(N)."""
    ranks = np.argsort(np.argsort([waits()[name] for name in LAWS], axis=1), axis=1)
    pairs = np.corrcoef(ranks)[np.triu_indices(len(LAWS), 1)]
    assert np.abs(pairs).max() < Z / sqrt(N)


# --- priors ----------------------------------------

PRIORS: dict[str, tuple[str, Callable[[Floats], Floats]]] = {
    "gamma_low": ("gamma: {shape: 0.5, rate: 15.7}", stats.gamma(0.5, scale=1 / 15.7).cdf),
    "gamma_high": ("gamma: {shape: 2.5, rate: 8.6}", stats.gamma(2.5, scale=1 / 8.6).cdf),
    "beta": ("beta: {a: 1, b: 9}", stats.beta(1, 9).cdf),
    "lognormal": ("lognormal: {median: 1.8, sigma: 0.38}", stats.lognorm(0.38, scale=1.8).cdf),
    "normal": ("normal: {mean: 20, sd: 3}", stats.norm(20, 3).cdf),
    "uniform": ("uniform: {low: 0.5, high: 2}", stats.uniform(0.5, 1.5).cdf),
    "triangular": ("triangular: {low: 0.2, mode: 0.5, high: 1}", stats.triang(0.375, 0.2, 0.8).cdf),
    "triangular_edge": ("triangular: {low: 1, mode: 1, high: 3}", stats.triang(0, 1, 2).cdf),
}
ROWS = 24


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Floats]:
    """Name -> value in each of N worlds."""
    folder = tmp_path_factory.mktemp("tables")
    rows = "".join(f"{i},{100 + i}\n" for i in range(ROWS))
    (folder / "fit.csv").write_text("left,right\n" + rows)
    said = "unit: none, basis: judged, source: an oracle"
    priors = {name: prior for name, (prior, _) in PRIORS.items()}
    priors |= {side: f"table: {{file: fit.csv, column: {side}}}" for side in ("left", "right")}
    parameters = "".join(f"  {name}: {{prior: {{{prior}}}, {said}}}\n" for name, prior in priors.items())
    body = f"parameters:\n{parameters}{WILLING}{ENTRY}"
    return prepared(text(body, years=2), worlds=N, folder=folder).worlds.parameters


@pytest.mark.parametrize("name", PRIORS)
def test_a_prior(drawn: dict[str, Floats], name: str) -> None:
    assert_law(drawn[name], PRIORS[name][1])


def test_priors_do_not_know_of_one_another(drawn: dict[str, Floats]) -> None:
    ranks = np.argsort(np.argsort([drawn[name] for name in PRIORS], axis=1), axis=1)
    assert np.abs(np.corrcoef(ranks)[np.triu_indices(len(PRIORS), 1)]).max() < Z / sqrt(N)


def test_a_table_gives_whole_rows_each_as_often(drawn: dict[str, Floats]) -> None:
    assert (drawn["right"] == drawn["left"] + 100).all()
    for count in np.bincount(drawn["left"].astype(int), minlength=ROWS):
        assert_share(count, N, 1 / ROWS)


# --- moves ----------------------------------------


def test_open_moves_are_picked_by_their_rates() -> None:
    body = f"""\
chains:
  weather:
    states: [none, sun, rain, snow]
    start: none
    moves:
      - {{from: none, to: sun, rate: 1}}
      - {{from: none, to: rain, rate: 2.5}}
      - {{from: none, to: snow, rate: 0.5}}
voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}}}}}
{ENTRY}watch: [{", ".join(f"{{chain: weather, state: {state}}}" for state in ("sun", "rain", "snow"))}]
"""
    times = simulated(text(body, years=20), N).watch  # exp(-80) are still waiting
    for state, share in enumerate((0.25, 0.625, 0.125)):
        assert_share((times[:, state] < inf).sum(), N, share)
        # when it happens says nothing about what happens
        assert_law(times[times[:, state] < inf, state], stats.expon(scale=0.25).cdf)


def test_a_change_of_rate_keeps_what_is_left() -> None:
    """0.3 a year, three times that from an event on: the hazard is what counts, not the clock."""
    quickened = date(2029, 3, 1)
    body = f"""\
chains:
  washington: {{states: [distant, engaged], start: distant}}
voters:
  everyone:
    stance:
      {STANCES}
      start: blocks
      moves: [{{from: blocks, to: recognises, rate: 0.3, scaled_by: {{washington: {{engaged: 3}}}}}}]
{ENTRY}events: [{{on: {quickened}, chain: washington, state: engaged}}]
watch: [{watched(["GRC"])}]
"""
    at = (quickened - START).days / DAYS

    def cdf(t: Floats) -> Floats:
        return np.asarray(-np.expm1(-0.3 * np.minimum(t, at) - 0.9 * np.maximum(t - at, 0)))

    assert_law(simulated(text(body, years=90, members=["GRC"]), N).watch[:, 0], cdf)


def test_never_movers() -> None:
    """A share never moves; the others do by the horizon with 1 - exp(-0.8 t). An event moves everybody."""
    body = f"""\
voters:
  everyone:
    stance: {{{STANCES}, start: blocks, never: 0.3, moves: [{{from: blocks, to: acquiesces, rate: 0.8}}]}}
{ENTRY}events: [{{on: 2029-01-01, voter: GRC, stance: recognises}}]
watch: [{watched(["ROU", "SVK"], "acquiesces")}, {watched(["GRC"])}]
"""
    times = simulated(text(body, years=3), N).watch
    moved = times[:, :2] <= 3
    assert_share(moved[:, 0].sum(), N, 0.7 * -expm1(-2.4))
    assert_share((moved[:, 0] & moved[:, 1]).sum(), N, (0.7 * -expm1(-2.4)) ** 2)
    assert (times[:, 2] == 731 / DAYS).all()


def test_starting_states_of_worlds_and_of_trajectories() -> None:
    worlds, each = 5000, 40
    start = "start: {acquiesces: 0.4, blocks: rest}"
    body = f"""\
voters:
  everyone: {{stance: {{{STANCES}, start: recognises}}}}
  GRC: {{stance: {{{start}, drawn_by: world}}}}
  ROU: {{stance: {{{start}, drawn_by: trajectory}}}}
{ENTRY}watch: [{{voter: GRC, stance: acquiesces}}, {{voter: ROU, stance: acquiesces}}]
"""
    paths = simulated(text(body, years=2), worlds * each, worlds)
    by_world, by_trajectory = (np.bincount(paths.world[t == 0], minlength=worlds) for t in paths.watch.T)
    assert set(by_world.tolist()) == {0, each}  # all trajectories of a world agree
    assert_share((by_world == each).sum(), worlds, 0.4)
    assert_share(by_trajectory.sum(), worlds * each, 0.4)
    # variance over worlds as of independent trajectories: a chi-square of that many degrees of freedom
    spread = ((by_trajectory - each * 0.4) ** 2).sum() / (each * 0.4 * 0.6)
    assert ALARM / 2 < stats.chi2.cdf(spread, worlds) < 1 - ALARM / 2


def test_redraws() -> None:
    """First entries at the k-th election: (1 - p)^(k-1) p, for each state."""
    body = f"""\
voters:
  everyone: {{stance: {{{STANCES}, start: recognises}}}}
  GRC:
    government:
      states: [same, softer, harder]
      start: same
      redrawn: {{on: elections, to: {{softer: 0.2, harder: 0.05, same: rest}}}}
ladder: [{{step: entry, kind: decision, meetings: [council], unless: {{government: harder}}}}]
calendar: {{council: {{dates: [2030-06-01]}}, elections: {{then: {{every: 1 year, from: 2027-06-01}}}}}}
watch: [{{voter: GRC, government: softer}}, {{voter: GRC, government: harder}}]
"""
    paths = simulated(text(body, years=4.5), N)
    days = [(date(2027 + i, 6, 1) - START).days / DAYS for i in range(5)]
    for state, p in enumerate((0.2, 0.05)):
        for k, day in enumerate(days[:4]):
            assert_share((paths.watch[:, state] == day).sum(), N, (1 - p) ** k * p)
    # the last draw decides the meeting on its day, whatever came before
    assert_share((paths.time[:, 0] == days[3]).sum(), N, 0.95)


# --- the ladder ----------------------------------------


def test_held_meetings() -> None:
    """A step that could pass is held at each meeting with 0.3; two calendars on one day are one meeting."""
    body = f"""\
{WILLING}ladder:
  - {{step: talks, kind: decision, meetings: [summit, ministers], held: 0.3}}
  - {{step: entry, kind: decision, meetings: [summit], held: 0.3}}
calendar:
  summit: {{then: {{every: 1 year, from: 2027-06-01}}}}
  ministers: {{then: {{every: 1 year, from: 2027-06-01}}}}
"""
    talks, entry = simulated(text(body, years=5), N).time.T
    days = [(date(2027 + i, 6, 1) - START).days / DAYS for i in range(5)]
    for k, day in enumerate(days):
        assert_share((talks == day).sum(), N, 0.3**k * 0.7)
    # one step on one day: so entry is a year later
    assert (entry[entry < inf] > talks[entry < inf]).all()
    for k, day in enumerate(days[1:], 1):
        passed = sum(0.3**i * 0.7 * 0.3 ** (k - i - 1) * 0.7 for i in range(k))
        assert_share((entry == day).sum(), N, passed)


def test_waived_steps() -> None:
    body = f"""\
{WILLING}ladder:
  - {{step: first, kind: decision, meetings: [council], waived: 0.3}}
  - {{step: second, kind: decision, meetings: [council], waived: 0.6}}
  - {{step: third, kind: decision, waived: 0.5}}
calendar: {{council: {{dates: [2028-01-01, 2029-01-01]}}}}
"""
    paths = simulated(text(body, years=3), N)
    waived = paths.how == WAIVED
    assert_share(waived[:, 0].sum(), N, 0.3)
    assert_share(waived[:, 1].sum(), N, 0.6)
    assert_share((waived[:, 0] & waived[:, 1]).sum(), N, 0.18)
    assert_share((paths.how[:, 2] == NOT_REACHED).sum(), N, 0.5)
    # a waived step is taken when it becomes next
    assert (paths.time[waived[:, 0], 0] == 0).all()
    assert (paths.time[waived[:, 1], 1] == paths.time[waived[:, 1], 0]).all()


def test_a_bypass_counts_only_while_the_step_is_due() -> None:
    """Due from day 100 to 400 and from 700 on: the clock stands still before and between."""
    rate, dates = 0.6, [START + timedelta(days=d) for d in (100, 400, 700)]
    body = f"""\
chains:
  gate: {{states: [shut, open], start: shut}}
{WILLING}ladder: [{{step: entry, kind: decision, when: {{gate: open}}, bypass: {rate}}}]
events:
  - {{on: {dates[0]}, chain: gate, state: open}}
  - {{on: {dates[1]}, chain: gate, state: shut}}
  - {{on: {dates[2]}, chain: gate, state: open}}
"""
    paths = simulated(text(body, years=60), N)
    assert (paths.how == BYPASSED).all()  # but for exp(-35)
    first, last, again = (d / DAYS for d in (100, 400, 700))

    def cdf(t: Floats) -> Floats:
        due = np.clip(t, first, last) - first + np.maximum(t - again, 0)
        return np.asarray(-np.expm1(-rate * due))

    times = paths.time[:, 0]
    assert_law(times, cdf)
    assert not ((times < first) | ((times > last) & (times < again))).any()
    assert_share((times <= last).sum(), N, -expm1(-rate * 300 / DAYS))


TEN = ALLIES[:10]


@pytest.mark.parametrize(("rule", "needed"), [("consensus", 10), ("{all_but: 2}", 8), ("{share: 2/3}", 7)])
def test_rules_of_ratification_are_order_statistics(rule: str, needed: int) -> None:
    """The k-th of ten exponentials: its distribution function there is Beta(k, 11 - k)."""
    law = "ratification: {law: {exponential: {mean: 100}}}"
    body = f"""\
voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}, {law}}}}}
ladder: [{{step: membership, kind: ratification, rule: {rule}}}]
"""
    paths = simulated(text(body, years=30, members=TEN), N)
    levels = -np.expm1(-paths.time[:, 0] * DAYS / 100)
    assert stats.kstest(levels, stats.beta(needed, 11 - needed).cdf).pvalue > ALARM
    for other in (needed - 1, needed + 1):
        assert stats.kstest(levels, stats.beta(other, max(11 - other, 1)).cdf).pvalue < ALARM
    # whoever completes it is any of the ten
    for count in np.bincount(paths.last_to_ratify, minlength=10):
        assert_share(count, N, 0.1)


@pytest.mark.parametrize(("rule", "needed"), [("consensus", 10), ("{all_but: 2}", 8), ("{share: 2/3}", 7)])
def test_rules_of_decisions_count_voters(rule: str, needed: int) -> None:
    body = f"""\
voters:
  everyone: {{stance: {{{STANCES}, start: {{recognises: 0.8, blocks: rest}}, drawn_by: trajectory}}}}
ladder: [{{step: entry, kind: decision, meetings: [council], needs: {{stance: recognises}}, rule: {rule}}}]
calendar: {{council: {{dates: [2028-01-01]}}}}
"""
    paths = simulated(text(body, years=2, members=TEN), N)
    assert_share((paths.how[:, 0] == PASSED).sum(), N, float(stats.binom.sf(needed - 1, 10, 0.8)))
    assert_share(ones(paths.blockers[:, 0, 0]), 10 * N, 0.2)


def test_obstruction_and_by_whom() -> None:
    """At most one capital obstructs, by the weights; it then takes the length of the obstruction."""
    members = ["ESP", "GRC", "HUN", "TUR", "USA"]
    weights = {"HUN": 0.3, "TUR": 0.45, "ESP": 0.25 / 3, "GRC": 0.25 / 3, "USA": 0.25 / 3}
    body = f"""\
voters: {{everyone: {{stance: {{{STANCES}, start: recognises}}, ratification: {{law: {{fixed: 30}}}}}}}}
ladder:
  - step: membership
    kind: ratification
    lag: {{fixed: 14}}
    obstruction:
      probability: 0.2
      by: {{TUR: 0.45, HUN: 0.3, others: rest}}
      law: {{lognormal: {{median: 400, sigma: 0.3}}}}
"""
    paths = simulated(text(body, years=50, members=members), N)
    days = paths.time[:, 0] * DAYS - 14
    obstructed = days > 30 + 1e-6  # an obstruction as short is 8.6 standard deviations away
    assert_share(obstructed.sum(), N, 0.2)
    assert_law(days[obstructed], stats.lognorm(0.3, scale=400).cdf)
    for number, code in enumerate(members):
        assert_share((paths.last_to_ratify[obstructed] == number).sum(), N, 0.2 * weights[code])
    assert (paths.last_to_ratify[~obstructed] == 0).all()  # all at once: the first in order
