"""Commands as a user gives them: within this process where only the answer counts, else in one of their own.

A new interpreter imports half a dozen large libraries before it does anything, so that only what needs one
(signals, exit codes, memory, what is imported) gets one.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main

CHECKOUT = Path(__file__).resolve().parents[1]
Done = subprocess.CompletedProcess[str]
ACCESSION = (sys.executable, "-m", "sim.cli")
PATIENCE = 1800.0
"""Seconds until a process is given up: far more than it takes on a machine that does a lot else."""


def answer(*arguments: str) -> Done:
    """What ``accession ARGUMENTS`` says and how it ends, in this process and folder."""
    said, complained = io.StringIO(), io.StringIO()
    ending = signal.getsignal(signal.SIGTERM)
    try:
        with redirect_stdout(said), redirect_stderr(complained), pytest.raises(SystemExit) as end:
            main(arguments)
    finally:
        signal.signal(signal.SIGTERM, ending)
    code = end.value.code
    assert isinstance(code, int)
    return subprocess.CompletedProcess(arguments, code, said.getvalue(), complained.getvalue())


@contextmanager
def interruptible() -> Iterator[None]:
    """What ends a process ends one that is started here, even if this one was started otherwise (``&``, ``nohup``)."""
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Processes:
    """Processes that a test starts, each the first of a group, so that none of them outlives the test."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[Any]] = []

    def start(self, command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
        """As ``subprocess.Popen``; the code of this checkout is what a Python among them imports.

        :param options: ``env`` is added to the environment, ``only`` takes its place.
        """
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), **options.pop("env", {})}
        environment = options.pop("only", environment)
        with interruptible():
            process = subprocess.Popen(command, env=environment, start_new_session=True, **options)
        self._started.append(process)
        return process

    def run(self, command: Sequence[str | Path], **options: Any) -> Done:
        """Starts a process and waits for its end and for what it says."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        process = self.start(command, **{**pipes, **options})
        said, complained = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(command, process.returncode, said, complained)

    def accession(self, *arguments: str, **options: Any) -> Done:
        """``accession ARGUMENTS`` in a process of its own."""
        return self.run([*ACCESSION, *arguments], **options)

    def end(self) -> None:
        """Ends whatever still runs, with what it has started itself."""
        for process in self._started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()


def ran(command: Sequence[str | Path], **options: Any) -> Done:
    """What a process said that must end well; it does not outlive an error here, nor the end of the tests."""
    processes = Processes()
    try:
        done = processes.run(command, **options)
    finally:
        processes.end()
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def wait_until(holds: Callable[[], bool], running: subprocess.Popen[Any]) -> None:
    """Waits until something holds, as long as the process that is to bring it about runs."""
    given_up = time.monotonic() + PATIENCE
    while not holds():
        if running.poll() is not None:
            said = running.stderr.read() if running.stderr is not None else ""
            pytest.fail(f"ended with {running.returncode} before its time: {said}")
        assert time.monotonic() < given_up, "waited in vain"
        time.sleep(0.01)
