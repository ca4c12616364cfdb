"""The answer of a run in at most one screen."""

from __future__ import annotations

from typing import Any

from sim.base.words import chance, chance_range, listed
from sim.estimates.precision import said
from sim.studies.remarks import ahead, sentences
from sim.studies.variants import Variants

HORIZONS = (5, 10, 20)
"""Years after the start that the screen shows, besides the horizon."""
LAST_NAMED = 4


def screen(summary: dict[str, Any]) -> str:
    """The answer of a run in at most one screen."""
    scenario = summary["scenario"]
    last = next(iter(summary["milestones"].values()))["by"][-1]
    band = ", with the 90 % credible interval of that probability" if last["credible_90"] else ""
    lines = [
        f"{scenario['title']} ({scenario['name']}), from {summary['start']}",
        _made(summary),
        "",
        f"Probability by date{band}:",
        *_table(summary),
        *sentences(summary),
        "",
        *_blockers(summary),
        *_last(summary, "last_to_move", "Last to move"),
        *_last(summary, "last_to_ratify", "Last to ratify"),
    ]
    if "tilt" in summary:
        lines += _tilted(summary)
    elif last["credible_90"] is None and summary["worlds"] > 1:
        lines.append("No interval: fewer than 10 trajectories for each world (more --trajectories give one).")
    if "precision" in summary:
        lines.append(said(summary["precision"], summary["trajectories"], summary["worlds"]))
    return "\n".join(lines).rstrip()


def _tilted(summary: dict[str, Any]) -> list[str]:
    """What was tilted, and how good the estimates are."""
    tilt, last = summary["tilt"], list(summary["milestones"])[-1]
    lines = [
        f"Tilted: {', '.join(tilt['least_rates'])} a year at least; mean weight {tilt['mean_weight']:.3g} "
        f"(1 is expected; standard error {tilt['mean_weight_error']:.2g}).",
        tilt["left_out"],
    ]
    for i in _columns(summary):
        entry = summary["milestones"][last]["by"][i]
        if entry["probability"] > 0:
            share = f"{100 * entry['mc_error'] / entry['probability']:.2g}"
            lines.append(
                f"{last} by {entry['date']}: {entry['probability']:.3g}, Monte Carlo error {share} % of it"
            )
    return lines


def moved(variants: Variants) -> str:
    """How far the first and the last step move between the structural variants, by the horizon."""
    done, left = variants.variants, variants.not_run
    names = listed([entry.name for entry in left])
    missing = f"Not run: {names} (variants.json says why)." if left else ""
    if not done:
        return f"No structural variant can be laid over this scenario. {missing}"
    steps = list(variants.run.milestones)
    said = []
    for step in dict.fromkeys([steps[0], steps[-1]]):
        ends = [entry.milestones[step].by[-1].probability for entry in done]
        said.append(f"{step} {chance_range(min(ends), max(ends))}")
    head = f"Under {len(done)} structural variants, by {variants.run.milestones[steps[0]].by[-1].date}"
    return f"{head}: {', '.join(said)}. {missing}".rstrip()


def _made(summary: dict[str, Any]) -> str:
    """How many trajectories and worlds; of the exact engine, how large the model and the error are."""
    worlds, seed = f"{summary['worlds']:,} world{'s' if summary['worlds'] > 1 else ''}", summary["seed"]
    if "exact" not in summary:
        return f"{summary['trajectories']:,} trajectories in {worlds}, seed {seed}"
    exact = summary["exact"]
    return (
        f"{worlds} solved exactly (no trajectories), seed {seed}: {exact['joint_states']:,} joint states, "
        f"error below {max(exact['error_bound'], 1e-12):.0e}"
    )


def _columns(summary: dict[str, Any]) -> list[int]:
    """Positions in ``by`` that are shown."""
    by = next(iter(summary["milestones"].values()))["by"]
    start = int(summary["start"][:4])
    wanted = {f"{start + years}-12-31" for years in HORIZONS}
    return [i for i, entry in enumerate(by) if entry["date"] in wanted or i == len(by) - 1]


def _table(summary: dict[str, Any]) -> list[str]:
    shown = _columns(summary)
    milestones = {step: summary["milestones"][step] for step in ahead(list(summary["milestones"]), summary)}
    width = max(len(step) for step in milestones) + 2
    dates = [next(iter(milestones.values()))["by"][i]["date"] for i in shown]
    lines = ["  " + " " * width + "".join(f"{day:<19}" for day in dates)]
    for step, milestone in milestones.items():
        cells = []
        for i in shown:
            entry = milestone["by"][i]
            cell = chance(entry["probability"])
            if entry["credible_90"]:
                cell += f" ({chance_range(*entry['credible_90'])})"
            cells.append(f"{cell:<19}")
        lines.append(f"  {step:<{width}}" + "".join(cells).rstrip())
    return lines


def _blockers(summary: dict[str, Any]) -> list[str]:
    """Who blocked each step at its last meeting, in the trajectories that get no further."""
    lines = []
    for step, blockers in summary["blockers"].items():
        shares = list(blockers["at_last_meeting"].items())[:LAST_NAMED]
        if shares and blockers["by_year"]:
            named = ", ".join(f"{code} {chance(share)}" for code, share in shares)
            of = chance(blockers["stuck"] / summary["trajectories"])
            lines.append(f"Blocks {step} (in the {of} of trajectories that end before it): {named}")
    return lines


def _last(summary: dict[str, Any], key: str, label: str) -> list[str]:
    known = summary[key]
    if not known["trajectories"]:
        return []
    named = ", ".join(f"{code} {chance(share)}" for code, share in list(known["share"].items())[:LAST_NAMED])
    of = chance(known["trajectories"] / summary["trajectories"])
    return [f"{label} (in the {of} of trajectories that get there): {named}"]
