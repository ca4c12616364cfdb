"""Stored trajectories as people read them: days in place of years since the start, codes in place of bit masks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sim.base.dates import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

SECONDS_PER_DAY = 86_400


def told(table: pd.DataFrame, start: date, steps: Sequence[str], voters: Sequence[str]) -> pd.DataFrame:
    """The table of ``trajectories.parquet`` with the days of steps and first entries, and the codes of blockers.

    :param voters: in the order of the bits.
    """
    import pandas as pd

    columns: dict[str, pd.Series] = {}
    for name in map(str, table.columns):
        if name in steps or name.startswith("watch_"):
            columns[name] = day_of(table[name], start)
        elif name.startswith("blockers_"):
            step = next(s for s in steps if name == f"blockers_{s}" or name.startswith(f"blockers_{s}_"))
            columns.setdefault(f"blockers_{step}", codes_of(table, step, voters))
        else:
            columns[name] = table[name]
    return pd.DataFrame(columns)


def day_of(years: pd.Series, start: date) -> pd.Series:
    """The day on which a time falls; NaT where there is none.

    To the second first: a meeting is at midnight, and its time in years is rounded.
    """
    import pandas as pd

    seconds = (years * (DAYS_PER_YEAR * SECONDS_PER_DAY)).round()
    return (pd.Timestamp(start) + pd.to_timedelta(seconds, unit="s")).dt.floor("D")


def codes_of(table: pd.DataFrame, step: str, voters: Sequence[str]) -> pd.Series:
    """``GRC, ESP``: who blocked a step, from one column of bits for each 64 voters."""
    import pandas as pd

    first = f"blockers_{step}"
    columns = [first, *(f"{first}_{word + 1}" for word in range(1, -(-len(voters) // 64)))]
    masks = pd.Series(list(zip(*(table[name] for name in columns), strict=True)), index=table.index)
    known = {
        mask: ", ".join(code for v, code in enumerate(voters) if int(mask[v // 64]) >> v % 64 & 1)
        for mask in masks.unique()
    }
    return masks.map(known)
