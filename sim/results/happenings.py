"""Times of happenings from ``trajectories.parquet``, a block at a time and only the columns that are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.base.errors import RunError
from sim.model.model import BYPASSED, HOW, Floats, Ints
from sim.scenario.names import SUBSTITUTE, how_column, watch_column

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "trajectories.parquet"
ROWS = 1 << 16
"""Futures that are in memory at a time."""


@dataclass(frozen=True)
class Block:
    """n futures."""

    trajectory: Ints
    world: Ints
    times: Mapping[str, Floats]
    """Happening -> when it came about [n], in years since the start; infinity for never."""
    weights: Floats | None
    """[n, names] up to each happening; None if the run is not tilted."""


def happenings(
    folder: Path, names: Sequence[str], replaced: Sequence[str], weighed: bool, needed: Sequence[str]
) -> Iterator[Block]:
    """Blocks of futures, in order.

    :param names: of all happenings: steps, ``substitute for`` a step, watched entries (``settlement=comprehensive``);
        weights stand in their order. :param needed: those that are read; weights of others are 0.
    :param replaced: steps in whose place a substitute can stand.
    :raises RunError: the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = folder / FILE
    columns = ["trajectory", "world", *_columns(needed, replaced, weighed)]
    try:
        # what is buffered before it is needed stays in memory to the end
        with pq.ParquetFile(file, pre_buffer=False) as stored:
            for batch in stored.iter_batches(ROWS, columns=list(dict.fromkeys(columns))):
                times = {name: _times(batch, name, name in replaced) for name in needed}
                weights = _weights(batch, names, needed) if weighed else None
                yield Block(_whole(batch.column("trajectory")), _whole(batch.column("world")), times, weights)
    except (OSError, KeyError, pa.ArrowException) as error:
        raise RunError(f"{file}: cannot be read: {error}") from None


def _column(name: str) -> str:
    """The column with the times of a happening."""
    return watch_column(name) if "=" in name else name.removeprefix(SUBSTITUTE)


def _columns(needed: Sequence[str], replaced: Sequence[str], weighed: bool) -> Iterator[str]:
    for name in needed:
        yield _column(name)
        if name.startswith(SUBSTITUTE) or name in replaced:
            yield how_column(_column(name))
        if weighed:
            yield f"weight_{_column(name)}"


def _times(batch: pa.RecordBatch, name: str, replaced: bool) -> Floats:
    times = _floats(batch.column(_column(name)), np.inf)
    substitute = name.startswith(SUBSTITUTE)
    if not substitute and not replaced:
        return times
    bypassed = _is(batch.column(how_column(_column(name))), HOW[BYPASSED])
    return np.where(bypassed == substitute, times, np.inf)


def _weights(batch: pa.RecordBatch, names: Sequence[str], needed: Sequence[str]) -> Floats:
    weights = np.zeros((batch.num_rows, len(names)))
    for i, name in enumerate(names):
        if name in needed:
            weights[:, i] = _floats(batch.column(f"weight_{_column(name)}"), 0.0)
    return weights


# --- columns of a batch, without loading pandas -----------------------------------------------------------


def _floats(column: Any, missing: float) -> Floats:
    there, data = column.buffers()
    values = np.frombuffer(data, np.float64)[column.offset : column.offset + len(column)]
    if there is None or not column.null_count:
        return values.copy()
    bits = np.unpackbits(np.frombuffer(there, np.uint8), bitorder="little")
    return np.where(bits[column.offset : column.offset + len(column)], values, missing)


def _whole(column: Any) -> Ints:
    values: Ints = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column)]
    return values


def _is(column: Any, word: str) -> NDArray[np.bool_]:
    """Where a column of categories has a word; the file may have its categories in another order."""
    words = column.dictionary.to_pylist()
    codes = column.indices
    numbers = np.frombuffer(codes.buffers()[1], codes.type.to_pandas_dtype())
    found = numbers[codes.offset : codes.offset + len(codes)]
    return np.asarray(found == words.index(word)) if word in words else np.zeros(len(found), np.bool_)
