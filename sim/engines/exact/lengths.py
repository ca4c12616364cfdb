"""After the last decision: waits and ratifications, by products and convolutions of distributions.

Distribution functions are exact; where two lengths without atoms are added up, it is on a grid of a fraction
of a day, by the trapezoid rule, and the error is judged by halving the step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import special

from sim.base.errors import ModelError
from sim.model import rules
from sim.model.model import NONE, WAIT, Floats, Model

Cdf = Callable[[Floats], Floats]
_MOST_POINTS = 1_000_000
AT_ONCE = float(np.nextafter(0.0, -1.0))
"""The beginning, before anything that is dated on the first day."""


@dataclass(frozen=True)
class Length:
    """The distribution of a length in days."""

    smooth: Cdf
    """Distribution function without the atoms."""
    atoms: tuple[tuple[float, float], ...] = ()
    """Days and probability."""

    def by(self, days: Floats, within: bool = True) -> Floats:
        """Probability of at most (without ``within``: of less than) so many days."""
        total = self.smooth(days)
        for at, mass in self.atoms:
            total = total + mass * (days >= at if within else days > at)
        return total


def _nothing(days: Floats) -> Floats:
    return np.zeros_like(days)


def _positive(cdf: Cdf) -> Cdf:
    """A distribution function that is 0 up to 0."""

    def found(days: Floats) -> Floats:
        with np.errstate(divide="ignore", over="ignore"):
            return np.where(days > 0, cdf(np.maximum(days, 0.0)), 0.0)

    return found


SMOOTH: Mapping[int, Callable[[Floats, float, float], Floats]] = {
    rules.EXPONENTIAL: lambda x, mean, _: -np.expm1(-x / mean),
    rules.WEIBULL: lambda x, scale, shape: -np.expm1(-((x / scale) ** shape)),
    rules.GAMMA: lambda x, scale, shape: np.asarray(special.gammainc(shape, x / scale)),
    rules.LOGNORMAL: lambda x, median, sigma: np.asarray(special.ndtr(np.log(x / median) / sigma)),
}
"""Distribution function of each law at positive days, its two numbers after them."""
LOG_TAIL: Mapping[int, Callable[[Floats, float, float], Floats]] = {
    rules.EXPONENTIAL: lambda x, mean, _: -x / mean,
    rules.WEIBULL: lambda x, scale, shape: -((x / scale) ** shape),
    rules.GAMMA: lambda x, scale, shape: np.log(special.gammaincc(shape, x / scale)),
    rules.LOGNORMAL: lambda x, median, sigma: np.asarray(special.log_ndtr(-np.log(x / median) / sigma)),
}
"""Logarithm of the chance of more than so many days."""


def unknown_laws(model: Model) -> list[str]:
    """Names of the laws of a model whose distribution is not known here."""
    kinds = set(model.laws.kind.tolist()) - {*SMOOTH, rules.FIXED, rules.MIXTURE}
    return [name for name, form in rules.LAWS.items() if form.kind in kinds]


def _simple(kind: int, a: float, b: float, elapsed: int, lasting: float) -> Length:
    if kind == rules.FIXED or (kind == rules.LOGNORMAL and b == 0):
        return Length(_nothing, ((a - elapsed, 1.0),))
    if not elapsed:
        return Length(_positive(lambda x: SMOOTH[kind](x, a, b)))
    return Length(_positive(lambda x: -np.expm1(LOG_TAIL[kind](x + elapsed, a, b) - lasting)))


def length_of(model: Model, law: int, numbers: Floats, elapsed: int = 0) -> Length:
    """The distribution of law number ``law`` in a world; of what is left, after so many days."""
    laws = model.laws
    if laws.kind[law] != rules.MIXTURE:
        kind, first, second = (int(column[law]) for column in (laws.kind, laws.first, laws.second))
        lasting = log_lasting(model, law, numbers, elapsed) if elapsed else 0.0
        return _simple(kind, float(numbers[first]), float(numbers[second]), elapsed, lasting)
    parts, weights = _parts(model, law, numbers)
    if elapsed:
        weights = weights * [np.exp(log_lasting(model, part, numbers, elapsed)) for part in parts]
    shares = zip(weights / (weights.sum() or 1.0), parts, strict=True)
    return mixture([(w, length_of(model, part, numbers, elapsed)) for w, part in shares if w > 0])


def _parts(model: Model, law: int, numbers: Floats) -> tuple[range, Floats]:
    """The laws that a mixture is made of, and the weight of each; these add up to 1."""
    parts = range(int(model.laws.first[law]), int(model.laws.second[law]))
    weights = np.array([numbers[model.laws.weight[part]] for part in parts])
    return parts, weights / weights.sum()


def log_lasting(model: Model, law: int, numbers: Floats, days: int) -> float:
    """Logarithm of the chance that law number ``law`` gives so many days or more.

    :raises ModelError: a chance that is too small a number.
    """
    laws = model.laws
    kind, a, b = int(laws.kind[law]), float(numbers[laws.first[law]]), float(numbers[laws.second[law]])
    if kind == rules.MIXTURE:
        parts, weights = _parts(model, law, numbers)
        logs = [log_lasting(model, part, numbers, days) for part in parts]
        with np.errstate(divide="ignore"):
            return float(special.logsumexp(np.array(logs) + np.log(weights)))
    if kind == rules.FIXED or (kind == rules.LOGNORMAL and b == 0):
        return 0.0 if a >= days else -np.inf
    with np.errstate(divide="ignore"):
        found = float(LOG_TAIL[kind](np.array(float(days)), a, b))
    if found == -np.inf:
        raise ModelError(
            f"the exact engine cannot take a law under which {days} days are as good as impossible; allowed: one with "
            "a chance of 1e-300 or more to last so long, or another engine"
        )
    return found


def mixture(parts: list[tuple[float, Length]]) -> Length:
    """One of several lengths, by weight."""
    kept = [(float(w), part) for w, part in parts if w > 0]

    def smooth(days: Floats) -> Floats:
        return np.asarray(sum(w * part.smooth(days) for w, part in kept))

    return Length(smooth, tuple((at, w * mass) for w, part in kept for at, mass in part.atoms))


# --- the slowest of the capitals --------------------------------------------------------------------------


def _reached(parts: Sequence[tuple[int, Floats]], needed: int) -> Floats:
    """Probability that ``needed`` of several things are done, each with a chance of its own.

    :param parts: how many have which chance; independent.
    """
    total = sum(count for count, _ in parts)
    if needed == total:
        return np.asarray(np.prod([p**count for count, p in parts], axis=0))
    done = np.zeros((total + 1, len(parts[0][1])))  # done[k]: that k are done
    done[0] = 1.0
    for count, p in parts:
        for _ in range(count):
            done[1:] = done[1:] * (1 - p) + done[:-1] * p
            done[0] *= 1 - p
    return np.asarray(done[needed:].sum(axis=0))


def ratification(model: Model, step: int, members: Iterable[int], numbers: Floats) -> Length:
    """How long the members take to ratify (those left, what is left of it), obstruction included, without the lag."""
    s, voters = model.steps, sorted(members)
    left = [v for v in voters if not s.ratified[step * model.n_voters + v]]
    elapsed = int(s.elapsed[step])
    counts: dict[int, int] = {}
    for v in left:
        law = int(model.voters.ratification[v])
        counts[law] = counts.get(law, 0) + 1
    needed = int(rules.required(int(s.rule[step]), int(s.rule_a[step]), int(s.rule_b[step]), len(voters)))
    needed -= len(voters) - len(left)
    if needed <= 0:
        return Length(_nothing, ((0.0, 1.0),))
    lengths = {law: length_of(model, law, numbers, elapsed) for law in counts}
    chance, by_law = _obstruction(model, step, voters, numbers)
    slow = length_of(model, int(s.obstruction_law[step]), numbers, elapsed) if chance else None

    def by(days: Floats, within: bool = True) -> Floats:
        chances = {law: length.by(days, within) for law, length in lengths.items()}
        total = (1 - chance) * _reached([(counts[law], p) for law, p in chances.items()], needed)
        slowed = slow.by(days, within) if slow is not None else None
        for law, share in by_law.items():
            if slowed is not None:
                others = [(counts[x] - (x == law), p) for x, p in chances.items() if counts[x] > (x == law)]
                total += chance * share * _reached([*others, (1, slowed)], needed)
        return total

    laws = [*lengths.values(), *([slow] if slow is not None else [])]
    at = np.array(sorted({days for length in laws for days, _ in length.atoms}))
    if not len(at):
        return Length(by)
    atoms = tuple(zip(at.tolist(), (by(at) - by(at, within=False)).tolist(), strict=True))
    return Length(lambda days: by(days) - Length(_nothing, atoms).by(days), atoms)


def _obstruction(
    model: Model, step: int, voters: list[int], numbers: Floats
) -> tuple[float, dict[int, float]]:
    """The chance of an obstruction that is not over; for each law of ratification, how likely who has it obstructs."""
    if model.steps.obstruction[step] == NONE:
        return 0.0, {}
    weights = _weights(model, step, voters, numbers)
    total = sum(weights.values())
    if total <= 0:
        return 0.0, {}
    chance = float(numbers[model.steps.obstruction[step]])
    weights = {v: weight / total for v, weight in weights.items()}
    if model.steps.elapsed[step]:
        weights = _blamed(model, step, weights, chance, numbers)
        chance = sum(weights.values())
    by_law: dict[int, float] = {}
    for v, weight in weights.items():
        law = int(model.voters.ratification[v])
        by_law[law] = by_law.get(law, 0.0) + weight / (sum(weights.values()) or 1.0)
    return chance, by_law


def _blamed(
    model: Model, step: int, weights: dict[int, float], chance: float, numbers: Floats
) -> dict[int, float]:
    """How likely each of those who have not ratified obstructs, given what has been seen of everybody."""
    s, days = model.steps, int(model.steps.elapsed[step])
    ratified = {v for v in weights if s.ratified[step * model.n_voters + v]}
    slow = log_lasting(model, int(s.obstruction_law[step]), numbers, days)
    seen = {}
    for v in weights:
        chances = np.array([log_lasting(model, int(model.voters.ratification[v]), numbers, days), slow])
        with np.errstate(divide="ignore"):
            seen[v] = np.log(-np.expm1(chances)) if v in ratified else chances
        if v in ratified and seen[v][0] == -np.inf:  # early against its own law: nothing is learnt from that
            seen[v] = np.zeros(2)
    with np.errstate(divide="ignore"):
        cases = {v: np.log(chance * weight) for v, weight in weights.items()} | {NONE: np.log1p(-chance)}
    logs = {v: log + sum(both[int(u == v)] for u, both in seen.items()) for v, log in cases.items()}
    whole = special.logsumexp(list(logs.values()))
    return {v: float(np.exp(logs[v] - whole)) for v in weights if v not in ratified}


def _weights(model: Model, step: int, voters: list[int], numbers: Floats) -> dict[int, float]:
    """How likely each member is the one that obstructs, up to a factor."""
    slots = {v: int(model.steps.obstructor[step * model.n_voters + v]) for v in voters}
    others = sum(slot == NONE for slot in slots.values())
    return {
        v: float(numbers[model.steps.others[step]]) / others if slot == NONE else float(numbers[slot])
        for v, slot in slots.items()
    }


# --- adding up --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Times:
    """When something happens: atoms, and a distribution function on a grid of days."""

    atoms: tuple[tuple[float, float, float], ...]
    """Years of a beginning, days after it, probability."""
    smooth: Floats
    """[n] at the points of the grid."""
    per_day: int

    @property
    def grid(self) -> Floats:
        """[n] days."""
        return np.arange(len(self.smooth)) / self.per_day

    def by(self, years: float) -> float:
        """Probability by a time; between the points of the grid on a straight line."""
        end = len(self.smooth) - 1
        day = min(max(years * rules.DAYS_PER_YEAR * self.per_day, 0.0), end)
        before = min(int(day), end - 1)
        low, high = float(self.smooth[before]), float(self.smooth[before + 1])
        smooth = (high - low) * (day - before) + low
        return smooth + sum(mass for t, days, mass in self.atoms if rules.after(t, days) <= years)

    def between(self, first: float, last: float) -> Times:
        """What of it happens from ``first`` on and before ``last`` (years)."""
        low, high = (np.clip(t * rules.DAYS_PER_YEAR, 0, self.grid[-1]) for t in (first, last))
        inside = tuple(atom for atom in self.atoms if first <= rules.after(atom[0], atom[1]) < last)
        cut = np.interp(np.clip(self.grid, low, high), self.grid, self.smooth)
        return Times(inside, cut - np.interp(low, self.grid, self.smooth), self.per_day)

    def plus(self, length: Length) -> Times:
        """The time after which a further length has passed."""
        grid, n, horizon = self.grid, len(self.smooth), self.grid[-1] / rules.DAYS_PER_YEAR
        steps = length.smooth(grid)
        shifts = np.zeros(n)
        total = np.zeros(n)
        atoms: dict[tuple[float, float], float] = {}
        for t, days, mass in self.atoms:
            for more, share in length.atoms:
                if rules.after(t, days + more) <= horizon:
                    atoms[t, days + more] = atoms.get((t, days + more), 0.0) + mass * share
            at = (t * rules.DAYS_PER_YEAR + days) * self.per_day
            if abs(at - round(at)) < 1e-6:
                shifts[min(round(at), n - 1)] += mass
            else:
                total += mass * length.smooth(grid - at / self.per_day)
        if steps.any():
            from scipy.signal import (
                fftconvolve,
            )  # here: it takes a second to import, which every run would wait for

            total += fftconvolve(shifts, steps)[:n]
            cells = np.diff(self.smooth)
            total[1:] += fftconvolve(cells, (steps[:-1] + steps[1:]) / 2)[: n - 1]
        for days, share in length.atoms:
            total += share * np.interp(grid - days, grid, self.smooth, left=0.0)
        return Times(tuple((t, d, mass) for (t, d), mass in atoms.items()), total, self.per_day)

    def rebased(self) -> Times:
        """The same with each atom's days counted into its beginning."""
        return Times(
            tuple((max(rules.after(t, days), 0.0), 0.0, m) for t, days, m in self.atoms),
            self.smooth,
            self.per_day,
        )


