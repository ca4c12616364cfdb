"""How well the ratification model foretells what it has not seen: each wave's total from the other waves.

The total of a protocol is what counts for the model: its slowest capital plus the lag. Leaving a wave out
also leaves out its obstruction and its lag. Beside it, the slowest capital of each wave given that wave's own
pace (not a forecast: a test of the law's tail, on capitals that did not obstruct).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.history.fits.hierarchy import Posterior, posterior
from sim.history.fits.ratification_laws import OBSTRUCTORS, columns
from sim.history.fits.waves import Wave, windows_of
from sim.history.sampling import (
    Array,
    middles,
    rounded,
    sample_crps,
    share_before,
    student_t_of_logs,
    summary,
)

DRAWS_OUT = 1000
COPIES = 10
"""Futures for each draw."""
LEVELS = middles(2000)
"""Of the simple forecast beside the model's: lognormal with Student-t tails."""


def totals(draws: dict[str, Array], members: Sequence[str], rng: np.random.Generator) -> Array:
    """Forecast days from signature to membership under a table's draws, for the given ratifying members."""
    table = {name: np.tile(values, COPIES) for name, values in draws.items()}
    count = len(table["ratification_shape"])
    factors = np.stack([table[f"member_factor_{name}"] for name in members], axis=1)
    scale = (table["ratification_scale"] * table["protocol_factor"])[:, None] * factors
    days = scale * rng.standard_exponential(scale.shape) ** (1.0 / table["ratification_shape"][:, None])
    shares = np.full((count, len(members)), 0.0)
    named = [name for name in OBSTRUCTORS if name in members]
    for name in named:
        shares[:, members.index(name)] = table[f"obstruction_{name}"]
    rest = 1.0 - table["obstruction_TUR"] - table["obstruction_HUN"]
    others = [i for i, name in enumerate(members) if name not in named]
    shares[:, others] = (rest / len(others))[:, None]
    edges = np.cumsum(shares, axis=1)
    who = (rng.random(count) * edges[:, -1])[:, None] > edges
    obstructor = np.minimum(who.sum(axis=1), len(members) - 1)
    long = table["obstruction_median"] * np.exp(table["obstruction_spread"] * rng.standard_normal(count))
    happens = rng.random(count) < table["obstruction_chance"]
    rows = np.flatnonzero(happens)
    days[rows, obstructor[rows]] = long[rows]
    lag = table["deposit_median"] * np.exp(table["deposit_spread"] * rng.standard_normal(count))
    result: Array = days.max(axis=1) + lag
    return result


def _voters(wave: Wave) -> list[str]:
    """All who ratified a wave, obstructors too."""
    return [*wave.windows, *(("HUN", "TUR") if wave.obstructions else ())]


def left_out(rounds: Sequence[Wave], members: Sequence[str], rng: np.random.Generator) -> dict[str, object]:
    """Forecast of each wave's total from the others: 5, 50, 95 % points, what happened, PIT, CRPS in days."""
    windows = windows_of(rounds, members)
    table: dict[str, object] = {}
    scores: list[float] = []
    simple: list[float] = []
    for i, wave in enumerate(rounds):
        others = [other for other in rounds if other is not wave]
        post = posterior(windows.without(i), DRAWS_OUT, rng)
        forecast = totals(columns(others, post, members, rng), _voters(wave), rng)
        baseline = student_t_of_logs([total for other in others for total in other.totals], LEVELS)
        for total in wave.totals:
            scores.append(sample_crps(forecast, total))
            simple.append(sample_crps(baseline, total))
            points = [round(x) for x in np.quantile(forecast, [0.05, 0.5, 0.95])]
            key = wave.name if len(wave.totals) == 1 else f"{wave.name} ({total:.0f})"
            place = round(sum(share_before(forecast, total)) / 2, 2)
            table[key] = [*points, round(total), place, round(scores[-1])]
    return {
        "left_out (5, 50, 95 %, happened, pit, crps days)": table,
        "left_out_crps": round(float(np.mean(scores)), 1),
        "left_out_crps_lognormal_t": round(float(np.mean(simple)), 1),
    }


def slowest_given_pace(
    rounds: Sequence[Wave], post: Posterior, members: Sequence[str], rng: np.random.Generator
) -> dict[str, object]:
    """Slowest capital that did not obstruct, seen (bounds) and under the fit, given the wave's own pace."""
    result: dict[str, object] = {}
    for i, wave in enumerate(rounds):
        places = [members.index(name) for name in wave.windows]
        scale = np.exp(post.centre + post.wave[:, i])[:, None] * np.exp(post.member[:, places])
        days = scale * rng.standard_exponential(scale.shape) ** (
            1.0 / post.shape_at(post.wave[:, i])[:, None]
        )
        low, high = (max(bound[side] for bound in wave.windows.values()) for side in (0, 1))
        slowest = days.max(axis=1)
        result[wave.name] = [
            round(low),
            round(high),
            *(round(x) for x in np.quantile(slowest, [0.05, 0.5, 0.95])),
        ]
    return {"slowest_given_pace (seen low, high; 5, 50, 95 %)": result}


def checks(
    rounds: Sequence[Wave], post: Posterior, members: Sequence[str], rng: np.random.Generator
) -> dict[str, object]:
    """What was learnt from what, all checks of the fit, and the forecast for today's members.

    :param rng: the generator as the draws of the table left it.
    """
    windows = windows_of(rounds, members)
    found: dict[str, object] = {
        "spells": len(windows.low),
        "spells_by_day": int((windows.high - windows.low <= 1.0).sum()),
        "waves": len(rounds),
        "effective_sample_size": round(post.effective_size),
        "proposals": post.proposals,
        "member_spread": summary(post.spreads[:, 0]),
        "wave_spread": summary(post.spreads[:, 1]),
        "bend": summary(post.bend),
        "wave_scale_and_shape": {
            wave.name: [
                rounded(float(np.median(x)))
                for x in (np.exp(post.centre + post.wave[:, i]), post.shape_at(post.wave[:, i]))
            ]
            for i, wave in enumerate(rounds)
        },
    }
    today = totals(columns(rounds, post, members, rng), members, rng)
    points = [round(x) for x in np.quantile(today, [0.05, 0.25, 0.5, 0.75, 0.95])]
    found["total_32_members (5, 25, 50, 75, 95 %)"] = points
    return found | slowest_given_pace(rounds, post, members, rng) | left_out(rounds, members, rng)
