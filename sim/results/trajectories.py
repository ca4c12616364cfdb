"""The Parquet files of a run: trajectories as they come, worlds, and when steps are taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base.errors import RunError
from sim.engines.paths import Paths, TiltedPaths, concatenated
from sim.model.model import HOW, NONE, NOT_REACHED, Floats, Model
from sim.results.columns import days, floats, named, numbers
from sim.scenario.names import (
    blocker_columns,
    how_column,
    probability_column,
    substitute_column,
    watch_column,
    weight_columns,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    from sim.model.worlds import Worlds

ROW_GROUP = 1 << 16
"""Rows of a Parquet row group; fixed, so that blocks and threads cannot show in the file."""


def trajectory_schema(model: Model, weighed: bool = False) -> pa.Schema:
    """Columns of ``trajectories.parquet``; those of weights only if the run has them."""
    import pyarrow as pa

    names = pa.dictionary(pa.int16(), pa.string())
    columns: list[tuple[str, Any]] = [("trajectory", pa.int64()), ("world", pa.int64())]
    for step in model.step_names:
        columns += [(step, pa.float64()), (how_column(step), pa.dictionary(pa.int8(), pa.string()))]
        columns += [(name, pa.uint64()) for name in blocker_columns(step, model.blocker_words)]
    columns += [("last_to_move", names), ("last_to_ratify", names)]
    columns += [(name, pa.float64()) for name in map(watch_column, model.watch_names)]
    columns += (
        [(name, pa.float64()) for name in weight_columns(model.step_names, model.watch_names)]
        if weighed
        else []
    )
    return pa.schema(columns)


def _repeating(schema: pa.Schema) -> list[str]:
    """Columns that have few values: a dictionary of times, none of which comes twice, is made for nothing."""
    import pyarrow as pa

    return [field.name for field in schema if pa.types.is_dictionary(field.type) or field.type == pa.uint64()]


def to_table(model: Model, paths: Paths) -> pa.Table:
    """Paths as a table: years as float64 (null = not within the horizon), names as categories."""
    import pyarrow as pa

    def years(times: Any) -> pa.Array:
        return numbers(times, np.isinf(times))

    def voters(values: Any) -> pa.Array:
        return named(np.maximum(values, 0).astype(np.int16), model.voter_names, values == NONE)

    columns: list[Any] = [numbers(paths.trajectory), numbers(paths.world)]
    for i in range(model.n_steps):
        columns += [years(paths.time[:, i]), named(paths.how[:, i], HOW)]
        columns += [numbers(paths.blockers[:, i, word]) for word in range(model.blocker_words)]
    columns += [voters(paths.last_to_move), voters(paths.last_to_ratify)]
    columns += [years(paths.watch[:, i]) for i in range(len(model.watch_names))]
    weighed = isinstance(paths, TiltedPaths)
    if isinstance(paths, TiltedPaths):
        columns += [numbers(column) for column in paths.weights.T]
    return pa.Table.from_arrays(columns, schema=trajectory_schema(model, weighed))


class TrajectoryWriter:
    """Writes blocks of paths as row groups of one size, whatever the size of the blocks."""

    def __init__(self, file: Path, model: Model, weighed: bool = False) -> None:
        import pyarrow.parquet as pq

        self._model = model
        schema = trajectory_schema(model, weighed)
        self._writer: pq.ParquetWriter = pq.ParquetWriter(
            file, schema, compression="zstd", store_schema=True,
            use_dictionary=_repeating(schema), write_statistics=["trajectory", "world"],
        )  # fmt: skip
        self._waiting: list[Paths] = []
        self._rows = 0

    def add(self, paths: Paths) -> None:
        """Takes in a block; writes when a row group is full."""
        self._waiting.append(paths)
        self._rows += len(paths)
        if self._rows >= ROW_GROUP:
            self._write(last=False)

    def close(self) -> None:
        """Writes what is left."""
        if self._rows:
            self._write(last=True)
        self._writer.close()

    def _write(self, last: bool) -> None:
        joined = concatenated(self._waiting)
        table = to_table(self._model, joined)
        full = self._rows if last else self._rows - self._rows % ROW_GROUP
        self._writer.write_table(table.slice(0, full), row_group_size=ROW_GROUP)
        self._waiting = [joined.rows(full)] if full < self._rows else []
        self._rows -= full


def write_worlds(file: Path, worlds: Worlds, shares: Any, model: Model) -> None:
    """One row per world: every parameter, and the probability of each step and substitute by the horizon.

    :param shares: shape (W, S+K).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"world": np.arange(len(worlds)), **worlds.parameters}
    steps = model.step_names
    names = [*map(probability_column, steps), *(substitute_column(steps[i]) for i in model.replaceable)]
    columns |= {name: shares[:, i] for i, name in enumerate(names)}
    table = pa.table({name: numbers(column) for name, column in columns.items()})
    pq.write_table(table, file, compression="zstd", use_dictionary=False, write_statistics=["world"])


