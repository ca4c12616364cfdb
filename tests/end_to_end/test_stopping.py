"""Commands end within two seconds of a signal, whatever they are at, and leave nothing behind."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sim import cli
from sim.base.environment import settle
from sim.base.errors import RunError
from sim.engines.montecarlo import engine
from sim.engines.montecarlo.packing import tables
from sim.engines.montecarlo.stop import stop
from sim.facts.read import load_facts
from sim.results.folder import PARTIAL
from sim.scenario.load import load_text
from sim.studies.prepare import Prepared, prepare
from tests.commands import ACCESSION, Processes, interruptible, wait_until

ENDS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
SECONDS = 2.0


def busy(voters: int) -> str:
    """A scenario of which one trajectory takes minutes: everybody changes his mind a thousand times a year."""
    codes = [code for code in sorted(load_facts().countries) if code != "XKX"]
    return f"""\
schema: 1
title: Busy
question: Can it be stopped?
organisation: NATO
candidate: XKX
start: 2026-12-01
horizon: 2226-12-01
members: [{", ".join(codes[:voters])}]
chains:
  mood: {{states: [a, b], start: a, moves: [{{from: a, to: b, rate: 1000}}, {{from: b, to: a, rate: 1000}}]}}
voters:
  everyone:
    stance:
      states: [blocks, recognises]
      start: blocks
      moves: [{{from: blocks, to: recognises, rate: 1000, scaled_by: {{mood: {{b: 0.5}}}}}}, {{from: recognises, to: blocks, rate: 1000}}]
    objection:
      states: [none, raised]
      start: none
      moves: [{{from: none, to: raised, rate: 1000}}, {{from: raised, to: none, rate: 1000}}]
ladder:
  - {{step: pfp, kind: decision, meetings: [summit], needs: {{stance: recognises}}, unless: {{objection: raised}}, rule: consensus}}
calendar:
  summit: {{dates: [2027-07-07], then: {{every: 1 year}}}}
"""  # noqa: E501


def ended(process: subprocess.Popen[Any], number: signal.Signals) -> str:
    """What a process says on standard error that is ended by a signal as it should be, with all that it started."""
    began = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert time.monotonic() - began < SECONDS
    assert process.returncode == ENDS[number]
    assert "Traceback" not in said
    given_up = time.monotonic() + SECONDS
    while alive(process.pid) and time.monotonic() < given_up:
        time.sleep(0.01)
    assert not alive(process.pid)
    return str(said)


def alive(group: int) -> list[str]:
    """Processes of a group that are at work, as far as the system tells."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, of = file.read_text("utf-8", "replace").rpartition(") ")[2].split()[:3]
            if int(of) == group and state != "Z":
                found.append(file.parent.name)
    return found


