"""The command line: how a command begins and ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from sim.base.signals import answered, ended_by


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command and exits: 0 done, 1 a run failed, 2 bad input, 130 interrupted, 143 ended, 129 hung up.

    :param arguments: those of the process if not given; then signals are answered, too.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever called: what is said there is not wanted
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (open to the end)
    if arguments is not None:
        try:
            sys.exit(_run(arguments))
        finally:
            _forget()
    code = 1
    with suppress(KeyboardInterrupt, SystemExit), answered():
        code = _run(None)
    number = ended_by()
    if number is not None:  # threads that are still at work are not waited for
        os._exit(128 + number)
    sys.exit(code)


def _forget() -> None:
    """Facts of one's own are those of one command."""
    if (read := sys.modules.get("sim.facts.read")) is not None:
        read.choose_facts(None)


def _run(arguments: Sequence[str] | None) -> int:
    """The exit code of a command line, after everything that it says."""
    try:
        code = _call(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader (such as head) has seen enough
        _nowhere()
        return 1
    except OSError as error:
        print(f"{error.filename or 'standard output'}: {error.strerror or error}", file=sys.stderr)
        _nowhere()
        return 1
    return code


def _call(arguments: Sequence[str] | None) -> int:
    """What a verb returns is the exit code; nothing is 0."""
    import typer

    from sim.base.errors import AccessionError
    from sim.commands.app import app

    try:
        code = typer.main.get_command(app).main(arguments, prog_name="accession", standalone_mode=False)
    except AccessionError as error:
        print(error.on_command_line(), file=sys.stderr)
        return error.exit_code
    except typer.Abort:
        return 130
    except SystemExit as end:
        code = end.code
    return code if isinstance(code, int) else 0 if code is None else 1


def _nowhere() -> None:
    """What is still buffered for standard output goes nowhere, for it could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
