"""``docs/judged.md`` and its figure: from ``scenarios/judged.csv`` and ``docs/judged-effects.csv`` alone.

``python -m sim.pages.judged`` (``make docs``) brings ``docs/judged-effects.csv`` up to date, and writes page and
figure. It simulates only if that file was made from other scenarios, ranges or sizes of run; ``--again`` simulates
in any case.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.base.files import write_whole
from sim.pages.judged_effects import (
    ANSWERS,
    AS_IT_IS,
    FITTED,
    PARTNERS,
    Effect,
    docs_folder,
    effects_file,
    in_step,
    measured,
    movements,
    read_effects,
    stored,
    write_effects,
)
from sim.report.style import BLUE, INK, ORANGE, PALE, QUIET, WIDE, area, canvas, drawing
from sim.scenario.judged import JudgedNumber, judged_numbers, middle
from sim.scenario.load import Scenario, load_scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOLD = 2.0
"""Standard errors from which on a movement is called told apart from none."""
TITLES = ("PfP by the end of 2036", "Member by 1 December 2056")

HEAD = """# Judged numbers

Nobody measured these numbers: a person chose them. For each this page says how far it could be defended to lie,
why it is what it is, what evidence would change it, and how far two answers move with it: the probability of the
Partnership for Peace (PfP) by the end of 2036, and of membership by the horizon (1 December 2056).

Made by `make docs` from [judged.csv](../scenarios/judged.csv), which holds the ranges and reasons, and
[judged-effects.csv](judged-effects.csv), which holds the movements. `accession show` prints the same ranges
behind each judged number; `accession sweep` moves any number over any values.

**What is compared with what.** A number is fixed at the low end of its range in one run and at the high end in
another; everything else is as in the scenario, uncertain where it is uncertain. For a number with a prior this
takes its own uncertainty away in both runs, so the two ends need not lie around the answer of the scenario as it
is. The range of such a number is one of the mean or the median of its prior, as its row says, and narrower than
the prior. The runs share their luck, so the standard error (after ±) is that of the difference.

