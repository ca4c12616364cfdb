"""What moves the answer, as tables."""

from __future__ import annotations

from collections.abc import Iterator

from sim.studies.sensitivity_answer import Morris, Sensitivity, Tornado, Totals

INDEX_COLUMNS = (
    "step", "date", "name", "block", "basis", "index", "low", "high", "error", "by_bins", "block_index", "block_error",
    "probability_low", "probability_high", "rises",
)  # fmt: skip
"""Of ``indices.csv``: a row for each target and thing that is not known."""
SWING_COLUMNS = (
    "step", "date", "name", "kind", "basis", "end", "value", "probability", "difference", "error", "trajectories",
    "refused",
)  # fmt: skip
"""Of ``tornado.csv``: a row for each target, bar and end."""
TOTAL_COLUMNS = ("step", "date", "block", "total", "total_error", "alone", "alone_error")
"""Of ``totals.csv``: a row for each target and block."""
EFFECT_COLUMNS = ("step", "date", "block", "mean", "mean_error", "size", "size_error", "spread")
"""Of ``morris.csv``: a row for each target and block; no mean where up means nothing."""
Cell = str | float | None


def index_rows(made: Sensitivity) -> Iterator[tuple[Cell, ...]]:
    """Rows of ``indices.csv``; ``rises`` is 0 where direction is not told from noise."""
    for target in made.first.targets:
        for unknown, alone in zip(made.first.unknowns, target.alone, strict=bool(target.alone)):
            block = (target.blocks or {}).get(unknown.block)
            whole = (None, None) if block is None else (block.index, block.error)
            yield (
                target.step, target.date.isoformat(), unknown.name, unknown.block, unknown.basis,
                alone.index, *alone.ends_90, alone.error, alone.by_bins,
                *whole,
                alone.probability[0], alone.probability[-1], alone.rises,
            )  # fmt: skip


def swing_rows(made: Sensitivity, tornado: Tornado) -> Iterator[tuple[Cell, ...]]:
    """Rows of ``tornado.csv``; what could not be run says why."""
    for place, target in enumerate(made.first.targets):
        for swing in tornado.swings:
            for end in swing.ends:
                head = (
                    *(target.step, target.date.isoformat()),
                    *(swing.name, swing.kind, swing.basis, end.said, end.value),
                )
                if end.shifts:
                    shift = end.shifts[place]
                    yield (*head, shift.probability, shift.difference, shift.error, swing.trajectories, "")
                else:
                    yield (*head, None, None, None, None, end.refused)


def total_rows(made: Sensitivity, found: Totals) -> Iterator[tuple[Cell, ...]]:
    """Rows of ``totals.csv``."""
    for target, blocks in zip(made.first.targets, found.targets, strict=True):
        for one in blocks:
            head = (target.step, target.date.isoformat(), one.block)
            yield (*head, one.total.index, one.total.error, one.alone.index, one.alone.error)


def effect_rows(made: Sensitivity, found: Morris) -> Iterator[tuple[Cell, ...]]:
    """Rows of ``morris.csv``."""
    for target, blocks in zip(made.first.targets, found.targets, strict=True):
        for one in blocks:
            mean = (one.mean, one.mean_error) if one.ordered else (None, None)
            yield (
                target.step,
                target.date.isoformat(),
                one.block,
                *mean,
                one.size,
                one.size_error,
                one.spread,
            )
