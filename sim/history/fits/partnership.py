"""How long entry into the Partnership for Peace takes, and how long a block over the candidate's status lasts.

Evidence: ``partnership_entries.csv``. *Waits* are those that ended and met no block, each pair of first and last
day once: from the wish, or from the day on which the state could enter if that is later; where no wish was found
the state's own hesitation is in the wait, and the median is another one. *Blocks over status* are those over
recognition or identity at this gate; open ones count with the years so far.

Model: log wait normal, with a mean for each of the two starts and one spread; conjugate (normal and inverse gamma).
The prior is worth :data:`PRIOR_WAITS` of a wait for each mean and one for the spread. A block over status ends at
a constant rate: Gamma(1/2 + ends, years), Jeffreys' shape.

Judged: the prior's centre and weight. Waits that had not ended are not used: of those after a wish without a block
there is none. ``pfp_wait_median`` and ``pfp_wait_spread`` are days from a wish that nobody opposes to the entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from sim.base.dates import years_between
from sim.facts.read import Facts
from sim.history.entries import STATUS, entries
from sim.history.fits.fitted import DRAWS, Fit
from sim.history.sampling import Array, summary

FACTS = ("partnership_entries",)
METHOD = (
    "Unblocked waits: lognormal, one median after a wish and one where no wish is known, one spread; conjugate draws. "
    "Blocks over recognition or identity: Gamma posterior of the rate at which they end, Jeffreys' shape."
)
PRIOR_MEDIAN = 90.0
"""Days."""
PRIOR_WAITS = 0.25
PRIOR_SPREAD = 1.0
LOG_DAYS = (-10.0, 30.0)
"""Bounds that keep numbers finite where there is hardly any evidence."""
LEAST_YEARS = 1.0
"""Of blocks: before there were any, a rate needs a scale."""


def waits(facts: Facts) -> dict[str, Array]:
    """Days of the unblocked entries, after a wish and where none is known."""
    pairs = {
        (entry.wished, entry.start, entry.entered)
        for entry in entries(facts)
        if entry.entered is not None and not entry.kind
    }
    days = [(wished, max((end - start).days, 1)) for wished, start, end in sorted(pairs)]
    return {
        unit: np.array([day for own, day in days if own is wished], dtype=float)
        for unit, wished in (("wish", True), ("invitation", False))
    }


def status_blocks(facts: Facts) -> tuple[int, float]:
    """Blocks over recognition or identity: how many ended, and the years under all of them."""
    held = [e for e in entries(facts) if e.kind in STATUS and e.blocked_from is not None]
    years = sum(years_between(e.blocked_from, e.blocked_until or e.seen) for e in held if e.blocked_from)
    return sum(e.blocked_until is not None for e in held), years


def posterior(seen: Mapping[str, Array], count: int, rng: np.random.Generator) -> dict[str, Array]:
    """Joint draws: ``spread``, and the median (days) of each kind of wait."""
    logs = {unit: np.log(days) for unit, days in seen.items()}
    centre = np.log(PRIOR_MEDIAN)
    squares = PRIOR_SPREAD**2
    for each in logs.values():
        n = len(each)
        if n:
            squares += each.var() * n + PRIOR_WAITS * n / (PRIOR_WAITS + n) * (each.mean() - centre) ** 2
    freedom = 1 + sum(map(len, logs.values()))
    spread = np.sqrt(squares / rng.chisquare(freedom, count))
    draws = {"spread": spread}
    for unit, each in logs.items():
        total = PRIOR_WAITS + len(each)
        mean = (PRIOR_WAITS * centre + each.sum()) / total
        draws[unit] = np.exp(np.clip(mean + spread / np.sqrt(total) * rng.standard_normal(count), *LOG_DAYS))
    return draws


def fit(facts: Facts, seed: int = 1) -> Fit:
    """The table ``partnership``: 2,000 draws."""
    rng = np.random.Generator(np.random.Philox(seed))
    seen, (ended, years) = waits(facts), status_blocks(facts)
    found = posterior(seen, DRAWS, rng)
    draws = {
        "pfp_wait_median": found["wish"],
        "pfp_wait_invited": found["invitation"],
        "pfp_wait_spread": found["spread"],
        "status_block_ends": rng.gamma(0.5 + ended, 1.0 / max(years, LEAST_YEARS), DRAWS),
    }
    return Fit("partnership", FACTS, draws, METHOD, partial(checks, facts, draws))


def checks(facts: Facts, draws: Mapping[str, Array]) -> dict[str, object]:
    """What was counted, and what it says of a new candidate."""
    ended, years = status_blocks(facts)
    luck = np.random.Generator(np.random.Philox(7)).standard_normal(len(draws["pfp_wait_spread"]))
    return {
        "waits in days": {unit: sorted(map(int, days)) for unit, days in waits(facts).items()},
        "days_from_a_wish_that_nobody_opposes": summary(
            draws["pfp_wait_median"] * np.exp(draws["pfp_wait_spread"] * luck)
        ),
        "blocks over status (ended, years)": [ended, round(years, 1)],
        "chance_that_one_ends_within_10_years": summary(-np.expm1(-10 * draws["status_block_ends"])),
    }
