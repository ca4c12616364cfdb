"""A comparison in at most one screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from sim.base.words import chance, listed, number, of_hundred, points_more
from sim.estimates.differences import FEW_TRAJECTORIES, TOO_MUCH_NOISE
from sim.studies.variants import AHEAD

WIDTH = 96
"""Letters on a line of words."""
MAY_HELP = {TOO_MUCH_NOISE: "may give one", FEW_TRAJECTORIES: "give one"}
MOST_NAMED = 4
"""Parameters that the screen names."""


def screen(summary: Mapping[str, Any]) -> str:
    """The answer in a screen: every step against one other scenario; the first and last against several."""
    first, pairs = summary["scenarios"][0], summary["comparisons"]
    worlds = f"{summary['worlds']:,} world{'s' if summary['worlds'] > 1 else ''}"
    lines = [
        f"{listed([pair['scenario'] for pair in pairs])} against {first['name']}, "
        f"{summary['start']} to {summary['horizon']}",
        f"{summary['trajectories']:,} trajectories of each in {worlds} with the same luck, seed {summary['seed']}",
    ]
    for pair in pairs:
        lines += ["", *_block(summary, pair, shown_steps(pair, len(pairs)))]
    lines += [
        "",
        "Differences are in percentage points; in brackets their standard errors, from pairs of futures.",
        *(
            line
            for pair in pairs
            for note in _notes(summary, pair, len(pairs) > 1)
            for line in _wrapped(note)
        ),
    ]
    return "\n".join(lines)


def shown_steps(pair: Mapping[str, Any], pairs: int) -> list[str]:
    """Steps that the screen shows."""
    steps = list(pair["steps"])
    return steps if pairs == 1 else list(dict.fromkeys([steps[0], steps[-1]]))


def _block(summary: Mapping[str, Any], pair: Mapping[str, Any], steps: Sequence[str]) -> list[str]:
    """A table of steps by dates: both probabilities, the difference, and its interval where there is one."""
    years = {int(summary["start"][:4]) + ahead for ahead in AHEAD}
    dates = [e["date"] for e in pair["steps"][steps[0]]["by"]]
    shown = [i for i, day in enumerate(dates) if i == len(dates) - 1 or int(day[:4]) in years]
    of = summary["trajectories"]
    sides = {s["name"]: s["milestones"] for s in summary["scenarios"]}
    rows = [[f"{pair['against']} → {pair['scenario']}", *(dates[i] for i in shown)]]
    for step in steps:
        by = [pair["steps"][step]["by"][i] for i in shown]
        ends = [
            [sides[pair[side]][step]["by"][i]["probability"] for i in shown]
            for side in ("against", "scenario")
        ]
        cells = zip(*ends, strict=True)
        rows.append([step, *(f"{of_hundred(before, of)} → {chance(after, of)}" for before, after in cells)])
        rows.append(["  difference", *(points_more(e["difference"], e["difference_error"]) for e in by)])
        if any(e["credible_90"] for e in by):
            rows.append(["  in 90 % of worlds", *(_interval(e["credible_90"]) for e in by)])
    widths = [
        max(max(map(len, column)), 20 if k == 0 else 0) + 2
        for k, column in enumerate(zip(*rows, strict=True))
    ]
    return ["  " + "".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _wrapped(note: str) -> list[str]:
    held = note.replace(" %", "\u00a0%")  # a number and its sign stay on one line
    lines = wrap(held, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]


def _interval(ends: Sequence[float] | None) -> str:
    return "" if ends is None else f"{100 * ends[0]:+.1f} to {100 * ends[1]:+.1f}"


def _notes(summary: Mapping[str, Any], pair: Mapping[str, Any], named: bool) -> list[str]:
    """What common luck was worth, how many futures change, and what the two do not share."""
    steps = shown_steps(pair, 2)
    said = [
        _saved(pair),
        *(_changed(summary, pair, step) for step in steps),
        *_refused(pair, list(pair["steps"])),
        *_apart(summary, pair),
    ]
    return [f"{pair['scenario']}: {sentence}" if named else sentence for sentence in said]


def _saved(pair: Mapping[str, Any]) -> str:
    """What common worlds and luck were worth, at the last date."""
    last = [found["by"][-1] for found in pair["steps"].values()]
    both, luck = (_span([e[key] for e in last]) for key in ("variance_ratio", "variance_ratio_luck"))
    if both is None:
        return "Nothing differs by the last date, so that nothing can be said of what common luck saves."
    inner = f", with separate luck in the same worlds {luck}" if luck and pair["worlds"] > 1 else ""
    return f"With separate worlds and luck the square of the error would be {both} times as large{inner}."


def _span(values: Sequence[float | None]) -> str | None:
    """``24 to 31``."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    low, high = number(known[0]), number(known[-1])
    return low if low == high else f"{low} to {high}"


