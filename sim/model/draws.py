"""Keyed draws: the only source of chance.

A draw is named by what it means, never by when it is asked for: a stream is (seed, meaning), a block in it
is (unit, index, sub), where the unit is a trajectory or a world. Blocks come from Philox 4x32-10
(Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), a bijection of the counter under a key,
so any block can be had alone, in any order, on any worker.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numba import uint32, uint64
from numpy.typing import NDArray

from sim.base.compiled import compiled, inlined

Key = NDArray[np.uint32]
"""Two 32-bit words."""

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint32(0x9E3779B9), np.uint32(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_STEP = 2.0**-52
_EXPONENT = np.uint64(0x4330000000000000)
"""The bits of 2.0**52: whatever stands in the 52 below them is added to it."""
_LESS_HALF = 2.0**52 - 0.5


def key(seed: int, meaning: str) -> Key:
    """Key of the stream that ``meaning`` names under ``seed``: two uint32 words."""
    digest = blake2b(f"{seed}/{meaning}".encode(), digest_size=8).digest()
    return np.frombuffer(digest, dtype="<u4").astype(np.uint32)


@inlined
def philox(
    c0: np.uint32, c1: np.uint32, c2: np.uint32, c3: np.uint32, k0: np.uint32, k1: np.uint32
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """Ten rounds of Philox 4x32 on counter ``c0..c3`` under key ``k0, k1``."""
    for _ in range(10):
        p0 = _M0 * uint64(c0)
        p1 = _M1 * uint64(c2)
        c0, c1, c2, c3 = (
            uint32(p1 >> _32) ^ c1 ^ k0,
            uint32(p1 & _LOW),
            uint32(p0 >> _32) ^ c3 ^ k1,
            uint32(p0 & _LOW),
        )
        k0 = uint32(k0 + _W0)
        k1 = uint32(k1 + _W1)
    return c0, c1, c2, c3


@inlined
def _uniform(high: np.uint32, low: np.uint32) -> float:
    """The middle of one of 2**52 equal cells of (0, 1): never 0, never 1.

    The cell's number becomes a float by way of its bits, which is quicker than to convert it, and as exact.
    """
    cell = (uint64(high) >> uint64(6)) << uint64(26) | (uint64(low) >> uint64(6))
    return float((np.uint64(cell | _EXPONENT).view(np.float64) - _LESS_HALF) * _STEP)


@inlined
def block(k0: np.uint32, k1: np.uint32, unit: int, index: int, sub: int) -> tuple[float, float]:
    """The two uniforms of one block.

    :param k0, k1: the words of the stream's key.
    :param unit: number of the trajectory or world, from 0.
    :param index: how many-th use, or the ordinal of a date.
    :param sub: further blocks of the same use (rejection, parts of a mixture).
    """
    a, b, c, d = philox(uint32(unit), uint32(uint64(unit) >> _32), uint32(index), uint32(sub), k0, k1)
    return _uniform(a, b), _uniform(c, d)


@compiled
def blocks(keys: Key, index: NDArray[np.uint32], unit: int, out: NDArray[np.float64]) -> None:
    """Many blocks at once: a simple loop, which compilers turn into several blocks at a time.

    :param keys: of N streams, shape (2, N); :param index: how many-th use, shape (N or more,).
    :param out: where the uniforms go, shape (2, N or more).
    """
    for i in range(keys.shape[1]):
        out[0, i], out[1, i] = block(keys[0, i], keys[1, i], unit, index[i], 0)


@compiled
def blocks_in_a_row(k0: np.uint32, k1: np.uint32, first: int, unit: int, out: NDArray[np.float64]) -> None:
    """The same of one stream: those from the ``first``-th use on, as many as ``out`` [2, N] has room for."""
    for i in range(out.shape[1]):
        out[0, i], out[1, i] = block(k0, k1, unit, first + i, 0)


@compiled
def uniforms(k: Key, unit: int, index: int, sub: int) -> tuple[float, float]:
    """The two uniforms of one block of the stream with key ``k``, shape (2,); see :func:`block`."""
    return block(k[0], k[1], unit, index, sub)


@compiled
def uniform(k: Key, unit: int, index: int) -> float:
    """The first uniform of a block."""
    return block(k[0], k[1], unit, index, 0)[0]
