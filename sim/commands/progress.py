"""How far a command has come, shown while it works."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(
    total: int, what: str = "trajectories", quiet: bool = False
) -> Iterator[Callable[[int], None]]:
    """A bar on standard error if that is a terminal and nobody asked for quiet, else nothing."""
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    from tqdm import tqdm

    with tqdm(total=total, unit=f" {what}", unit_scale=True, leave=False, file=sys.stderr) as bar:
        yield lambda done: (bar.update(done), None)[1]