**One at a time.** Two numbers that are wrong together can move an answer by more or less than the sum of their
movements, and nothing here says which. Fitted rates are not fitted again when a number that was drawn with them
is fixed, and `settlement_centring` is not worked out again when the factors behind it move. Structure, which is
judged as well, is not a number; the scenarios called `variant-` and `recognition-` show some of it. Fitted
numbers are not here either, but for one that is named below for comparison.
"""


def percent(chance: float) -> str:
    """``6.7 %``: the decimal is for comparing, not a claim of precision."""
    return f"{100 * chance:.1f} %"


def moved(effect: Effect) -> str:
    """``+1.58 ± 0.05`` points, or in words that nothing moved."""
    if effect.at_low == effect.at_high and effect.difference == 0:
        return "none"
    text = f"{100 * effect.difference:+.2f} ± {100 * effect.error:.2f}".replace("-", "−")
    return text if told(effect) else f"({text})"


def told(effect: Effect) -> bool:
    """Whether the movement is at least :data:`TOLD` standard errors."""
    return effect.difference != 0 and abs(effect.difference) >= TOLD * effect.error


def by_number(effects: Sequence[Effect]) -> dict[str, tuple[Effect, Effect]]:
    """Parameter -> its two answers, that which moves the first answer farthest first."""
    pairs: dict[str, list[Effect]] = {}
    for effect in effects:
        if effect.parameter not in (AS_IT_IS, FITTED):
            pairs.setdefault(effect.parameter, []).append(effect)
    found = {name: (pair[0], pair[1]) for name, pair in pairs.items()}
    return dict(sorted(found.items(), key=lambda item: -abs(item[1][0].difference)))


@cache
def _loaded(scenario: str) -> Scenario:
    return load_scenario(scenario)


def _middle(row: JudgedNumber) -> float:
    loaded = _loaded(row.scenario)
    return middle(loaded.content.parameters[row.parameter], loaded.tables, row.range_of)


def as_it_is(effects: Sequence[Effect], scenario: str) -> tuple[float, float]:
    """Both answers of a scenario in which nothing is fixed."""
    first, second = [e.at_low for e in effects if (e.scenario, e.parameter) == (scenario, AS_IT_IS)]
    return first, second


# --- the page -------------------------------------------------------------------------------------------


def page(numbers: Sequence[JudgedNumber], effects: Sequence[Effect]) -> str:
    """The page as Markdown."""
    rows = {row.parameter: row for row in numbers}
    ordered = by_number(effects)
    lines = [
        HEAD,
        *_made(effects),
        "",
        "![How far each number moves the two answers](figures/judged.svg)",
        "",
    ]
    lines += ["## How far the answers move", "", *_legend(2 * len(ordered)), ""]
    lines += [
        f"| number | unit | as it is | range | {TITLES[0]}: low → high | moves by, in points "
        f"| {TITLES[1]}: low → high | moves by, in points |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [_movement(rows[name], pair) for name, pair in ordered.items()]
    lines += ["", "## Why, and what would change it", "", "In the same order.", ""]
    lines += ["| number | reason | what would change it | source or analogy |", "|---|---|---|---|"]
    lines += [_line([f"`{name}`", *_papers(rows[name])]) for name in ordered]
    return "\n".join([*lines, *_not_moved([row for row in numbers if row.parameter not in ordered])]) + "\n"


def _not_moved(rows: Sequence[JudgedNumber]) -> list[str]:
    """The numbers that have no part in the two answers."""
    if not rows:
        return []
    return [
        "",
        "## Numbers that the two answers do not use",
        "",
        "Only scenarios that ask of Kosovo and of both steps have the two answers. These numbers belong to other ones.",
        "",
        "| number | scenario | unit | as it is | range | reason | what would change it | source or analogy |",
        "|---|---|---|--:|--:|---|---|---|",
        *(_line([f"`{r.parameter}`", f"`{r.scenario}`", *_size(r), *_papers(r)]) for r in rows),
    ]


def _size(row: JudgedNumber) -> tuple[str, str, str]:
    """Unit, the number as it is, and its range."""
    what = "" if row.range_of == "value" else f"{row.range_of} "
    return row.unit, f"{what}{_middle(row):.3g}", f"{row.low:g} to {row.high:g}"


def _papers(row: JudgedNumber) -> tuple[str, str, str]:
    return row.reason, row.would_change_it, row.source_or_analogy


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _made(effects: Sequence[Effect]) -> list[str]:
    """How the movements were measured, and the answers that nothing moved."""
    one = effects[0]
    scenarios = dict.fromkeys(effect.scenario for effect in effects)
    lines = [
        f"**Runs.** {one.trajectories:,} trajectories in {one.worlds:,} worlds for each run, seed {one.seed}. With "
        "nothing fixed:",
        "",
        f"| scenario | digest | {TITLES[0]} | {TITLES[1]} |",
        "|---|---|--:|--:|",
    ]
    for scenario in scenarios:
        digest = next(effect.digest for effect in effects if effect.scenario == scenario)
        answers = " | ".join(percent(chance) for chance in as_it_is(effects, scenario))
        lines.append(f"| `{scenario}` | {digest[:12]} | {answers} |")
    first, second = [effect for effect in effects if effect.parameter == FITTED]
    return [
        *lines,
        "",
        f"For comparison, a fitted number: `{FITTED}` from the lower to the upper quartile of its draws "
        f"({first.low:g} to {first.high:g} a year) moves the first answer by {moved(first)} points and the second "
        f"by {moved(second)}.",
    ]


def _legend(movements: int) -> list[str]:
    luck = movements * 0.0455  # two-sided, normal
    pair = " and ".join(f"`{name}`" for name in PARTNERS)
    return [
        "Sorted by how far the first answer moves. *As it is*: the value, or the mean or median of the prior. A "
        "movement is the answer at the high end less that at the low end, in percentage points. In brackets: less "
        f"than {TOLD:g} standard errors, so not told apart from none; of {movements} movements some {luck:.0f} would "
        "pass that mark by luck alone. *None*: the same number of trajectories at both ends. Decimals are for "
        "comparing numbers, they are no claim of precision.",
        "",
        f"{pair} are shares of one whole: beside each, the other is fixed at its mean. Numbers of `ukraine-joins-"
        "first` are moved in that scenario, all others in `status-quo`. Numbers of another candidate or another "
        "organisation have no part in either answer; they stand at the end, with their range and no movement.",
    ]


def _movement(row: JudgedNumber, pair: tuple[Effect, Effect]) -> str:
    cells = [f"`{row.parameter}`", *_size(row)]
    for effect in pair:
        cells += [f"{percent(effect.at_low)} → {percent(effect.at_high)}", moved(effect)]
    return "| " + " | ".join(cells) + " |"


# --- the figure -----------------------------------------------------------------------------------------


def tornado(effects: Sequence[Effect]) -> Figure:
    """Both answers at both ends of each number of the first scenario, around the answer as it is."""
    scenario = effects[0].scenario
    ordered = {name: pair for name, pair in by_number(effects).items() if pair[0].scenario == scenario}
    figure = canvas(WIDE, 0.19 * len(ordered) + 1.25)
    width = (WIDE - 1.95 - 0.15 - 0.3) / 2
    for place, (title, centre) in enumerate(zip(TITLES, as_it_is(effects, scenario), strict=True)):
        axes = area(figure, 1.95 + place * (width + 0.3), 0.55, 0.15 + (1 - place) * (width + 0.3), 0.6)
        for y, pair in enumerate(ordered.values()):
            _bar(axes, pair[place], y)
        axes.axvline(100 * centre, color=INK, linewidth=0.8, zorder=3)
        axes.set_ylim(len(ordered) - 0.4, -0.6)
        axes.set_title(title, pad=16)
        axes.set_xlabel("probability in % (the two scales differ)")
        axes.set_yticks(range(len(ordered)), list(ordered) if place == 0 else [])
        axes.tick_params(axis="y", length=0, labelsize=7.5)
        axes.spines["left"].set_visible(False)
        for colour, name in ((BLUE, "low end"), (ORANGE, "high end"), (INK, "as it is")):
            marker = "|" if colour == INK else "o"
            axes.plot([], [], marker, color=colour, markersize=5, label=name)
        if place == 0:
            axes.legend(
                loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, frameon=False, fontsize=8,
                handletextpad=0.1, columnspacing=1.0, borderaxespad=0.0,
            )  # fmt: skip
    return figure


def _bar(axes: Axes, effect: Effect, y: int) -> None:
    """A bar between the ends, its ends marked; a movement not told apart from none is grey."""
    low, high = 100 * effect.at_low, 100 * effect.at_high
    axes.axhline(y, color=PALE, linewidth=0.6, zorder=0)
    axes.plot([low, high], [y, y], color=QUIET, linewidth=1.6, solid_capstyle="butt", zorder=1)
    if told(effect):
        axes.plot(low, y, "o", color=BLUE, markersize=4, zorder=4)
        axes.plot(high, y, "o", color=ORANGE, markersize=4, zorder=4)
    else:
        axes.plot((low + high) / 2, y, "o", color=QUIET, markersize=2.5, zorder=4)


def write_page(numbers: Sequence[JudgedNumber], effects: Sequence[Effect], docs: Path) -> list[Path]:
    """Writes ``judged.md`` and ``figures/judged.svg`` into a folder; returns both."""
    assert [step for step, _ in ANSWERS] == [effect.step for effect in effects[:2]]
    text, image = docs / "judged.md", docs / "figures" / "judged.svg"
    image.parent.mkdir(parents=True, exist_ok=True)
    write_whole(text, page(numbers, effects))
    with drawing():
        tornado(effects).savefig(image, metadata={"Date": None, "Creator": None})
    return [text, image]


def main(arguments: Sequence[str]) -> None:
    """Brings the file up to date, and writes page and figure."""
    numbers, file = judged_numbers(), effects_file()
    if "--again" in arguments or not in_step(read_effects(file), numbers):
        found: list[Effect] = []
        known = {} if "--again" in arguments else stored(read_effects(file))
        for movement in movements(numbers):
            print(f"{movement.scenario}: {movement.parameter}", file=sys.stderr, flush=True)
            found += known.get(movement.key) or measured(movement)
            write_effects(found, file)  # what is there need not be simulated again if this ends early
    for path in write_page(numbers, read_effects(file), docs_folder()):
        print(path.name)


if __name__ == "__main__":
    main(sys.argv[1:])