def _refused(pair: Mapping[str, Any], steps: Sequence[str]) -> Iterator[str]:
    """Why steps have no interval at the last date."""
    reasons = {step: pair["steps"][step]["by"][-1]["no_interval"] for step in steps}
    for reason in dict.fromkeys(filter(None, reasons.values())):
        without = listed([step for step in steps if reasons[step] == reason])
        more = f" (more --trajectories {may})" if (may := MAY_HELP.get(reason)) else ""
        yield f"No interval for {without} by the last date: {reason}{more}."


def _changed(summary: Mapping[str, Any], pair: Mapping[str, Any], step: str) -> str:
    """In how many futures a step is taken at another time, or in one of the two only."""
    of, share = summary["trajectories"], pair["steps"][step]["futures"]
    parts = {
        f"only in {pair['scenario']}": share["gained"],
        f"only in {pair['against']}": share["lost"],
        "earlier": share["earlier"],
        "later": share["later"],
    }
    told = listed([f"{words} in {chance(value, of)}" for words, value in parts.items()])
    return f"Luck being equal, {step} changes in {chance(sum(parts.values()), of)} of futures: {told}."


def _apart(summary: Mapping[str, Any], pair: Mapping[str, Any]) -> list[str]:
    """Steps, parameters and days that are not in both."""
    sides = {s["name"]: s for s in summary["scenarios"]}
    here, there = sides[pair["against"]], sides[pair["scenario"]]
    said = []
    for key, name in (("steps_only_in_first", pair["against"]), ("steps_only_in_scenario", pair["scenario"])):
        if pair[key]:
            said.append(f"Steps only in {name}, not compared: {listed(pair[key])}.")
    values = pair["parameters"]
    different = [
        f"{name} ({_value(v['first'])} → {_value(v['scenario'])})" for name, v in values["different"].items()
    ]
    for label, names in (
        ("Parameters that are not equal", different),
        (f"Parameters only in {pair['against']}", values["only_in_first"]),
        (f"Parameters only in {pair['scenario']}", values["only_in_scenario"]),
    ):
        if names:
            said.append(f"{label}: {_some(names)}.")
    if here["start"] != there["start"]:
        said.append(
            f"They start on {here['start']} and {there['start']}: compared by calendar date; luck drawn by date "
            "and parameters are shared, waiting times count from each start."
        )
    if here["horizon"] != there["horizon"]:
        said.append(f"They end on {here['horizon']} and {there['horizon']}: compared up to the earlier.")
    if (here["candidate"], here["organisation"]) != (there["candidate"], there["organisation"]):
        said.append(
            f"They are about {here['candidate']} and {here['organisation']}, and {there['candidate']} and "
            f"{there['organisation']}: steps are matched by name."
        )
    return said


def _value(value: float | None) -> str:
    return "drawn" if value is None else f"{value:.6g}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return listed([*names[:MOST_NAMED], f"{more} more (compare.json)"] if more > 0 else list(names))
