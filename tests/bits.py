"""Equality to the bit of two engines' paths, how many bits are set, and tables read to the last one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.engines.paths import Paths

COLUMNS = tuple(field.name for field in fields(Paths))


def differences(one: Paths, other: Paths) -> list[str]:
    """Every column in which the two differ in type, shape or any bit, with the first row that does."""
    found = []
    for name in COLUMNS:
        a, b = getattr(one, name), getattr(other, name)
        if a.dtype != b.dtype or a.shape != b.shape:
            found.append(f"{name}: {a.dtype}{a.shape} and {b.dtype}{b.shape}")
        elif a.tobytes() != b.tobytes():
            # compared as bytes, so that -0.0 is not 0.0 and a NaN equals itself
            x, y = (np.ascontiguousarray(v).view(np.uint8).reshape(*v.shape, v.itemsize) for v in (a, b))
            at = tuple(int(i) for i in np.argwhere((x != y).any(axis=-1))[0])
            found.append(f"{name}{list(at)}: {a[at]!r} and {b[at]!r}")
    return found


def ones(words: Any) -> int:
    """How many bits are set in all unsigned integers of an array together."""
    return int(np.unpackbits(np.ascontiguousarray(words).view(np.uint8)).sum())


def read_csv(file: Path) -> pd.DataFrame:
    """A table whose numbers are those that were written: by itself, pandas before 3 reads some a bit beside."""
    table = pd.read_csv(file, dtype=str)
    for name in table:
        with suppress(ValueError):  # a column of names or dates
            table[name] = [float(cell) for cell in table[name]]
    return table