def write_times(file: Path, steps: Sequence[str], start: date, ends: Sequence[date], counts: Any) -> None:
    """One row per step and bin: when how many trajectories took the step, over all worlds.

    Columns: ``step``; ``after`` and ``until``, the dates that bound the bin, of which the second belongs to it
    (and the start to the first bin); ``trajectories``; of these ``passed``, ``waived``, ``bypassed``.

    :param ends: the last day of each bin, B in order; :param counts: shape (S, ways of taking it, B).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    ways = {name: counts[:, i].ravel() for i, name in enumerate(HOW) if i != NOT_REACHED}
    counted = {"trajectories": sum(ways.values()), **ways}
    columns = _bins(steps, start, ends) | {name: numbers(column) for name, column in counted.items()}
    pq.write_table(pa.table(columns), file, compression="zstd")


def write_bin_chances(
    file: Path, steps: Sequence[str], replaced: Sequence[int], start: date, ends: Sequence[date], chances: Any
) -> None:
    """The same where nothing is counted: ``probability`` that the step is taken in the bin, and ``substitute``, that a
    substitute takes its place then (null where none can).

    :param replaced: numbers of the K steps that a substitute can replace; :param chances: shape (S+K, B).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    itself, substitute = np.asarray(chances)[: len(steps)], np.zeros((len(steps), len(ends)))
    substitute[list(replaced)] = chances[len(steps) :]
    none = ~np.isin(np.arange(len(steps)), replaced)
    columns = {
        **_bins(steps, start, ends),
        "probability": numbers(itself.ravel()),
        "substitute": pa.array(substitute.ravel(), mask=np.repeat(none, len(ends))),
    }
    pq.write_table(pa.table(columns), file, compression="zstd")


def _bins(steps: Sequence[str], start: date, ends: Sequence[date]) -> dict[str, Any]:
    """A row for each step and bin: step, after, until."""
    number = np.repeat(np.arange(len(steps), dtype=np.int8), len(ends))
    return {
        "step": named(number, steps),
        "after": days([start, *ends[:-1]] * len(steps)),
        "until": days([*ends] * len(steps)),
    }


# --- reading --------------------------------------------------------------------------------------------


def read_trajectories(folder: Path) -> pd.DataFrame:
    """``trajectories.parquet`` as a data frame: one row per trajectory."""
    import pandas as pd

    return pd.read_parquet(Path(folder) / "trajectories.parquet")


def read_times(folder: Path) -> pd.DataFrame:
    """``times.parquet`` as a data frame: one row per step and bin between two meetings."""
    import pandas as pd

    return pd.read_parquet(Path(folder) / "times.parquet")


def world_columns(folder: Path, names: Sequence[str]) -> dict[str, Floats]:
    """Those columns of ``worlds.parquet`` that are there, a value for each world.

    :raises RunError: the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = folder / "worlds.parquet"
    try:
        stored = pq.ParquetFile(file)
        table = stored.read([name for name in names if name in stored.schema_arrow.names])
    except (OSError, pa.ArrowException) as error:
        raise RunError(f"{file}: cannot be read: {error}") from None
    return {name: floats(table[name]) for name in table.column_names}


def read_worlds(folder: Path) -> pd.DataFrame:
    """``worlds.parquet`` as a data frame: one row per world."""
    import pandas as pd

    return pd.read_parquet(Path(folder) / "worlds.parquet")
