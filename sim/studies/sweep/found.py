"""The rows that a sweep has found so far, wherever they are: blocks of a journal, an older result, or memory.

Only where the rows of a point are is kept at hand, a few bytes for each; the rows are read when they are written out.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.studies.sweep.rows import ENDED

if TYPE_CHECKING:
    import pyarrow as pa

Ids = NDArray[np.uint64]
"""Ids of points as numbers."""
AT_ONCE = 64
"""Points that are written at once; so many are in a row group of a Parquet file."""
HELD = 8
"""Row groups that are held in memory; points of a design come nearly in the order in which they were run."""


def number_of(id: str) -> int:
    """An id as a number."""
    return int(id, 16)


class Found:
    """Where the rows of each point are."""

    def __init__(self) -> None:
        self._sources: list[Path | bytes] = []
        self._ids, self._failed = array("Q"), array("b")
        self._source, self._group, self._first, self._rows = (array("I") for _ in range(4))
        self._held: OrderedDict[tuple[int, int], pa.Table] = OrderedDict()

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, source: Path | bytes, again: bool = False) -> int:
        """Takes in a Parquet file of rows; how many points it has.

        :param again: whether points that ended their process are left out, so that they are tried again.

        :raises OSError: it is no such file.
        """
        before = len(self._ids)
        self._sources.append(source)
        with _opened(source) as opened:
            for group in range(opened.num_row_groups):
                self._take_in(group, opened.read_row_group(group, columns=["id", "error"]), again)
        return len(self._ids) - before

    def _take_in(self, group: int, rows: pa.Table, again: bool) -> None:
        ids = rows["id"].to_pylist()
        errors = rows["error"]
        starts = [i for i in range(len(ids)) if i == 0 or ids[i] != ids[i - 1]]
        for start, end in zip(starts, [*starts[1:], len(ids)], strict=True):
            if again and str(errors[start]).startswith(ENDED):
                continue
            self._ids.append(number_of(ids[start]))
            self._source.append(len(self._sources) - 1)
            self._group.append(group)
            self._first.append(start)
            self._rows.append(end - start)
            self._failed.append(errors[start].is_valid)

    @property
    def ids(self) -> Ids:
        """Of all points that were found, in no order."""
        return np.array(self._ids, dtype=np.uint64)

    def failed(self) -> Ids:
        """Of the points that could not be run."""
        failed: Ids = self.ids[np.array(self._failed, dtype=bool)]
        return failed

    def ordered(self, ids: Ids) -> Iterator[pa.Table]:
        """The rows of points in a given order, so many points at once; the bytes are the same wherever they were."""
        import pyarrow as pa

        order = np.argsort(self.ids, kind="stable")
        at = order[np.searchsorted(self.ids, ids, sorter=order)]
        for first in range(0, len(at), AT_ONCE):
            parts = [self._of(int(place)) for place in at[first : first + AT_ONCE]]
            yield pa.concat_tables(parts).combine_chunks()

    def _of(self, place: int) -> pa.Table:
        rows = self._rows_of(self._source[place], self._group[place])
        return rows.slice(self._first[place], self._rows[place])

    def _rows_of(self, source: int, group: int) -> pa.Table:
        key = (source, group)
        if key not in self._held:
            while len(self._held) >= HELD:
                self._held.popitem(last=False)
            with _opened(self._sources[source]) as opened:
                self._held[key] = opened.read_row_group(group)
        self._held.move_to_end(key)
        return self._held[key]


def _opened(source: Path | bytes) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.ParquetFile(pa.BufferReader(source) if isinstance(source, bytes) else source)
