"""Closing forecasts of a log: a row is added for each, with the reason, and the forecast is not scored.

What is there stays as it is. A forecast can be closed up to its day, and once: it is for questions that turn out not to
say what was forecast, not for forecasts that turn out badly.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sim.base.errors import OptionError, choice
from sim.history.forecast_log import CLOSES, Logged, append, open_forecasts, read_log


def close(file: Path, names: Sequence[str], why: str, on: date) -> list[Logged]:
    """Closes the forecasts of these ids, and returns the rows that were added.

    :raises OptionError: no such forecast is open on that day, or no reason is given.
    :raises RunError: the log was altered, or cannot be written.
    """
    said = " ".join(why.split())
    if not said or not said.isprintable():
        raise OptionError(f"<why> {why!r}: allowed: a reason in words")
    still = {name: row for name, row in open_forecasts(read_log(file)).items() if row.due >= on}
    for name in names:
        if name not in still:
            raise OptionError(
                f"<close> {name}: no forecast that is open on {on}; {choice(name, list(still), 'none')}"
            )
    rows = [
        Logged(
            id=f"{on}-closes-{name}", made_on=on.isoformat(), question=said, entry=name,
            resolves_by=still[name].resolves_by, probability="", low="", high="", mc_error="",
            scenario=CLOSES, scenario_digest="", seed="", trajectories="",
        )
        for name in dict.fromkeys(names)
    ]  # fmt: skip
    append(file, rows)
    return rows
