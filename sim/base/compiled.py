"""How functions are compiled, and where the machine code is kept.

numba keys its cache by the file of the function that was called, not by the files of those that it calls, so
after an edit elsewhere a stale kernel could answer. Here the cache's folder is named by a digest of every
compiled module, so code and cache cannot part.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeVar

import numba
from numba.core import config

from sim.base.reference import by_reference as by_reference

F = TypeVar("F", bound=Callable[..., Any])

_ROOT = Path(__file__).parents[1]
SOURCES = (
    *(_ROOT / name for name in ("base/compiled.py", "base/dates.py", "base/reference.py")),
    *(_ROOT / "model" / name for name in ("draws.py", "model.py", "rules.py")),
    *sorted((_ROOT / "engines" / "montecarlo").glob("*.py")),
)
"""Files whose functions are compiled or whose constants are built into them; a test holds the list to the imports."""


def _digest() -> str:
    digest = blake2b(numba.__version__.encode(), digest_size=8)
    for source in SOURCES:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _cache_folder() -> Path:
    """Beside the code if that can be written, else with the user's caches."""
    beside = _ROOT / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
        writable = os.access(beside, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        beside = Path(home) / "accession"
        if not os.access(Path(home), os.W_OK):
            beside = Path(gettempdir()) / f"accession-{os.getuid() if hasattr(os, 'getuid') else 0}"
    return beside / f"compiled-{_digest()}"


if not vars(config)["CACHE_DIR"]:
    vars(config)["CACHE_DIR"] = str(_cache_folder())


_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def compiled(function: F) -> F:
    """Compiles for native speed, releasing the interpreter's lock.

    Without ``fastmath``: every sum is done in the order written. Without numba's reference counts: no
    compiled function here allocates, and counting each array at each call took most of the time.
    """
    made: F = numba.njit(**_OPTIONS)(function)
    return made


def inlined(function: F) -> F:
    """Like :func:`compiled`, but always made part of its caller: for what runs at every happening."""
    made: F = numba.njit(**_OPTIONS, forceinline=True)(function)
    return made
