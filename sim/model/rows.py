"""Rows of a model's tables, as the compiler collects them; ``model.py`` says what the columns mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from sim.model import rules
from sim.model.model import NONE, Ints


class ChainRow(NamedTuple):
    """Of ``Chains``."""

    voter: int
    states: int
    start: int = NONE
    start_at: int = NONE
    by_world: bool = False
    never: int = NONE
    redraw_at: int = NONE


class MoveRow(NamedTuple):
    """Of ``Moves``."""

    source: int
    target: int
    rate: int


class ScaleRow(NamedTuple):
    """Of ``Scales``."""

    chain: int
    factor_at: int


class StatesRow(NamedTuple):
    """Of ``Conditions``, or of what voters block by: a chain, and bits of its states."""

    chain: int
    states: int


class StepRow(NamedTuple):
    """Of ``Steps``: what a step has none of stays as it is here."""

    kind: int
    needs: int = 0
    rule: int = rules.CONSENSUS
    rule_a: int = 0
    rule_b: int = 1
    held: int = NONE
    waived: int = NONE
    bypass: int = NONE
    law: int = NONE
    lag: int = NONE
    obstruction: int = NONE
    obstruction_law: int = NONE
    others: int = NONE
    elapsed: int = 0
    lag_elapsed: int = 0


class LawRow(NamedTuple):
    """Of ``Laws``."""

    kind: int
    first: int
    second: int
    weight: int = NONE


class WatchRow(NamedTuple):
    """Of ``Watches``."""

    chain: int
    state: int


class AgendaRow(NamedTuple):
    """Of ``Agenda``, which works out the rest from the date."""

    on: date
    kind: int
    what: int
    state: int = NONE


def columns(kind: Any, rows: Sequence[NamedTuple]) -> dict[str, Any]:
    """Rows of one kind as columns by name: whole numbers, but for what is true or false."""
    defaults = kind._field_defaults
    return {
        name: np.array(
            [getattr(row, name) for row in rows],
            np.bool_ if isinstance(defaults.get(name), bool) else np.int64,
        )
        for name in kind._fields
    }


def ints(values: Iterable[int]) -> Ints:
    """One column."""
    return np.array(list(values), dtype=np.int64)
