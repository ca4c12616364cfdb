"""A hindcast on the screen and as plain data: the comparison with simple baselines, and cases of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.base.terminal import columns, folded
from sim.base.words import chance, counted, of_days
from sim.history.hindcast.forecasts import Compared
from sim.history.hindcast.own_cases import CaseTold, When


def screen(forecasts: int, compared: Iterable[Compared]) -> str:
    """Mean errors in days: one row for each component, mode and baseline."""
    rows = [_row(c) for c in compared if c.score == "crps"]
    head = f"{counted(forecasts, 'forecast')}. Mean CRPS in days: model, baseline, difference (90 %):\n"
    return "\n".join([folded(head.rstrip()) + "\n", *rows])


def _row(c: Compared) -> str:
    d = c.difference
    numbers = (
        f"  {c.component:<11} {c.mode:<9} {c.baseline:<16} {c.model:>8,.0f} {c.other:>8,.0f} {d.mean:>+9,.0f}"
    )
    more = f"({d.low:+,.0f} to {d.high:+,.0f}), better in {d.better} of {d.groups}"
    fits = len(numbers) + 1 + len(more) <= columns()
    return f"{numbers} {more}" if fits else f"{numbers}\n{'':24}{more}"


def flat(compared: Compared) -> dict[str, Any]:
    """A comparison as plain data."""
    d = compared.difference
    return {
        "component": compared.component, "mode": compared.mode, "baseline": compared.baseline,
        "score": compared.score, "units": compared.units, "groups": d.groups,
        "model": round(compared.model, 6), "baseline_mean": round(compared.other, 6),
        "difference": round(d.mean, 6), "low": round(d.low, 6), "high": round(d.high, 6), "better": d.better,
    }  # fmt: skip


def cases_screen(rows: Iterable[CaseTold]) -> str:
    """Each case beside what happened."""
    return "\n\n".join(
        [
            folded(
                "Facts frozen on the day of each case, fitted numbers fitted again to what was known; the median, "
                "with the range that holds 90 % of the forecast. CRPS, an error in days: smaller is better.",
                most=104,
            ),
            *("\n".join(told_lines(row)) for row in rows),
            folded("Judged numbers and the scenario files were written by people who knew what happened."),
        ]
    )


def told_lines(row: CaseTold) -> list[str]:
    """What is printed of one case."""
    median = (
        "not within the run"
        if row.median is None
        else f"{row.median.date}, after {of_days(f'{row.median.days:,}')}"
    )
    first, last = row.share_earlier
    if row.happened is None:
        seen = f"not by {row.watched_until}"
        share = f"{of_all(first)} of the forecast is earlier than that day"
    else:
        seen = f"{row.happened}, after {of_days(f'{row.happened_days:,}')}"
        share = f"{of_all((first + last) / 2)} of the forecast is earlier"
    model, *others = row.crps.items()
    simple = ", ".join(f"{name} {score:,.0f}" for name, score in others)
    told = [
        f"forecast  {median} (90 %: {ends(row.low)} to {ends(row.high)})",
        f"happened  {seen}; {share}",
        f"CRPS      {model[1]:,.0f}; simple forecasts: {simple}",
    ]
    return [
        f"{row.case}: {row.step}, from {row.origin}",
        *(folded(f"  {line}", indent=" " * 12) for line in told),
    ]


def ends(when: When | None) -> str:
    """An end of a range."""
    return "beyond the run" if when is None else str(when.date)


def of_all(share: float) -> str:
    """A share of a forecast, which is 200 points: never 0 % or 100 %."""
    return chance(share, 200)
