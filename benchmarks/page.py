"""``docs/benchmarks.md`` and its figure, from the table alone: no number is written here by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import prose
from benchmarks.compare import ALL, PROJECT, REPLAY, STEPS
from benchmarks.processes import EMPTY, FULL, HELP, KEEP, NOTHING, NUMPY
from benchmarks.table import Spread, Table, coverage, cut, ratio, read, spread
from benchmarks.targets import (
    MICRO,
    engine_beside_floor,
    floors,
    peak,
    speed_up,
    start_up,
    targets,
    times_slower,
    two_processes,
    us_each,
    verb_seconds,
)
from benchmarks.verbs import PART, VERBS

HEADINGS = {
    "trajectories": "trajectories",
    "worlds": "worlds",
    "voters": "voters",
    "chains": "more world chains, each scaled by the one before",
}


def figure_text(value: float) -> str:
    """Three digits, thousands apart."""
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:#.3g}".rstrip(".")


def interval(found: Spread, unit: str = "") -> str:
    """A median and its interval."""
    tail = f" {unit}" if unit else ""
    if found.rounds == 1:
        return f"{figure_text(found.median)}{tail}"
    return f"{figure_text(found.median)}{tail} ({figure_text(found.low)} to {figure_text(found.high)})"


def page(table: Table) -> str:
    """The page as Markdown."""
    parts: list[tuple[str, Callable[[Table], Iterator[str]]]] = [
        ("about", _head), ("about", _aims), (PART, _verbs), ("side by side", _side_by_side), ("agreement", _agreement),
        ("floor", _floor), ("threads", _together), ("trajectories", _sizes), ("exact", _exact),
        ("memory", _memory), ("start-up", _start_up), ("compilation", _compilation), ("about", _machine),
    ]  # fmt: skip
    lines = [line for part, write in parts if table.has(part) for line in (*write(table), "")]
    return "\n".join(lines).rstrip() + "\n"


def _head(table: Table) -> Iterator[str]:
    yield prose.HEAD
    if table.text("about", "run", "name") != "full":
        yield "\n" + prose.QUICK


def _aims(table: Table) -> Iterator[str]:
    yield prose.AIMS
    yield "\n| | measured | aim | |\n|---|--:|--:|---|"
    for target in targets(table):
        sign = "≥" if target.at_least else "≤"
        measured = interval(target.found, target.unit)
        yield f"| {target.what} | {measured} | {sign} {figure_text(target.aim)} | {target.verdict} |"
    if table.has("side by side"):
        yield "\n![Processor time for one trajectory, by implementation](figures/benchmarks.svg)"


def _verbs(table: Table) -> Iterator[str]:
    yield prose.VERBS
    yield "\n| | seconds of processor | aim | when the aim was set |\n|---|--:|--:|--:|"
    for verb in VERBS:
        if verb.what in table.names(PART):
            aim = f"≤ {figure_text(verb.aim)}" if verb.aim is not None else ""
            yield f"| `{verb.what}` | {interval(verb_seconds(table, verb))} | {aim} | {verb.before} |"


def _side_by_side(table: Table) -> Iterator[str]:
    rounds = len(us_each(table, PROJECT))
    yield prose.SIDE_BY_SIDE.format(rounds=rounds)
    yield "\n| implementation | trajectories a round | µs each | trajectories a second | times the engine's time |"
    yield "|---|--:|--:|--:|--:|"
    for name in table.names("side by side"):
        (n,) = table.sizes("side by side", name)
        each = us_each(table, name)
        rate = spread(MICRO / us for us in each.values())
        slower = "" if name == PROJECT else interval(times_slower(table, name))
        yield f"| {name} | {n:,} | {interval(spread(each.values()))} | {interval(rate)} | {slower} |"
    yield "\n" + prose.RIVALS.format(all=ALL.strip(", "), steps=STEPS.strip(", "))


def _agreement(table: Table) -> Iterator[str]:
    from benchmarks.agree import FALSE_ALARM

    yield prose.AGREEMENT.format(alarm=f"{FALSE_ALARM:g}")
    yield "\n| implementation | trajectories | shares compared | worst z | bound | in |\n|---|--:|--:|--:|--:|---|"
    for name in table.names("agreement"):
        (n,) = table.sizes("agreement", name)
        if name == REPLAY:
            same = table.text("agreement", name, "equal to the bit")
            yield f"| {name} | {n:,} | every time, way and blocker | equal to the bit: {same} | | |"
            continue
        shares, bound = (table.number("agreement", name, of) for of in ("comparisons", "bound"))
        z, where = table.number("agreement", name, "worst z"), table.text("agreement", name, "worst in")
        differs = " (**another answer**)" if abs(z) > bound else ""
        yield f"| {name} | {n:,} | {shares:.0f} | {z:.2f}{differs} | {bound:.2f} | {where} |"


def _floor(table: Table) -> Iterator[str]:
    count = {
        name: table.number("floor", name, "each trajectory")
        for name in ("blocks", "logs", "powers", "of_worlds")
    }
    (recorded,) = table.sizes("floor", "one by one")
    yield prose.FLOOR.format(recorded=f"{recorded:,}")
    yield "\n| for one trajectory | |\n|---|--:|"
    yield f"| Philox blocks (two uniforms each) | {count['blocks']:.1f} |"
    yield f"| of these, blocks of its world, made again in each of its trajectories | {count['of_worlds']:.1f} |"
    yield f"| logarithms | {count['logs']:.1f} |"
    yield f"| powers (not in the floor) | {count['powers']:.1f} |"
    for name in ("one by one", "many at a time"):
        us = spread(table.by_round("floor", name, "us").values())
        yield f"| these draws, blocks made {name} | {interval(us, 'µs')} |"
    engine = engine_beside_floor(table)
    yield f"| engine in the same rounds | {interval(spread(engine.values()), 'µs')} |"
    one = table.by_round("floor", "one by one", "us")
    yield f"| floor as a share of the engine's time | {interval(ratio(floors(table), engine))} |"
    yield f"| the same with blocks made one by one | {interval(ratio(one, engine))} |"


def _together(table: Table) -> Iterator[str]:
    processors = table.number("about", "processors", "count")
    yield prose.TOGETHER.format(processors=f"{processors:.0f}")
    yield "\n| | trajectories | seconds on the clock | trajectories a second |\n|---|--:|--:|--:|"
    for part, unit in (("threads", "thread"), ("processes", "process")):
        for count in table.names(part):
            (n,) = table.sizes(part, count)
            wall = table.by_round(part, count, "wall_s")
            total = n * int(count) if part == "processes" else n
            rate = interval(spread(total / seconds for seconds in wall.values()))
            plural = "" if count == table.names(part)[0] else "es" if unit == "process" else "s"
            yield f"| {count} {unit}{plural} | {total:,} | {interval(spread(wall.values()))} | {rate} |"
    yield "\n" + prose.CLUSTER.format(
        threads=interval(speed_up(table), "×"), processes=interval(two_processes(table), "×")
    )


def _sizes(table: Table) -> Iterator[str]:
    yield prose.SIZES
    for part, heading in HEADINGS.items():
        yield f"\n| {heading} | run in a round | µs each | against the first |\n|--:|--:|--:|--:|"
        first: dict[int, float] = {}
        for size in table.names(part):
            (n,) = table.sizes(part, size)
            each = table.by_round(part, size, "cpu_s", each=MICRO)
            against = interval(ratio(each, first)) if first else ""
            first = first or each
            yield f"| {int(size):,} | {n:,} | {interval(spread(each.values()))} | {against} |"


def _exact(table: Table) -> Iterator[str]:
    (states,) = table.sizes("exact", "making")
    making, whole = (table.by_round("exact", what, "cpu_s") for what in ("making", "making and solving"))
    carried = table.by_round("exact", "carried", "count")
    error = max(table.by_round("exact", "error bound", "probability").values())
    yield prose.EXACT
    yield "\n| | |\n|---|--:|"
    yield f"| joint states | {states:,} |"
    yield f"| worlds solved | {len(whole)} |"
    fewest, most = min(carried.values()), max(carried.values())
    yield f"| carried (the others are too improbable), fewest and most | {fewest:,.0f}, {most:,.0f} |"
    yield f"| finding the joint states | {interval(spread(making.values()), 's')} |"
    yield f"| finding them and solving one world | {interval(spread(whole.values()), 's')} |"
    yield f"| largest error of any probability | {error:.1g} |"


def _memory(table: Table) -> Iterator[str]:
    yield prose.MEMORY.format(command=KEEP)
    yield "\n| trajectories | peak memory, MB | seconds on the clock |\n|--:|--:|--:|"
    for n in table.sizes("memory", KEEP):
        (wall,) = table.by_round("memory", KEEP, "wall_s", n=n).values()
        yield f"| {n:,} | {peak(table, n):.0f} | {figure_text(wall)} |"


def _start_up(table: Table) -> Iterator[str]:
    yield prose.START_UP
    yield "\n| | seconds on the clock |\n|---|--:|"
    for what in (HELP, NUMPY, NOTHING):
        yield f"| `{what}` | {interval(spread(table.by_round('start-up', what, 'wall_s').values()))} |"
    yield f"| first against second | {interval(start_up(table), '×')} |"


def _compilation(table: Table) -> Iterator[str]:
    (n,) = table.sizes("compilation", EMPTY)
    yield prose.COMPILATION.format(n=f"{n:,}")
    yield "\n| | seconds on the clock |\n|---|--:|"
    for what in (EMPTY, FULL):
        yield f"| {what} | {interval(spread(table.by_round('compilation', what, 'wall_s').values()))} |"


def _machine(table: Table) -> Iterator[str]:
    rounds = len(us_each(table, PROJECT)) if table.has("side by side") else 0
    covered = f"{coverage(rounds, cut(rounds)):.1%}".replace("%", " %") if rounds else ""
    yield prose.METHOD.format(rounds=rounds, coverage=covered) if rounds else prose.METHOD_HEADING
    yield "\n| | |\n|---|---|"
    yield from (f"| {r.what} | {r.value} |" for r in table.rows if r.part == "about")


def write(path: Path, folder: Path) -> list[Path]:
    """Page and figure from the table at ``path``; returns their paths."""
    table = read(path)
    text = folder / "benchmarks.md"
    text.write_bytes(page(table).encode())
    written = [text]
    if table.has("side by side"):
        from benchmarks.figure import write_figure

        written += write_figure(table, folder / "figures")
    return written
