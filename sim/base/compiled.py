"""How functions are compiled, and where the machine code is kept.

numba keys its cache by the file of the function that was called, not by the files of those that it calls, so
after an edit elsewhere a stale kernel could answer. Here the cache's folder is named by a digest of every
compiled module, so code and cache cannot part.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config

from sim.base.machine_code import cache_folder, kept, warn
from sim.base.reference import by_reference as by_reference

F = TypeVar("F", bound=Callable[..., Any])

_ROOT = Path(__file__).parents[1]
SOURCES = (
    *(
        _ROOT / name
        for name in ("base/compiled.py", "base/dates.py", "base/machine_code.py", "base/reference.py")
    ),
    *(
        _ROOT / "model" / name
        for name in ("draws.py", "logarithm.py", "model.py", "rules.py", "tails.py", "worlds.py")
    ),
    *sorted((_ROOT / "engines" / "montecarlo").glob("*.py")),
)
"""Files whose functions are compiled or whose constants are built into them; a test holds the list to the imports."""


def _digest() -> str:
    digest = blake2b(numba.__version__.encode(), digest_size=8)
    for source in SOURCES:
        digest.update(source.read_bytes())
    return digest.hexdigest()


_KEEPS = cache_folder(_ROOT / "__pycache__", vars(config)["CACHE_DIR"])
if _KEEPS is None:
    warn("no folder that is this user's alone; everything is compiled again at every start")
else:
    vars(config)["CACHE_DIR"] = str(_KEEPS / f"compiled-{_digest()}")

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}


def compiled(function: F) -> F:
    """Compiles for native speed, releasing the interpreter's lock.

    Without ``fastmath``: every sum is done in the order written. Without numba's reference counts: no
    compiled function here allocates, and counting each array at each call took most of the time.
    """
    return _made(function, _OPTIONS)


def inlined(function: F) -> F:
    """Like :func:`compiled`, but always made part of its caller: for what runs at every happening."""
    return _made(function, {**_OPTIONS, "forceinline": True})


def _made(function: F, options: dict[str, Any]) -> F:
    made: F = numba.njit(**options)(function)
    if _KEEPS is not None and not vars(config)["DISABLE_JIT"]:
        kept(made, function)
    return made
