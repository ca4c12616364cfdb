"""The command line: how a command begins and ends."""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from sim.base.environment import MUCH, memory_limit, room, settle
from sim.base.signals import answered, ended_by
from sim.base.terminal import screens

TOO_LITTLE = "not enough memory"
SPARING = {"--keep": "--keep summary", "--worlds": "fewer --worlds", "--threads": "--threads 1"}
"""Options with which a verb that has them needs less memory."""
CUT_SHORT = "a file or a process ended before all of it was read; try again, or with --threads 1"
YOUNG = 100_000
"""New objects after which garbage is looked for; libraries make half a million while they load, and hardly any is."""
UNKNOWN_PLACE = (errno.ENOENT, errno.ESTALE)
"""What the system says of a working folder that somebody has removed."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command and exits: 0 done, 1 a run failed, 2 bad input, 130 interrupted, 143 ended, 129 hung up.

    :param arguments: those of the process if not given; then signals are answered, too.
    """
    if arguments is not None:
        try:
            sys.exit(_run(arguments))
        finally:
            _forget()
    code = 1
    gc.set_threshold(YOUNG, 20, 50)
    _open_streams()
    settle()
    with suppress(KeyboardInterrupt, SystemExit), answered():
        code = _run(None)
    number = ended_by()
    if number is not None:  # threads that are still at work are not waited for
        os._exit(128 + number)
    gc.freeze()  # or the interpreter looks through all that is there once more, only to end
    sys.exit(code)


def _forget() -> None:
    """Facts of one's own are those of one command."""
    if (read := sys.modules.get("sim.facts.read")) is not None:
        read.choose_facts(None)


def _open_streams() -> None:
    """What was closed by whoever called leads nowhere, and what cannot be written in their encoding is replaced."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        with suppress(OSError):
            os.fstat(number)
            continue
        os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: no file of ours takes its place
        setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 (open to the end)
    with suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]


def _run(arguments: Sequence[str] | None) -> int:
    """The exit code of a command line, after everything that it says."""
    try:
        with screens():
            code = _call(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader (such as head) has seen enough
        _nowhere(sys.stdout)
        return 1
    except MemoryError:
        return _failed(_too_little(arguments))
    except ImportError as error:
        if not any(said in str(error) for said in ("map segment", "allocate memory")):
            raise
        return _failed(f"{TOO_LITTLE} (the libraries alone do not fit)")
    except OSError as error:
        from sim.base.errors import reason

        if error.errno == errno.ENOMEM or (error.errno is None and memory_limit() < MUCH):
            return _failed(_too_little(arguments))
        what = error.filename or ("the working folder" if error.errno in UNKNOWN_PLACE else "standard output")
        return _failed(f"{what}: {reason(error)}")
    except Exception as error:
        if memory_limit() >= MUCH:
            raise
        # Libraries that get no memory say so in words of their own, or not at all.
        told = " ".join(f"{type(error).__name__}: {error}".split())
        return _failed(f"{_too_little(arguments)} ({room(memory_limit())}; {told})")
    return code


def _too_little(arguments: Sequence[str] | None) -> str:
    """That memory is too little, and what the verb that was asked for needs less of it with."""
    # where memory is short, this may be too much as well: then it goes without advice
    with suppress(Exception):
        from sim.commands.app import line

        words = sys.argv[1:] if arguments is None else arguments
        verb = next(found for word in words if (found := line().commands.get(word)) is not None)
        has = {option for parameter in verb.params for option in parameter.opts}
        if ways := [way for option, way in SPARING.items() if option in has]:
            return (
                f"{TOO_LITTLE}; less is needed with {', '.join(ways).replace(', --threads', ' or --threads')}"
            )
    return TOO_LITTLE


def _call(arguments: Sequence[str] | None) -> int:
    """What a verb returns is the exit code; nothing is 0."""
    import typer

    from sim.base.errors import AccessionError
    from sim.commands.app import line

    try:
        code = line().main(arguments, prog_name="accession", standalone_mode=False)
    except AccessionError as error:
        _complain(error.on_command_line())
        return error.exit_code
    except typer.Abort as abort:
        if isinstance(abort.__context__, EOFError):  # typer takes it for an end that was asked for
            return _failed(CUT_SHORT)
        return 130
    except SystemExit as end:
        code = end.code
    return code if isinstance(code, int) else 0 if code is None else 1


def _failed(problem: str) -> int:
    _complain(problem)
    _nowhere(sys.stdout)
    return 1


def _complain(problem: str) -> None:
    """Says on standard error what is wrong, if anybody can be told."""
    try:
        print(problem, file=sys.stderr, flush=True)
    except OSError:
        _nowhere(sys.stderr)


def _nowhere(stream: object) -> None:
    """What is still buffered for a stream goes nowhere, for it could not be written."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
