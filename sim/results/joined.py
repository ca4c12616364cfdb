"""One Parquet file of several scenarios, joined by trajectory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.engines.paths import Paths
from sim.estimates.outcomes import Outcomes
from sim.results.trajectories import ROW_GROUP

if TYPE_CHECKING:
    import pyarrow as pa

Entry = tuple[str, int, int]
"""Name, number of the scenario, and number of the watched entry there."""


class JoinedWriter:
    """Writes blocks of the same trajectories of every scenario: years since the start, null for never.

    Row groups have one size, so that blocks and threads do not show in the file.
    """

    def __init__(self, file: Path, outcomes: Mapping[str, Outcomes], entries: Sequence[Entry]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = [f"{scenario}: {step}" for scenario, of in outcomes.items() for step in of.taken]
        names += [name for name, _, _ in entries]
        fields = [
            ("trajectory", pa.int64()),
            ("world", pa.int64()),
            *((name, pa.float64()) for name in names),
        ]
        self._outcomes, self._entries, self._schema = [*outcomes.values()], entries, pa.schema(fields)
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd", store_schema=True)
        self._waiting: list[pa.Table] = []

    def add(self, blocks: Sequence[Paths]) -> None:
        """Takes in the same trajectories of every scenario; writes when a row group is full."""
        import pyarrow as pa

        times = [
            time for of, block in zip(self._outcomes, blocks, strict=True) for time in of.times_taken(block).T
        ]
        times += [blocks[scenario].watch[:, entry] for _, scenario, entry in self._entries]
        columns = [pa.array(blocks[0].trajectory), pa.array(blocks[0].world)]
        columns += [pa.array(time, mask=np.isinf(time)) for time in times]
        self._waiting.append(pa.Table.from_arrays(columns, schema=self._schema))
        if sum(map(len, self._waiting)) >= ROW_GROUP:
            self._write(last=False)

    def close(self) -> None:
        """Writes what is left."""
        if self._waiting:
            self._write(last=True)
        self._writer.close()

    def _write(self, last: bool) -> None:
        import pyarrow as pa

        table = pa.concat_tables(self._waiting)
        full = len(table) if last else len(table) - len(table) % ROW_GROUP
        self._writer.write_table(table.slice(0, full).combine_chunks(), row_group_size=ROW_GROUP)
        self._waiting = [table.slice(full)] if full < len(table) else []
