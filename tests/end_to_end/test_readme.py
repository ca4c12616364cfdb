"""What the README tells a newcomer to type, typed (with fewer trajectories where it simulates)."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.scenario.load import load_scenario, load_text
from tests.commands import Done

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
INDENTED = [line.strip() for line in README.splitlines() if line.startswith("    ")]
SMALL = {
    "run": ["--trajectories", "1000", "--worlds", "100"],
    "compare": ["--trajectories", "200", "--worlds", "100"],
    "bids": ["--trajectories", "200", "--worlds", "100"],
    "sweep": ["--trajectories", "200", "--worlds", "100"],
    "levers": ["--trajectories", "200", "--worlds", "100"],
    "sensitivity": ["--trajectories", "1000", "--worlds", "100", "--no-tornado"],
    "believe": ["--trajectories", "200", "--worlds", "100"],
}


def block(language: str) -> str:
    """The only fenced block in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)
    return str(found)


def commands(first: str) -> list[list[str]]:
    return [shlex.split(line, comments=True) for line in INDENTED if line.startswith(first + " ")]


def test_the_readme_opens_with_the_two_commands() -> None:
    assert [command[1] for command in commands("make")] == ["run", "test"]
    for _, target in commands("make"):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def of_a_size(verb: str, rest: list[str], drawn: bool) -> list[str]:
    """What is added to a command: few trajectories, and no report that is like one before."""
    told = verb == "run" and not any(
        word.endswith(".yaml") or (drawn and word == "--variants") for word in rest
    )
    return [*SMALL.get(verb, []), *(["--no-report"] if told else [])]


@pytest.mark.usefixtures("some_variants")
def test_every_command_works(drawn_or_blank: bool, accession: Callable[..., Done], tmp_path: Path) -> None:
    typed = commands("accession")
    assert {command[1] for command in typed} >= {
        "list",
        "show",
        "new",
        "validate",
        "run",
        "compare",
        "sweep",
        "replay",
    }
    for _, verb, *rest in typed:
        done = accession(verb, *rest, *of_a_size(verb, rest, drawn_or_blank))
        assert done.returncode == 0, (verb, rest, done.stderr)
        assert done.stdout.strip()
    assert (tmp_path / "athens-soon.yaml").exists()
    assert (tmp_path / "results" / "athens-soon" / "report.html").exists()


def test_the_scenario_shown_is_valid() -> None:
    loaded = load_text(block("yaml"))
    assert loaded.content.title == "Athens moves first"
    assert loaded.content.parameters["settlement_rate"].value == 0.05


@pytest.mark.parametrize(("number", "candidate", "members"), [(0, "IRL", 32), (1, "SWE", 31)])
def test_the_candidates_shown_beside_the_scenarios_are_valid(
    number: int, candidate: str, members: int, tmp_path: Path
) -> None:
    """Outside the checkout, as a user has it; tables of the parent are found."""
    text = (ROOT / "scenarios/README.md").read_text("utf-8")
    shown = "".join(line[4:] + "\n" for line in text.splitlines() if line.startswith("    "))
    begin = "schema: 1\n"
    (tmp_path / "mine.yaml").write_text(begin + shown.split(begin)[1 + number], "utf-8")
    loaded = load_scenario(tmp_path / "mine.yaml")
    assert (loaded.content.candidate, len(loaded.content.members)) == (candidate, members)
    assert loaded.warnings == ()


def test_the_python_shown_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    *lines, last = block("python").replace("100_000", "1_000").strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)
    frame = eval(last, names)
    assert list(frame.columns)[:3] == ["step", "date", "probability"]


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).exists()
