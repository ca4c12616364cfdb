"""Signals that end a command: within two seconds, tidily, and not while files change places.

The first signal raises in the main thread, and what is half done is undone on the way out. Python can do so only
between two of its own instructions, and a library may be a long time within one, or catch what was raised. So a
thread of its own is told of the signal as well; when the grace has passed it does what is left to do itself.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
GRACE = 1.0
"""Seconds that the main thread has, once a signal came, to end by itself."""

_ENDS = (KeyboardInterrupt, SystemExit)
"""What a signal raises. Where Python passes it over, cleaning up an object, the end is forced a little later."""
_came: list[int] = []
"""The signal by which the command ends, once there is one."""
_changing = threading.RLock()
"""Held while files change places."""
_left: list[Callable[[], object]] = []
"""What is to be undone if the command ends now."""


# --- the end of a command -----------------------------------------------------------------------------------


@contextmanager
def answered() -> Iterator[None]:
    """Signals end this process as a command ends: 130 interrupted, 143 ended, 129 hung up.

    What is ignored stays ignored (a shell starts commands in the background so). For the main thread of a process
    that does nothing else.
    """
    heard = [number for number in ENDING if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    for number in heard:
        signal.signal(number, _end)
    watched = _watched()
    told = sys.unraisablehook
    sys.unraisablehook = lambda what: None if _came and isinstance(what.exc_value, _ENDS) else told(what)
    try:
        yield
    finally:
        sys.unraisablehook = told
        for number in heard:
            signal.signal(number, signal.SIG_IGN if _came else signal.SIG_DFL)
        if watched is not None:
            signal.set_wakeup_fd(-1)
            os.close(watched)


def ended_by() -> int | None:
    """The signal that came."""
    return _came[0] if _came else None


def _end(number: int, frame: object) -> None:
    if _came:  # it is on its way out
        return
    _came.append(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def _watched() -> int | None:
    """Starts the thread that waits for signals; a file to close when it is not wanted any more."""
    try:
        reader, writer = os.pipe()
    except OSError:
        return None
    os.set_blocking(writer, False)
    try:
        threading.Thread(target=_watch, args=(reader,), daemon=True).start()
    except RuntimeError:  # the system gives no threads: then without
        os.close(reader)
        os.close(writer)
        return None
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return writer


def _watch(reader: int) -> None:
    """Waits for a signal, then for the end of the command; when the grace has passed, ends it."""
    number = 0
    while number not in ENDING:
        byte = os.read(reader, 1)
        if not byte:  # the command has ended
            os.close(reader)
            return
        number = byte[0]
    until = time.monotonic() + GRACE
    while (left := until - time.monotonic()) > 0:
        if select.select([reader], [], [], left)[0] and not os.read(reader, 64):
            os.close(reader)
            return
    _force(number)


def _force(number: int) -> None:
    """Ends the process from another thread than the main one."""
    with _changing:
        end_children()
        for undo in reversed(_left):
            with suppress(Exception):
                undo()
        os._exit(128 + number)


def end_children() -> None:
    """Ends the processes that this one has started to share its work."""
    if "multiprocessing" in sys.modules:
        from multiprocessing import active_children

        children = active_children()
        for child in children:
            child.kill()
        for child in children:
            child.join(0.2)


# --- what is under way ----------------------------------------------------------------------------------------


@contextmanager
def undone_by(undo: Callable[[], object]) -> Iterator[None]:
    """What is half done here is undone with ``undo``, if the process is ended before that is done in order."""
    _left.append(undo)
    try:
        yield
    finally:
        _left.remove(undo)


@contextmanager
def held_back() -> Iterator[None]:
    """What comes meanwhile takes effect at the end.

    Elsewhere than in the main thread only the forced end need be held back: signals interrupt only that one.
    """
    with _changing:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        came: list[int] = []
        before = {number: signal.getsignal(number) for number in ENDING}
        for number, handler in before.items():
            if handler not in (None, signal.SIG_IGN):
                signal.signal(number, lambda number, frame: came.append(number))
        try:
            yield
        finally:
            for number, handler in before.items():
                if handler not in (None, signal.SIG_IGN):
                    signal.signal(number, handler)
            for number in came[:1]:
                os.kill(os.getpid(), number)
