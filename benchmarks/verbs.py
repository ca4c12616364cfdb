"""What a user waits for: each verb as a whole process, by processor time, files and report and all."""

from __future__ import annotations

import resource
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.measured import Effort, Measured, accession

PART = "verbs"


class Verb(NamedTuple):
    """A command, and what it should take."""

    words: str
    """After ``accession``, as they are typed."""
    aim: float | None = None
    """Seconds of processor; None if none was set."""
    before: str = ""
    """Seconds of processor when the aim was set, on another machine."""

    @property
    def what(self) -> str:
        """What it is called in the table."""
        return f"accession {self.words}"


RUN = "run status-quo"
VERBS = (
    Verb("list", 0.3, "0.8"),
    Verb("validate status-quo", 0.3, "0.5 to 0.8"),
    Verb("show status-quo", 0.3, "0.5 to 0.8"),
    Verb("new athens-soon", 0.3, "0.5 to 0.8"),
    Verb(f"{RUN} --trajectories 20000", 1.5, "4.0"),
    Verb(RUN, 2.5, "5.4"),
    Verb(f"{RUN} --variants", 5.0, "17"),
    Verb("compare status-quo athens-first four-together", 3.0, "7.6"),
    Verb("replay status-quo", 0.6, "1.0"),
    Verb("report results/status-quo"),
    Verb("given results/status-quo settlement=comprehensive"),
    Verb("sensitivity results/status-quo --no-tornado"),
    Verb("sensitivity status-quo"),
    Verb("levers status-quo"),
    Verb("believe status-quo --step pfp --by 2036 --above 50%"),
)
"""In the order in which they are measured: those that ask a run come after it."""


def verbs(effort: Effort) -> Iterator[Measured]:
    """Every verb in its turn, in rounds; the caches of machine code and of Python are warm."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(-1, effort.rounds):
            for verb in VERBS:
                (Path(folder) / "athens-soon.yaml").unlink(missing_ok=True)
                seconds = processor_seconds(_words(verb, effort), folder)
                if number >= 0:  # the round before the first warms caches, and compiles where nobody has
                    yield Measured(PART, verb.what, "", number, "cpu_s", seconds)


def _words(verb: Verb, effort: Effort) -> list[str]:
    """The command; a quick run has fewer trajectories."""
    words = verb.words.split()
    simulates = words[0] in ("run", "compare", "levers", "believe") or verb.words == "sensitivity status-quo"
    if effort.shrink > 1 and simulates and "--trajectories" not in words:
        words += ["--trajectories", str(20_000 // effort.shrink)]
    return words


def processor_seconds(words: list[str], folder: str) -> float:
    """User and system time of a command from start to end, in a folder of its own.

    :raises CalledProcessError: it failed.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(accession(*words), check=True, cwd=folder, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
