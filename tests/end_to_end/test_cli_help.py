"""What the command line says of itself, and of a line that it cannot use."""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command

from sim.commands import options, verify
from sim.commands.app import app
from sim.commands.progress import progress_bar
from sim.engines.exact import BOUND
from sim.report import page
from sim.studies.verify import WORLDS
from tests.commands import Done, Processes

VERBS = [
    "list", "show", "validate", "new", "schema", "run", "replay", "compare", "bids", "levers", "believe", "sensitivity",
    "sweep", "given", "report", "fit", "verify", "hindcast", "forecast", "score-log",
]  # fmt: skip
EXIT_CODES = "Exit codes: 0 done, 1 a run failed, 2 bad input, 130 interrupted, 143 ended."
SMALL = ["--trajectories", "500", "--worlds", "100"]
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(accession: Callable[..., Done]) -> Typed:
    """A command line in an empty folder: exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        done = accession(*arguments)
        return done.returncode, done.stdout, done.stderr

    return run


# --- help -----------------------------------------------------------------------------------------------


def test_help_names_every_verb_with_the_whole_of_its_first_sentence(typed: Typed) -> None:
    code, shown, errors = typed("-h")
    assert (code, errors) == (0, "")
    assert shown == typed("--help")[1]
    words = " ".join(shown.split())
    for verb, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        assert f"{verb} {' '.join(command.help.split(chr(10) * 2)[0].split())}" in words
    assert list(get_command(app).commands) == VERBS  # type: ignore[attr-defined]
    headings = [line for line in shown.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["Scenarios:", "Ask:", "How far to trust it:", "Options:"]
    assert EXIT_CODES in words


def test_no_verb_is_help_and_bad_input(typed: Typed) -> None:
    code, shown, errors = typed()
    assert (code, shown) == (2, "")
    assert errors == typed("-h")[1]


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_is_whole(verb: str, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    code, shown, errors = typed(verb, "-h")
    assert (code, errors) == (0, "")
    assert shown == typed(verb, "--help")[1]
    assert shown.startswith(f"Usage: accession {verb} ")
    assert "..." not in shown.replace("SCENARIO...", "").replace("OTHER...", "")
    assert "\x1b" not in shown
    assert f"  accession {verb}" in shown.partition("Examples:")[2]
    assert EXIT_CODES in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80
    monkeypatch.setenv("COLUMNS", "60")
    narrow = typed(verb, "-h")[1]
    prose = narrow.partition("Examples:")[0] + narrow.partition("Exit codes:")[2]
    assert max(map(len, prose.splitlines())) <= 60


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_has_its_default(verb: str, typed: Typed) -> None:
    words = " ".join(typed(verb, "-h")[1].split())
    command = get_command(app).commands[verb]  # type: ignore[attr-defined]
    for parameter in command.params:
        if parameter.param_type_name == "option" and not parameter.is_flag:
            told = words.partition(f" {parameter.opts[0]} {parameter.metavar} {parameter.help}")[2]
            assert told.startswith((" [default: ", " [required]")), parameter.opts


@pytest.mark.parametrize("verb", VERBS)
def test_every_example_can_be_typed(verb: str, typed: Typed) -> None:
    command = get_command(app).commands[verb]  # type: ignore[attr-defined]
    lines = command.epilog.replace("\\\n", "").splitlines()
    lines_typed = [shlex.split(line.partition(" > ")[0], comments=True) for line in lines]
    lines_typed = [words for words in lines_typed if words]
    assert lines_typed
    for program, named, *words in lines_typed:
        assert (program, named) == ("accession", verb)
        command.make_context(verb, words)  # raises if a word has no place


def test_an_option_that_verbs_share_is_the_same_everywhere() -> None:
    told: dict[str, set[tuple[str, str]]] = {}
    for verb in get_command(app).commands.values():  # type: ignore[attr-defined]
        for parameter in verb.params:
            told.setdefault(parameter.opts[0], set()).add((str(parameter.metavar), str(parameter.help)))
    more = {name for name, forms in told.items() if len(forms) > 1 and name.startswith("--")}
    # what --trajectories is to run, --worlds to verify, --out to new, --by to forecast, and --step and --processes to
    # sweep is their own
    assert more == {"--trajectories", "--worlds", "--out", "--by", "--step", "--processes"}


def test_defaults_that_help_writes_out_are_those_of_the_library() -> None:
    assert options.BOUND == BOUND
    assert verify.WORLDS == WORLDS


# --- wrong command lines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("shw", "'shw' is not a verb; did you mean 'show'? allowed: list, show, *"),
        ("scorelog x", "'scorelog' is not a verb; did you mean 'score-log'? allowed: *"),
        ("--verison", "--verison: accession has no such option; did you mean '--version'? allowed: --version, *"),
        ("show", "SCENARIO is missing; allowed: accession show [OPTIONS] SCENARIO"),
        ("compare", "FIRST is missing; allowed: accession compare [OPTIONS] FIRST [OTHER...]"),
        ("validate", "SCENARIO... is missing; allowed: accession validate [OPTIONS] SCENARIO..."),
        ("sweep status-quo", "--grid: no points; allowed: --grid NAME=A,B,C, --over NAME=RANGE, both, *"),
        ("forecast", "--log is missing; allowed: --log FILE"),
        (
            "show baseline --sett a=1",
            "--sett: accession show has no such option; did you mean '--set'? allowed: --set, --facts, --json, --help",
        ),
        ("run status-quo -x", "-x: accession run has no such option; allowed: --set, *"),
        ("show baseline --set", "--set: no value; allowed: --set NAME=VALUE"),
        ("show baseline --json=yes", "--json: takes no value; allowed: --json alone"),
        ("show baseline candidate", "'candidate': one argument too many; allowed: accession show [OPTIONS] SCENARIO"),
        ("list all", "'all': one argument too many; allowed: accession list [OPTIONS]"),
        ("run status-quo --trajectories many", "--trajectories many: not a whole number; allowed: 1 or more"),
        ("run status-quo --trajectories 1e6", "--trajectories 1e6: not a whole number; write 1000000; *"),
        ("run status-quo --trajectories 0", "--trajectories 0: allowed: 1 or more"),
        ("run status-quo --worlds -5", "--worlds -5: allowed: 1 or more"),
        ("run status-quo --seed -1", "--seed -1: allowed: 0 or more"),
        ("run status-quo --threads 0", "--threads 0: allowed: 1 or more"),
        ("run status-quo --bound 0", "--bound 0: allowed: 1 or more"),
        ("run status-quo --precision small", "--precision small: not a number; allowed: a Monte Carlo error *"),
        ("run status-quo --precision 2", "--precision 2: allowed: *"),
        ("run status-quo --engine exakt", "--engine 'exakt': did you mean 'exact'? allowed: montecarlo, *"),
        ("run status-quo --keep all", "--keep 'all': allowed: paths, summary*"),
        ("run status-quo --set settlement_rate", "--set settlement_rate: no '='; allowed: NAME=VALUE, *"),
        ("run status-quo --set settlement_rte=1", "--set: settlement_rte: 'settlement_rte' is not a parameter; *"),
        ("run status-qou", "'status-qou': no such file or built-in scenario; did you mean 'status-quo'? allowed: *"),
        ("replay status-quo --worlds 0", "--worlds 0: allowed: 1 or more"),
        ("replay status-quo --trajectory -1", "--trajectory -1: allowed: 0 or more"),
        ("replay status-quo --trajectory third", "--trajectory third: not a whole number; allowed: 0 or more"),
        ("sweep status-quo --grid settlement_rate", "--grid settlement_rate: no name and '='; allowed: NAME=A,B,C *"),
        ("sweep status-quo --grid a=1 --by soon", "--by soon: not a date; allowed: YYYY-MM-DD*"),
        ("compare status-quo", "compare: one scenario; allowed: *"),
        ("bids", "FIRST is missing; allowed: accession bids [OPTIONS] FIRST [OTHER...]"),
        ("bids status-quo", "bids: one bid; allowed: 2 to 7 scenarios, one for each bid"),
        ("bids status-quo european-unoin", "'european-unoin': no such file *did you mean 'european-union'?*"),
        ("fit --only settlment", "--only 'settlment': did you mean 'settlement'? allowed: *settlement, *"),
        ("hindcast --component blok", "--component 'blok': did you mean 'block'? allowed: partnership, *"),
        ("hindcast --processes none", "--processes none: not a whole number; allowed: 1 or more"),
        ("hindcast --cases nowhere", "cases.csv: cannot be read (No such file or directory) in nowhere; allowed: *"),
        ("forecast --log x.csv --made-on 2027-02-30", "--made-on 2027-02-30: not a date; allowed: YYYY-MM-DD"),
        ("score-log nowhere.csv", "nowhere.csv: no such file; allowed: *"),
        ("verify candidate --worlds 0", "--worlds 0: allowed: 1 or more"),
        ("new baseline", "'baseline' is a built-in scenario; allowed: another name"),
        ("new x --from nowhere", "'nowhere': no such file or built-in scenario; allowed: *"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_told_in_one(line: str, said: str, typed: Typed) -> None:
    code, shown, errors = typed(*shlex.split(line))
    assert (code, shown, errors.count("\n")) == (2, "", 1)
    first, *others = said.split("*")
    assert errors.startswith(first)
    for part in others:
        assert errors.rstrip("\n").endswith(part) if part is others[-1] else part in errors
    if not others:
        assert errors == f"{said}\n"
    assert list(Path().iterdir()) == []


# --- what is printed, and where -------------------------------------------------------------------------


def test_quiet_writes_files_and_says_nothing(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    line = ["run", "grammar-tour", *SMALL, "--quiet", "--out", "x"]
    assert typed(*line, "--no-report") == (0, "", "")
    files = {file.name for file in Path("x").iterdir()}
    assert {"summary.json", "trajectories.parquet"} <= files
    assert not files & {"report.html", "figures"}
    code, shown, errors = typed(*line, "--no-report", "--json")
    assert (code, errors) == (0, "")
    assert json.loads(shown) == json.loads(Path("x/summary.json").read_text("utf-8"))
    written: list[Path] = []
    monkeypatch.setattr(page, "rewrite_report", written.append)
    assert typed("report", "x", "-q") == (0, "", "")
    assert written == [Path("x")]


def test_without_a_report_the_screen_names_the_folder(typed: Typed) -> None:
    code, shown, _ = typed("run", "grammar-tour", *SMALL, "--no-report")
    assert code == 0
    assert shown.splitlines()[-1] == f"Files: {Path('results/grammar-tour')}"


def test_quiet_checks_tell_by_their_exit_code(typed: Typed) -> None:
    assert typed("new", "mine", "-q") == (0, "", "")
    assert typed("validate", "mine.yaml", "-q") == (0, "", "")
    code, shown, errors = typed("validate", "mine.yaml", "baselin", "-q")
    assert (code, shown, errors.count("\n")) == (2, "", 1)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_for_terminals_and_not_for_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    for screen, quiet, shown in (
        (Terminal(), False, True),
        (Terminal(), True, False),
        (io.StringIO(), False, False),
    ):
        monkeypatch.setattr(sys, "stderr", screen)
        with progress_bar(10, "worlds", quiet) as progress:
            progress(3)
        assert ("worlds" in screen.getvalue()) == shown


def test_screens_fit_a_narrow_terminal(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    for columns in (60, 80):
        monkeypatch.setenv("COLUMNS", str(columns))
        for line in (["list"], ["replay", "grammar-tour"]):
            _, shown, _ = typed(*line)
            assert max(map(len, shown.splitlines())) <= columns, line
            assert "\x1b" not in shown


@pytest.mark.parametrize("line", [["list"], ["show", "baseline"]])
def test_a_full_disk_behind_standard_output_is_one_line(line: list[str], processes: Processes) -> None:
    """Both a short answer, which is written at the end, and one that does not wait for it."""
    with open("/dev/full", "w") as full:
        done = processes.accession(*line, stdout=full)
    assert (done.returncode, done.stderr) == (1, "standard output: No space left on device\n")


def test_a_closed_standard_output_is_no_traceback(processes: Processes) -> None:
    done = processes.accession("list", stdout=None, preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, "")


# --- completion -----------------------------------------------------------------------------------------


@pytest.fixture
def offered(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """What bash is told when the tabulator key is pressed at the end of a line."""

    def ask(line: str) -> list[str]:
        words = line.split(" ")
        with monkeypatch.context() as patch:
            patch.setenv("_ACCESSION_COMPLETE", "complete_bash")
            patch.setenv("COMP_WORDS", "\n".join(words))
            patch.setenv("COMP_CWORD", str(len(words) - 1))
            code, shown, errors = typed()
        assert (code, errors) == (0, "")
        return shown.split()

    return ask


def test_verbs_options_and_names_complete(offered: Callable[[str], list[str]]) -> None:
    assert offered("accession s") == ["show", "schema", "sensitivity", "sweep", "score-log"]
    assert offered("accession run --no") == ["--no-report"]
    assert offered("accession run s") == ["settlement-2029", "status-quo"]
    assert offered("accession compare status-quo athens") == ["athens-first"]
    assert offered("accession new x --from cand") == ["candidate"]
    assert offered("accession run status-quo --engine e") == ["exact"]
    assert offered("accession fit --only r") == ["ratification", "readiness"]
    assert offered("accession hindcast --component b") == ["block"]


def test_files_complete(offered: Callable[[str], list[str]]) -> None:
    for name in ("statement.yaml", "notes.txt", "cases/one.yaml", "cases/two.yml", "odd[1].yaml"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    assert offered("accession run stat") == ["status-quo", "statement.yaml"]
    assert offered("accession run cases/") == ["cases/one.yaml", "cases/two.yml"]
    assert offered("accession validate ./c") == ["./cases/one.yaml", "./cases/two.yml"]
    assert offered("accession run odd[") == ["odd[1].yaml"]
    assert offered("accession run nothing-like-it") == []


def test_parameters_of_the_scenario_complete(offered: Callable[[str], list[str]]) -> None:
    assert offered("accession run grammar-tour --set settlem") == ["settlement_rate="]
    assert offered("accession sweep grammar-tour --grid crisis") == ["crisis_damping="]
    assert offered("accession run nowhere --set settlem") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(shell: str, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ACCESSION_COMPLETE", f"source_{shell}")
    code, shown, errors = typed()
    assert (code, errors) == (0, "")
    assert f"_ACCESSION_COMPLETE=complete_{shell}" in shown


def test_bash_completes(tmp_path: Path, processes: Processes) -> None:
    """The script in a real shell."""
    program = tmp_path / "accession"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sim.cli "$@"\n')
    program.chmod(0o755)
    asked = (
        'eval "$(_ACCESSION_COMPLETE=source_bash accession)"; COMP_WORDS=(accession run four); COMP_CWORD=2; '
        'eval $(complete -p accession | sed "s/.*-F \\([^ ]*\\) .*/\\1/") accession; echo "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = processes.run(["bash", "-c", asked], cwd=tmp_path, env={"PATH": path})
    assert (done.stdout, done.stderr) == ("four-together\n", "")
