"""The package as a user gets it: built, installed into an empty environment, called from elsewhere.

Nothing here is fetched: the build backend comes from the environment that runs the tests, and the libraries
that the package needs are lent to the new environments by a ``.pth`` line. Such a line adds one folder and
reads no ``.pth`` file inside it, so an editable install of the checkout does not shine through.
"""

import json
import os
import shutil
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.commands import ran
from tests.end_to_end.test_exact_run import SCENARIO

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
OFFLINE = ("--no-index", "--no-deps", "--no-build-isolation")
RESULTS = (
    "summary.json",
    "worlds.parquet",
    "manifest.json",
    "scorecard.json",
    "report.html",
)


def call(command: Sequence[str | Path], cwd: Path) -> str:
    """Run a command that must succeed, without our own import path; return its standard output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return ran(command, cwd=cwd, only=environment).stdout


@dataclass(frozen=True)
class Installed:
    """An environment of its own with the package in it, and an empty folder to work in."""

    home: Path
    work: Path

    def binary(self, name: str) -> Path:
        found = shutil.which(name, path=self.home / ("Scripts" if os.name == "nt" else "bin"))
        assert found, f"{name} is not in {self.home}"
        return Path(found)

    def accession(self, *arguments: str) -> str:
        return call([self.binary("accession"), *arguments], self.work)

    def package(self) -> Path:
        code = "import sim; print(sim.__file__)"
        return Path(call([self.binary("python"), "-c", code], self.work).strip()).resolve().parent

    def top_level(self) -> set[str]:
        """Names of the files and folders that the installation itself added to site-packages."""
        code = "import importlib.metadata as m; print(*m.files('accession'), sep='\\n')"
        files = call([self.binary("python"), "-c", code], self.work).splitlines()
        return {Path(name).parts[0] for name in files}


def build(source: Path, out: Path) -> Path:
    """The wheel of a source tree or a source archive."""
    call([*PIP, "wheel", *OFFLINE, "--wheel-dir", out, source], cwd=out.parent)
    (wheel,) = out.glob("accession-*.whl")
    return wheel


def install(what: Sequence[str | Path], where: Path) -> Installed:
    """Install into an empty environment to which only the libraries of this one are lent."""
    home, work = where / "environment", where / "work"
    work.mkdir(parents=True)
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    installed = Installed(home, work)
    python = installed.binary("python")
    site = Path(call([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], work).strip())
    lent = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (site / "lent.pth").write_text("\n".join(lent) + "\n")
    # Ignore what is lent: the environment that runs the tests may hold the package as well.
    call([*PIP, "--python", python, "install", *OFFLINE, "--ignore-installed", *what], cwd=work)
    return installed


def contents(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def use(installed: Installed) -> None:
    """The first things that a user does, from a folder that has nothing to do with the checkout."""
    assert "status-quo" in installed.accession("list")
    installed.accession("validate", "status-quo")
    size = ("--trajectories", "2000", "--worlds", "100")
    summary = results(installed, "run", "status-quo", *size)
    assert (summary["trajectories"], summary["worlds"]) == (2000, 100)
    assert (installed.work / "out" / "trajectories.parquet").stat().st_size > 0


def results(installed: Installed, *command: str) -> dict[str, object]:
    """The summary of a run, all of whose files are there."""
    installed.accession(*command, "--out", str(installed.work / "out"))
    out = installed.work / "out"
    for name in RESULTS[: -1 if "--no-report" in command else None]:
        assert (out / name).stat().st_size > 0, name
    assert any((out / "figures").glob("*.svg")) != ("--no-report" in command)
    summary: dict[str, object] = json.loads((out / "summary.json").read_text())
    return summary


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(checkout, tmp_path_factory.mktemp("built") / "wheel")


def test_wheel_holds_the_package_and_its_data(wheel: Path, checkout: Path) -> None:
    inside = contents(wheel)
    top = {name.split("/")[0] for name in inside if ".dist-info/" not in name}
    assert top == {"sim", "accession.py"}
    for folder, pattern in (("scenarios", "*.yaml"), ("seeds", "*.csv")):
        assert list((checkout / folder).glob(pattern)), f"the checkout has no {folder}/{pattern}"
        for path in filter(Path.is_file, (checkout / folder).rglob("*")):
            name = path.relative_to(checkout).as_posix()
            assert inside[f"sim/data/{name}"] == path.read_bytes()
    assert not [name for name in inside if "__pycache__" in name]


def test_source_archive_builds_the_same_wheel(wheel: Path, checkout: Path, tmp_path: Path) -> None:
    call([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path], cwd=checkout)
    (archive,) = tmp_path.glob("accession-*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {name.split("/", 1)[1] for name in packed.getnames()}
    assert {"Makefile", "LICENSE", "requirements/run.txt", "requirements/dev.txt", ".ci/run"} <= names
    assert "tests/end_to_end/test_install.py" in names
    assert contents(build(archive, tmp_path / "wheel")) == contents(wheel)


def test_wheel_works_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    installed = install([wheel], tmp_path)
    assert installed.package().is_relative_to(installed.home.resolve())
    assert "status-quo" in installed.accession("list")
    assert "XKX" in installed.accession("validate", "status-quo")


@pytest.mark.exhaustive  # what only a checkout has would be missed by the one above, too
def test_wheel_runs_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """With the replay engine, of which the least has to be compiled."""
    installed = install([wheel], tmp_path)
    (installed.work / "two.yaml").write_text(SCENARIO)
    size = ("--trajectories", "100", "--worlds", "100")
    summary = results(installed, "run", "two.yaml", "--engine", "replay", *size)
    assert (summary["trajectories"], summary["worlds"]) == (100, 100)


@pytest.mark.exhaustive  # as test_editable_install_reads_the_checkout, with machine code of its own
def test_wheel_compiles_its_engine(wheel: Path, tmp_path: Path) -> None:
    installed = install([wheel], tmp_path)
    use(installed)
    (installed.work / "two.yaml").write_text(SCENARIO)
    shutil.rmtree(installed.work / "out")
    summary = results(installed, "run", "two.yaml", "--engine", "exact", "--worlds", "100")
    assert (summary["trajectories"], summary["worlds"]) == (0, 100)


def test_editable_install_reads_the_checkout(checkout: Path, tmp_path: Path) -> None:
    installed = install(["--editable", checkout], tmp_path)
    assert installed.package() == checkout / "sim"
    assert "sim" not in installed.top_level(), "data was copied; it would go stale"
    size = ("--trajectories", "2000", "--worlds", "100")
    summary = results(installed, "run", "status-quo", *size, "--no-report")
    assert (summary["trajectories"], summary["worlds"]) == (2000, 100)
