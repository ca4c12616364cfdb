"""How far a command has come, shown while it works, and the answer as soon as it is known."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tqdm import tqdm

COMPILING = "compiling the engine, once for this version: about a minute"


class Progress:
    """Told how much more is done; shows it if there is a bar."""

    def __init__(self, bar: tqdm[None] | None = None) -> None:
        self._bar = bar

    def __call__(self, done: int) -> None:
        """So much more is done."""
        if self._bar is not None:
            self._bar.update(done)

    def say(self, text: str) -> None:
        """Prints on standard output, above the bar."""
        with self._bar.external_write_mode(file=sys.stdout) if self._bar is not None else nullcontext():
            print(text, flush=True)


@contextmanager
def progress_bar(total: int, what: str = "trajectories", quiet: bool = False) -> Iterator[Progress]:
    """A bar on standard error if that is a terminal and nobody asked for quiet, else nothing."""
    if quiet or not sys.stderr.isatty():
        yield Progress()
        return
    from tqdm import tqdm

    from sim.base.machine_code import told_when_compiling

    with (
        tqdm(total=total, unit=f" {what}", unit_scale=True, leave=False, file=sys.stderr) as bar,
        told_when_compiling(lambda: bar.write(COMPILING, file=sys.stderr)),
    ):
        yield Progress(bar)


def answer_first(quiet: bool, as_json: bool) -> bool:
    """Whether the answer is shown before files are written: where somebody waits for it, at a terminal."""
    return not quiet and not as_json and sys.stdout.isatty()
