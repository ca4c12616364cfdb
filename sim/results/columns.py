"""Columns of Parquet files from NumPy arrays and back, without loading more than is needed.

``pyarrow.array`` and ``to_numpy`` would load pandas, which takes longer than writing the files of a small run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = date(1970, 1, 1).toordinal()


def numbers(values: Any, missing: Any = None) -> pa.Array:
    """A column of whole numbers or floats.

    :param missing: where there is none, shape of ``values``.
    """
    import pyarrow as pa

    data = np.ascontiguousarray(values)
    return _column(pa.from_numpy_dtype(data.dtype), data, missing)


def texts(values: Sequence[str | None]) -> pa.Array:
    """A column of text, with gaps where there is none."""
    import pyarrow as pa

    parts = [b"" if value is None else value.encode() for value in values]
    ends = np.cumsum([0, *map(len, parts)], dtype=np.int32)
    there = None
    if None in values:
        there = pa.py_buffer(np.packbits([value is not None for value in values], bitorder="little"))
    return pa.StringArray.from_buffers(len(parts), pa.py_buffer(ends), pa.py_buffer(b"".join(parts)), there)


def days(values: Sequence[date]) -> pa.Array:
    """A column of dates."""
    import pyarrow as pa

    return _column(pa.date32(), np.array([day.toordinal() - _EPOCH for day in values], dtype=np.int32), None)


def named(codes: Any, names: Sequence[str], missing: Any = None) -> pa.Array:
    """A column of categories: a place in ``names`` for each row."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(numbers(codes, missing), texts(names))


def floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """The values of a column of float64 without gaps."""
    parts = [np.frombuffer(part.buffers()[1])[part.offset :][: len(part)] for part in column.chunks]
    return np.concatenate(parts)


def _column(kind: pa.DataType, data: Any, missing: Any) -> pa.Array:
    import pyarrow as pa

    there = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(kind, len(data), [there, pa.py_buffer(data)])
