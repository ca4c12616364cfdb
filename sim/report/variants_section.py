"""The structural variants in words and rows, from the stored ``variants.json``."""

from __future__ import annotations

from typing import Any

from sim.base.words import by, chance, chance_range, listed, points, step_name
from sim.report.prose import headline_entry
from sim.report.tables import Summary

Variants = dict[str, Any]
"""The content of ``variants.json``."""


def headlines(variants: Variants, summary: Summary) -> list[tuple[str, str]]:
    """Step and date that are shown: the two of the answer at the top of the report."""
    steps = list(summary["milestones"])
    dates = {entry["date"] for entry in variants["run"]["milestones"][steps[0]]["by"]}
    first = headline_entry(summary, steps[0])["date"]
    shown = [(steps[0], first if first in dates else summary["horizon"]), (steps[-1], summary["horizon"])]
    return list(dict.fromkeys(shown))


def entry_of(milestones: dict[str, Any], step: str, when: str) -> dict[str, Any]:
    """The stored estimate of a step by a date."""
    found: dict[str, Any] = next(entry for entry in milestones[step]["by"] if entry["date"] == when)
    return found


def by_group(variants: Variants) -> dict[str, list[dict[str, Any]]]:
    """Heading -> its variants, in the order in which they are stored."""
    found: dict[str, list[dict[str, Any]]] = {}
    for variant in variants["variants"]:
        found.setdefault(variant["group"], []).append(variant)
    return found


def until(step: str, when: str) -> str:
    """``Partnership for Peace by the end of 2036``."""
    return f"{step_name(step)} {by(when)}"


# --- the section ----------------------------------------------------------------------------------------


def section(variants: Variants, summary: Summary) -> dict[str, Any]:
    """What the section shows: sentences, columns, the run's own cells, groups of rows, what was not run."""
    shown = headlines(variants, summary)
    of = variants["trajectories"]
    return {
        "sentences": [_range(variants, step, when) for step, when in shown] if variants["variants"] else [],
        "count": len(variants["variants"]),
        "trajectories": of,
        "note": note(variants, shown),
        "columns": [until(step, when) for step, when in shown],
        "run": [_cell(entry_of(variants["run"]["milestones"], *place), of) for place in shown],
        "groups": [
            (heading, [_row(variant, shown, of) for variant in found])
            for heading, found in by_group(variants).items()
        ],
        "not_run": variants["not_run"],
    }


def _range(variants: Variants, step: str, when: str) -> str:
    """From the lowest to the highest variant, beside the run itself."""
    found = [(entry_of(v["milestones"], step, when)["probability"], v["title"]) for v in variants["variants"]]
    (low, lowest), (high, highest) = min(found), max(found)
    of = variants["trajectories"]
    own = chance(entry_of(variants["run"]["milestones"], step, when)["probability"], of)
    if chance(low, of) == chance(high, of):
        return f"{until(step, when)}: {chance(low, of)} under each of them, {own} in the run itself."
    return (
        f"{until(step, when)}: from {chance(low, of)} (“{lowest}”) to {chance(high, of)} (“{highest}”), "
        f"beside {own} in the run itself."
    )


def note(variants: Variants, shown: list[tuple[str, str]]) -> str:
    """What stands under figure and table: seed, counts, and the largest errors of what they show."""
    entries = [entry_of(v["milestones"], *place) for v in variants["variants"] for place in shown]
    worlds = f"{variants['worlds']:,} world{'s' if variants['worlds'] > 1 else ''}"
    start = f"Seed {variants['seed']}; {variants['trajectories']:,} trajectories in {worlds} for each variant"
    if not entries:
        return f"{start}."
    error, apart = (max(entry[key] for entry in entries) for key in ("mc_error", "difference_error"))
    return (
        f"{start}; Monte Carlo error at most {points(error)} percentage points, that of a difference from "
        f"the run (luck in common) at most {points(apart)}."
    )


def _row(variant: dict[str, Any], shown: list[tuple[str, str]], of: int) -> dict[str, Any]:
    cells = [_cell(entry_of(variant["milestones"], *place), of) for place in shown]
    return {"title": variant["title"], "name": variant["name"], "differs": variant["differs"], "cells": cells}


def _cell(entry: dict[str, Any], of: int) -> dict[str, str]:
    band = entry["credible_90"]
    cell = {"chance": chance(entry["probability"], of), "range": chance_range(*band) if band else ""}
    if "difference" in entry:
        cell |= {"difference": signed(entry["difference"]), "error": points(entry["difference_error"])}
    return cell


def signed(difference: float) -> str:
    """A difference of probabilities in percentage points: ``+7.9``, ``−0.3``, ``0``."""
    text = f"{100 * difference:+.1f}"
    return "0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def said(variants: Variants, summary: Summary) -> str:
    """The figure for those who cannot see it."""
    parts = []
    for step, when in headlines(variants, summary):
        of = variants["trajectories"]
        own = chance(entry_of(variants["run"]["milestones"], step, when)["probability"], of)
        found = [
            f"{v['title']} {chance(entry_of(v['milestones'], step, when)['probability'], of)}"
            for v in variants["variants"]
        ]
        parts.append(f"{until(step, when)}: this run {own}; {listed(found)}")
    return f"Dots with 90 % credible intervals, one for each structural variant. {'. '.join(parts)}."
