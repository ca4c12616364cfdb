"""What the environment says to the libraries that a command uses, as far as it could only do harm."""

from __future__ import annotations

import os

MUCH = 8 << 30
"""Bytes of address space with which nothing need be spared."""
LEAST = 1_000_000_000
"""Bytes that an engine's libraries take before anything is simulated; with less, some of them abort."""


def settle() -> None:
    """Makes a command independent of settings that are meant for other programs; to be called before all imports.

    Nothing is shown in windows, numba's own threads are not used, nothing runs without being compiled, and plugins of
    pydantic are not looked for. Where memory is limited, libraries are told to reserve less of it.
    """
    os.environ["MPLBACKEND"] = "agg"
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    for name in ("NUMBA_NUM_THREADS", "NUMBA_DISABLE_JIT"):
        os.environ.pop(name, None)
    if memory_limit() < MUCH:
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        os.environ.setdefault("ARROW_IO_THREADS", "1")
        for library in ("OPENBLAS", "OMP", "MKL"):
            os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def room(limit: float) -> str:
    """What is said of a limit on memory."""
    return f"this process may have {limit / 1e6:.0f} MB"


def memory_limit() -> float:
    """Bytes of memory that this process may have."""
    try:
        import resource
    except ImportError:  # no such limits on this system
        return float("inf")
    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    return min((limit for limit in limits if limit != resource.RLIM_INFINITY), default=float("inf"))