def test_a_run_ends_in_the_midst_of_a_trajectory(processes: Processes, tmp_path: Path) -> None:
    (tmp_path / "busy.yaml").write_text(busy(150), "utf-8")
    runs = {}
    for number in ENDS:
        command = [*ACCESSION, "run", "busy.yaml", "--trajectories", "1000", "--out", f"{number.name}"]
        runs[number] = processes.start(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    for number, process in runs.items():
        # the engine is loaded (or compiled), and writes
        wait_until((tmp_path / number.name / PARTIAL / "files" / "trajectories.parquet").exists, process)
    time.sleep(1)
    for number, process in runs.items():
        ended(process, number)
    assert [file.name for file in tmp_path.iterdir()] == ["busy.yaml"]


def test_processes_of_a_hindcast_end_with_it(processes: Processes, tmp_path: Path) -> None:
    def children() -> list[str]:
        return (Path("/proc") / str(process.pid) / "task" / str(process.pid) / "children").read_text().split()

    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        pytest.skip("this system does not tell of children")
    command = [*ACCESSION, "hindcast", "--out", "x"]
    process = processes.start(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: len(children()) >= 2, process)
    ended(process, signal.SIGTERM)
    assert list(tmp_path.iterdir()) == []


# --- where Python alone would not end -----------------------------------------------------------------------


def python(processes: Processes, code: str) -> subprocess.Popen[str]:
    """Code that says that it has begun, waited for."""
    begin = "import time; from sim.base.signals import *\ndef begun(): print('begun', flush=True)\n"
    command = [sys.executable, "-c", begin + code]
    process = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.parametrize("number", ENDS)
def test_what_catches_the_end_is_ended_by_force(number: signal.Signals, processes: Processes) -> None:
    deaf = """
with answered(), undone_by(lambda: print('undone', file=sys.stderr, flush=True)):
    while True:
        try:
            begun()
            time.sleep(60)
        except BaseException:
            pass
"""
    assert ended(python(processes, deaf), number) == "undone\n"


def test_an_end_that_python_passes_over_is_not_told(processes: Processes) -> None:
    cleaning = """
class Slow:
    def __del__(self):
        begun()
        time.sleep(60)
with answered():
    Slow()
    time.sleep(60)
"""
    assert ended(python(processes, cleaning), signal.SIGTERM) == ""


def test_nothing_is_forced_while_files_change_places(processes: Processes) -> None:
    changing = """
with answered():
    with held_back():
        begun()
        time.sleep(GRACE + 0.5)
        print('placed', file=sys.stderr, flush=True)
    time.sleep(60)
"""
    assert ended(python(processes, changing), signal.SIGTERM) == "placed\n"


def test_a_second_signal_does_not_disturb_the_first(processes: Processes) -> None:
    tidying = """
with answered():
    try:
        begun()
        time.sleep(60)
    finally:
        time.sleep(0.3)
        print('tidied', file=sys.stderr, flush=True)
"""
    process = python(processes, tidying)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (143, "tidied\n")


def test_what_is_ignored_stays_ignored(processes: Processes) -> None:
    code = """
signal.signal(signal.SIGHUP, signal.SIG_IGN)
with answered():
    begun()
    time.sleep(0.5)
"""
    process = python(processes, code)
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 0


# --- the engine alone ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    """The busy scenario, with the engine loaded."""
    small = prepare("grammar-tour", 100)
    engine.simulate(small.model, small.worlds, 1, 100, threads=1)
    return prepare(load_text(busy(150), "busy.yaml"), 1)


def test_a_stopped_run_ends_at_its_next_happening(prepared: Prepared) -> None:
    model = prepared.model
    packed = tables(model, 1)
    what = (model, packed, prepared.worlds.values, range(2))
    work = threading.Thread(target=engine._simulate_block, args=what, daemon=True)
    work.start()
    time.sleep(0.5)
    assert work.is_alive()
    stop(packed)
    work.join(SECONDS)
    assert not work.is_alive()


def test_an_early_end_leaves_no_thread_at_work(prepared: Prepared) -> None:
    before = threading.active_count()
    paths = engine.blocks(prepared.model, prepared.worlds, 1, range(10**6), threads=2, block=1)
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with interruptible(), pytest.raises(KeyboardInterrupt):
        next(paths)
    for thread in threading.enumerate()[before:]:
        thread.join(SECONDS)
    assert threading.active_count() == before


# --- what is closed, full or set for other programs ---------------------------------------------------------


@pytest.mark.parametrize(
    ("closing", "arguments", "code", "said"),
    [
        (">&-", "schema", 0, ""),
        ("2>&-", "show nosuch", 2, ""),
        (">&- 2>&- <&-", "schema", 0, ""),
        (">/dev/full", "schema", 1, "standard output: No space left on device\n"),
        (">/dev/full", "-h", 1, "standard output: No space left on device\n"),
        ("2>/dev/full", "show nosuch", 2, ""),
    ],
)
def test_streams_that_are_closed_or_full(
    closing: str, arguments: str, code: int, said: str, processes: Processes
) -> None:
    done = processes.run(["sh", "-c", f"{' '.join(ACCESSION)} {arguments} {closing}"])
    assert (done.returncode, done.stderr) == (code, said)


def test_what_an_encoding_lacks_is_replaced(processes: Processes, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(busy(1).replace("Busy", "Café Ł"), "utf-8")
    for encoding in ("ascii", "cp1252"):
        done = processes.accession("show", str(file), env={"PYTHONIOENCODING": encoding}, encoding=encoding)
        assert (done.returncode, done.stderr) == (0, "")
        assert load_text(done.stdout).content.title == "Café Ł"
    done = processes.accession("schema", env={"PYTHONIOENCODING": "ascii"})
    assert json.loads(done.stdout)["properties"]


def test_a_command_is_independent_of_what_is_set_for_other_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("MPLBACKEND", "nope"), ("NUMBA_DISABLE_JIT", "1"), ("NUMBA_NUM_THREADS", "0")):
        monkeypatch.setenv(name, value)
    settle()
    assert os.environ["MPLBACKEND"] == "agg"
    assert "NUMBA_DISABLE_JIT" not in os.environ
    assert "NUMBA_NUM_THREADS" not in os.environ


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "; less is needed with --keep summary, fewer --worlds or --threads 1"),
        (OSError("Could not find/load shared object file"), "; less is needed with"),
        (OSError(errno.ENOMEM, "Cannot allocate memory", "x.so"), "; less is needed with"),
        (ImportError("x.so: failed to map segment from shared object"), " (the libraries alone do not fit)"),
        (
            SystemError("error return without exception set"),
            "; less is needed with --keep summary, fewer --worlds or --threads 1 (this process may have 2000 MB; "
            "SystemError: error return without exception set)",
        ),
    ],
)
def test_too_little_memory_is_one_line(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under a limit, libraries fail in ways of their own."""

    def failing(arguments: object) -> int:
        raise error

    monkeypatch.setattr(cli, "_call", failing)
    monkeypatch.setattr(cli, "_nowhere", lambda stream: None)
    monkeypatch.setattr(cli, "memory_limit", lambda: 2e9)
    assert cli._run(["run", "status-quo"]) == 1
    complained = capsys.readouterr().err
    assert complained.startswith(f"not enough memory{said}")
    assert complained.count("\n") == 1


def test_what_is_saved_with_is_what_the_verb_has() -> None:
    assert cli._too_little(["levers", "x"]).endswith("; less is needed with fewer --worlds or --threads 1")
    assert cli._too_little(["show", "x"]) == cli.TOO_LITTLE


def test_without_a_limit_an_error_of_ours_is_not_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(arguments: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "_call", failing)
    monkeypatch.setattr(cli, "memory_limit", lambda: float("inf"))
    with pytest.raises(ZeroDivisionError):
        cli._run(["run", "status-quo"])


def test_a_verb_that_simulates_wants_the_room_of_its_libraries(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sim.commands.verb.memory_limit", lambda: 5e8)
    for verb in ("run", "compare", "bids", "levers", "sensitivity", "sweep", "verify"):
        assert cli._run([verb, "nosuch"]) == 1, verb
        assert capsys.readouterr().err == (
            "not enough memory: this process may have 500 MB, and the libraries of an engine alone take 1000 MB "
            "(of address space: `ulimit -v`)\n"
        )
    assert cli._run(["show", "nosuch"]) == 2


def test_threads_that_cannot_be_started_are_a_message(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*what: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(engine.ThreadPoolExecutor, "submit", refused)
    with pytest.raises(RunError, match="no thread could be started"):
        list(engine.blocks(prepared.model, prepared.worlds, 1, range(10)))


def test_an_input_that_ends_too_soon_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """typer takes it for an end that somebody asked for."""

    def ended() -> None:
        raise EOFError

    monkeypatch.setattr("sim.scenario.sources.titles", ended)
    monkeypatch.setattr(cli, "_nowhere", lambda stream: None)
    assert cli._run(["list"]) == 1
    assert "ended before all of it was read" in capsys.readouterr().err