def points_per_day(horizon_years: float, wanted: int) -> int:
    """As many as wanted, if that is not too many in all; even."""
    days = max(horizon_years * rules.DAYS_PER_YEAR, 1.0)
    return max(2, min(wanted, int(_MOST_POINTS / days) // 2 * 2))


def summed(parts: list[Times]) -> Times:
    """Either of several, which exclude one another."""
    smooth = np.sum([part.smooth for part in parts], axis=0)
    return Times(tuple(atom for part in parts for atom in part.atoms), smooth, parts[0].per_day)


def climb(model: Model, numbers: Floats, decided: Times, joins: list[tuple[float, int]]) -> list[Times]:
    """When each step after the last decision is taken.

    :param decided: when the last decision was taken; :param joins: time and voter, in order.
    """
    found, now = [], decided
    for step in range(model.last_decision + 1, model.n_steps):
        if model.steps.kind[step] == WAIT:
            length = length_of(model, int(model.steps.law[step]), numbers, int(model.steps.elapsed[step]))
            now = now.plus(length).rebased()
        else:
            now = _ratified(model, step, numbers, now, joins)
        found.append(now)
    return found


def _ratified(model: Model, step: int, numbers: Floats, now: Times, joins: list[tuple[float, int]]) -> Times:
    """A ratification binds those who are members when it begins."""
    members = set(np.flatnonzero(model.voters.member).tolist())
    edges = [-np.inf, *(t for t, _ in joins), np.inf]
    parts = []
    for i, (first, last) in enumerate(pairwise(edges)):
        if i:
            members.add(joins[i - 1][1])
        if first < last:
            length = ratification(model, step, members, numbers)
            parts.append(now.between(first, last).plus(length))
    whole = summed(parts)
    if model.steps.lag[step] != NONE:
        elapsed = int(model.steps.lag_elapsed[step])
        whole = whole.plus(length_of(model, int(model.steps.lag[step]), numbers, elapsed))
    return whole.rebased()
