"""Products of matrices in pieces that the matrix library does not share among threads.

So the last bit does not depend on the number of threads, and threads that a busy machine keeps apart do not wait for
one another.
"""

from __future__ import annotations

import numpy as np

from sim.model.model import Floats

SMALL = 1 << 18
"""Multiplications up to which one thread does a product (OpenBLAS and others have thresholds no lower)."""


def product(a: Floats, b: Floats) -> Floats:
    """``a @ b`` of [n, m] and [m, k]."""
    rows = SMALL // (a.shape[1] * b.shape[1])
    if not rows:
        return np.asarray(np.einsum("nm,mk->nk", a, b))
    return np.concatenate([a[i : i + rows] @ b for i in range(0, len(a), rows)])


def gram(a: Floats) -> Floats:
    """``a.T @ a`` of [n, k]."""
    rows = SMALL // a.shape[1] ** 2
    if not rows:
        return np.asarray(np.einsum("ni,nj->ij", a, a))
    pieces = (a[i : i + rows] for i in range(0, len(a), rows))
    return np.asarray(sum(piece.T @ piece for piece in pieces))


def orthonormal(columns: Floats, tiny: float) -> Floats:
    """[n, r] orthonormal columns that span those of [n, k], in their order; r < k where some follow from others.

    :param tiny: part of the square of a column that is rounding, if no more of it is new.
    """
    lower = gram(columns)
    whole, kept = np.diag(lower).copy(), []
    inverse = np.zeros_like(lower)
    for j in range(len(lower)):
        done = lower[j, :j]
        pivot = lower[j, j] - np.einsum("i,i", done, done)
        new = pivot > tiny * whole[j] and whole[j] > 0.0
        root = np.sqrt(pivot) if new else 1.0
        below = lower[j + 1 :, j] - np.einsum("ki,i->k", lower[j + 1 :, :j], done)
        lower[j:, j] = 0.0
        if new:
            kept.append(j)
            lower[j, j], lower[j + 1 :, j] = root, below / root
            inverse[j, :j] = -np.einsum("i,ik->k", done, inverse[:j, :j]) / root
            inverse[j, j] = 1 / root
    return product(columns, np.ascontiguousarray(inverse[kept].T))
