"""The verbs list, show, validate, new and schema, as a user calls them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sim.scenario.load import builtin_scenarios, load_scenario
from tests.commands import ACCESSION, PATIENCE

WRONG = """\
schema: 1
extends: baseline
parameters:
  settlment_rate: 0.05
events:
  - {on: 1999-01-01, voter: GRC, stance: recognises}
"""


def test_list_names_every_scenario_within_80_columns(accession):
    done = accession("list")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) < 80
    names = [line.split()[0] for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert names == list(builtin_scenarios())


def test_list_as_json_has_title_and_question(accession):
    rows = json.loads(accession("list", "--json").stdout)
    assert [row["name"] for row in rows] == list(builtin_scenarios())
    assert all(row["title"] and row["question"].strip().endswith("?") for row in rows)


def test_validate_counts_what_is_right_and_explains_what_is_wrong(accession, tmp_path):
    (tmp_path / "wrong.yaml").write_text(WRONG)
    done = accession("validate", "baseline", "wrong.yaml", "baselin")
    assert done.returncode == 2
    assert done.stdout.startswith("ok  baseline: candidate XKX (Kosovo), 32 voters, ")
    assert len(done.stdout.splitlines()) == 1
    first, second, third = done.stderr.splitlines()
    assert first.startswith(
        "wrong.yaml:4: parameters.settlment_rate: a number alone, but no parent says its unit"
    )
    assert second.startswith("wrong.yaml:6: events[0].on: 1999-01-01 is before the start; allowed: ")
    assert "; did you mean 'baseline'? allowed: " in third
    assert accession("validate", "baseline").returncode == 0


def test_validate_tells_of_unused_parameters_and_accepts(accession, tmp_path):
    unused = "{value: 1, unit: factor, basis: judged, source: made up}"
    (tmp_path / "more.yaml").write_text(f"schema: 1\nextends: baseline\nparameters:\n  more: {unused}\n")
    done = accession("validate", "more.yaml")
    assert done.returncode == 0
    assert "more.yaml:4: parameters.more: nothing uses it" in done.stderr


def test_show_can_be_loaded_again(accession, tmp_path):
    done = accession("show", "athens-first", "--set", "settlement_rate=0.05")
    assert done.returncode == 0
    assert "    value: 0.05  # --set; replaces {table: " in done.stdout
    (tmp_path / "again.yaml").write_text(done.stdout, encoding="utf-8")
    again = load_scenario(tmp_path / "again.yaml")
    assert again.digest == load_scenario("athens-first", {"settlement_rate": 0.05}).digest


def test_show_as_json_is_json_and_nothing_else(accession):
    data = json.loads(accession("show", "athens-first", "--json").stdout)
    assert data["digest"] == load_scenario("athens-first").digest
    assert data["origins"]["start"]["at"].startswith("baseline.yaml:")


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        (
            "settlement_rate",
            "--set settlement_rate: no '='; allowed: NAME=VALUE, such as settlement_rate=0.05",
        ),
        ("settlement_rate=much", "--set settlement_rate=much: 'much' is not a number"),
        ("settlement_rate=nan", "--set: settlement_rate: nan; allowed: finite numbers, 0 or more"),
        (
            "settlement_rte=1",
            "--set: settlement_rte: 'settlement_rte' is not a parameter; did you mean 'settlement_rate'? allowed: ",
        ),
    ],
)
def test_a_wrong_assignment_is_bad_input(accession, assignment, message):
    done = accession("show", "baseline", "--set", assignment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)


def test_new_writes_a_scenario_that_validates_and_never_overwrites(accession, tmp_path):
    done = accession("new", "My own case!", "--from", "baseline")
    assert (done.returncode, done.stdout) == (0, "my-own-case.yaml\n")
    assert accession("validate", "my-own-case.yaml").returncode == 0
    written = (tmp_path / "my-own-case.yaml").read_bytes()
    again = accession("new", "my own case")
    assert again.returncode == 2
    assert again.stderr == "my-own-case.yaml: exists already; allowed: another name or folder\n"
    assert (tmp_path / "my-own-case.yaml").read_bytes() == written


def test_new_extends_a_file_in_the_folder_and_none_outside(accession, tmp_path):
    accession("new", "parent", "--out", "cases/below")
    done = accession("new", "child", "--from", "cases/below/parent.yaml", "--out", "cases")
    assert done.stdout == str(Path("cases/child.yaml")) + "\n"
    assert "extends: below/parent.yaml" in (tmp_path / "cases" / "child.yaml").read_text()
    assert accession("validate", "cases/child.yaml").returncode == 0
    done = accession("new", "stray", "--from", "cases/child.yaml", "--out", "cases/below")
    assert done.returncode == 2
    assert "not in cases/below or below, so it cannot be extended" in done.stderr
    assert not (tmp_path / "cases" / "below" / "stray.yaml").exists()


@pytest.mark.parametrize("name", ["baseline", "!!!"])
def test_new_refuses_names_that_are_taken_or_empty(accession, name, tmp_path):
    assert accession("new", name).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_schema_is_json(accession):
    schema = json.loads(accession("schema").stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "ladder" in schema["properties"]


def test_a_closed_pipe_is_no_traceback(processes):
    run = processes.start([*ACCESSION, "show", "baseline"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout is not None
    assert run.stderr is not None
    run.stdout.close()
    assert run.stderr.read() == b""
    assert run.wait(PATIENCE) == 1


INTERRUPTED = """
import signal, sys
from sim import cli
from sim.commands import schema
schema.print_json = lambda data, indent: signal.raise_signal(signal.SIGINT)
cli.main(["schema"])
"""


def test_an_interrupt_is_exit_130(processes):
    done = processes.run([sys.executable, "-c", INTERRUPTED])
    assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "")


@pytest.mark.parametrize("arguments", [["shw"], ["show"], ["show", "baseline", "--sett", "a=1"]])
def test_a_wrong_command_is_bad_input(accession, arguments):
    done = accession(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_version_and_help(processes):
    assert processes.accession("--version").stdout.startswith("accession ")
    shown = processes.accession("--help", env={"COLUMNS": "80"}).stdout
    assert all(f"  {verb} " in shown for verb in ["list", "show", "validate", "new", "schema"])


def test_help_imports_nothing_heavy(processes):
    code = (
        "import sys\nfrom sim import cli\ntry:\n    cli.main(['--help'])\nexcept SystemExit:\n"
        "    heavy = {'numpy', 'pandas', 'numba', 'scipy', 'pydantic', 'matplotlib', 'pyarrow', 'ruamel'}\n"
        "    sys.exit(str(sorted(heavy & set(sys.modules))))\n"
    )
    done = processes.run([sys.executable, "-c", code])
    assert done.stderr.strip() == "[]"
