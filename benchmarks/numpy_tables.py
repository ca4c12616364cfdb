"""Rates of the baseline as tables, one row per world, for ``numpy_vectorised``.

The state of a trajectory is a few small integers:

* ``env``: 4 x settlement (none, interim, comprehensive) + 2 x north (in crisis) + washington (engaged);
* ``phase`` of the candidate and the ladder, see the names below;
* ``code`` of each holdout: 3 x government (same, softer, harder) + stance (blocks, acquiesces, recognises), or
  one of two for a holdout that never moves.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from benchmarks.shared import HOLDOUTS, Baseline
from sim.model.model import Floats

ENV, CODES, PHASES = 12, 11, 9
NOT_FILED, PFP_DUE, PFP_TAKEN, MAP_DUE, MAP_TAKEN, PLANNING, REFORMING, INVITATION_DUE, OVER = range(PHASES)
NEVER = 9
"""Code of a holdout that never moves and blocks; one more if it acquiesces."""

_SETTLEMENT, _NORTH, _WASHINGTON = np.arange(ENV) // 4, np.arange(ENV) // 2 % 2, np.arange(ENV) % 2
SETTLED = _SETTLEMENT == 2

TEXT, DEAL, NORTH, PHASE = range(4)
"""What can happen to env and phase: an interim text comes or goes, a settlement, the north turns, the phase ends."""
NEXT_ENV = np.stack([
    np.where(SETTLED, np.arange(ENV), np.arange(ENV) ^ 4),
    8 + np.arange(ENV) % 4,
    np.arange(ENV) ^ 2,
    np.arange(ENV),
], axis=1)  # fmt: skip
NEXT_PHASE = np.arange(PHASES) + np.isin(
    np.arange(PHASES), [NOT_FILED, PFP_TAKEN, MAP_TAKEN, PLANNING, REFORMING]
)

STANCE = np.array([0, 1, 2] * 3 + [0, 1])
NEW_GOVERNMENT = np.array([0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0], np.uint8)
"""[codes] 1 if the effect of a new government is still to wear off, and matters."""
MOVABLE = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0], np.bool_)
"""[codes] whether the stance can still move."""


class Tables(NamedTuple):
    """All flat: the index of world w, then of the state, in the order of the shapes."""

    total: Floats
    """[W, ENV, PHASES] rate at which env or phase change."""
    upto: Floats
    """[W, ENV, 3] that rate up to and with TEXT, DEAL, NORTH."""
    pull: Floats
    """[W, ENV, 5] what env and the number of holdouts that recognise multiply every upward rate by."""
    push: Floats
    """[W, ENV] the same for hardening."""
    up: Floats
    """[W, settled, 4, CODES] upward rate of a holdout before ``pull``."""
    down: Floats
    """[W, settled, 4, CODES] its rate of hardening before ``push``."""
    soften: Floats
    """[W, settled] share of the upward rate from ``blocks`` that leads to ``acquiesces``."""


@cache
def tables(base: Baseline) -> Tables:
    """The tables of all worlds."""
    p = {name: values[:, None] for name, values in base.numbers.items()}
    settle = p["settlement_rate"] * p["settlement_centring"]
    settle = (
        settle
        * np.where(_NORTH, p["settlement_in_crisis"], 1)
        * np.where(_WASHINGTON, p["settlement_engaged"], 1)
    )
    text = np.choose(_SETTLEMENT, [p["interim_rate"], p["interim_collapse"], np.zeros_like(settle)])
    deal = np.where(SETTLED, 0, settle)
    # Once it is settled, the north moves nothing that is asked for, so it rests.
    north = np.where(SETTLED, 0, np.where(_NORTH, p["north_calms"], p["north_flares"]))
    upto = np.cumsum(np.stack([text, deal, north], axis=2), axis=2)
    phase = np.zeros((base.worlds, ENV, PHASES))
    phase[:, :, NOT_FILED] = np.where(SETTLED, p["application_after_settlement"], p["application_rate"])
    phase[:, :, PFP_DUE] = p["bypass_rate"]
    phase[:, :, PFP_TAKEN] = phase[:, :, MAP_TAKEN] = p["plan_rate"]
    phase[:, :, PLANNING] = phase[:, :, REFORMING] = p["reform_rate"]
    total = upto[:, :, None, 2] + phase
    return Tables(
        total.ravel(), upto.ravel(), _pull(p).ravel(),
        np.where(_NORTH & ~SETTLED, p["crisis_hardening"], 1.0).ravel(), *_holdouts(p, base.worlds),
    )  # fmt: skip


def _pull(p: dict[str, Floats]) -> Floats:
    pull = np.where(_SETTLEMENT == 1, p["interim_pull"], 1) * np.where(_NORTH, p["crisis_damping"], 1)
    pull = pull * np.where(_WASHINGTON, p["washington_pull"], 1)
    peers = p["peer_pull"] ** np.arange(5)
    return np.asarray(np.where(SETTLED[None, :, None], 1.0, pull[:, :, None] * peers[:, None, :]))


def _holdouts(p: dict[str, Floats], worlds: int) -> tuple[Floats, Floats, Floats]:
    up, down = np.zeros((worlds, 2, 4, CODES)), np.zeros((worlds, 2, 4, CODES))
    recognise, soften = p["recognition_rate"] * p["shared_effect"], p["softening_rate"] * p["shared_effect"]
    pulled = np.concatenate([np.ones((worlds, 1)), p["softer_pull"], p["harder_pull"]], axis=1)
    for h, code in enumerate(HOLDOUTS):
        effect = p[f"effect_{code}"]
        up[:, 0, h, 0:9:3] = (recognise + soften) * effect * pulled
        up[:, 0, h, 1:9:3] = recognise * effect * pulled
        up[:, 1, h, 0:9:3] = (p["settled_softening_rate"] + p["settled_rate"]) * effect
        up[:, 1, h, 1:9:3] = p["settled_rate"] * effect
        down[:, 0, h, 1:7:3] = p["hardening_rate"]
        down[:, 0, h, 7] = (p["hardening_rate"] * p["harder_hardening"])[:, 0]
    share = np.concatenate([
        soften / (recognise + soften),
        p["settled_softening_rate"] / (p["settled_softening_rate"] + p["settled_rate"]),
    ], axis=1)  # fmt: skip
    return up.ravel(), down.ravel(), share.ravel()
