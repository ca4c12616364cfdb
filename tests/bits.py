"""Equality to the bit of two engines' paths, and how many bits are set."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

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
