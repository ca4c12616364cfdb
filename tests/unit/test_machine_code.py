"""The cache of machine code: kept only where nobody else can write, and never needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numba
import pytest
from numba.core import config

from sim.base import machine_code, reference
from sim.base.machine_code import cache_folder, kept
from tests.commands import Done, Processes

Call = Callable[[], tuple[int, str]]


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installation that cannot be written, by a user with an empty home and an empty folder of temporary files."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(machine_code, "gettempdir", lambda: str(tmp_path / "tmp"))
    monkeypatch.setattr(machine_code, "_beside", lambda installed: False)
    return tmp_path


def test_the_working_folder_is_no_place_for_temporary_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Python takes it where there is no other; what a user works in is kept free of ours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machine_code, "gettempdir", lambda: str(tmp_path))
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(OSError, match="no folder for temporary files"):
        machine_code._temporary()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert machine_code._temporary().parent == tmp_path


def test_the_users_caches_are_made_if_need_be(nowhere: Path) -> None:
    found = cache_folder(nowhere)
    assert found == nowhere / "home" / ".cache" / "accession"
    assert found.stat().st_mode & 0o777 == 0o700


def test_the_installation_comes_first(tmp_path: Path) -> None:
    assert cache_folder(tmp_path / "__pycache__") == tmp_path / "__pycache__"


def test_a_folder_that_is_named_is_the_only_one(nowhere: Path) -> None:
    named = nowhere / "mine"
    assert cache_folder(nowhere, str(named)) == named
    named.chmod(0o777)
    assert cache_folder(nowhere, str(named)) is None


def test_without_a_home_temporary_files_of_ones_own_serve(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for home in (no_home, lambda: Path("/dev/null/x")):
        monkeypatch.setattr(Path, "home", home)
        found = cache_folder(nowhere)
        assert found == nowhere / "tmp" / f"accession-{os.getuid()}"
        assert found.stat().st_mode & 0o777 == 0o700


def open_to_all(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def read_by_all(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)


def linked(folder: Path) -> None:
    (folder.parent / "planted").mkdir(mode=0o700)
    folder.symlink_to(folder.parent / "planted")


def a_file(folder: Path) -> None:
    folder.write_text("x")


@pytest.mark.parametrize("plant", [open_to_all, read_by_all, linked, a_file])
def test_what_another_may_have_planted_is_not_used(plant: Callable[[Path], None], nowhere: Path) -> None:
    (nowhere / "home" / ".cache").write_text("in the way")
    plant(nowhere / "tmp" / f"accession-{os.getuid()}")
    assert cache_folder(nowhere) is None


def test_a_folder_of_another_user_is_not_used(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder(nowhere) is not None
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert cache_folder(nowhere) is None


def test_a_folder_that_others_can_exchange_is_not_used(nowhere: Path) -> None:
    (nowhere / "home").chmod(0o777)
    (nowhere / "tmp").chmod(0o777)
    assert cache_folder(nowhere) is None


# --- files, with a function that takes no time to compile ---------------------------------------------------


def double(a: int) -> int:
    return 2 * a


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls a function as another process would; whether it was kept, and what was said."""

    def called() -> tuple[int, str]:
        machine_code._warned.clear()
        made = numba.njit(double)
        kept(made, double)
        assert made(1) == 2
        return sum(made.stats.cache_hits.values()), capsys.readouterr().err

    config.reload_config()  # what others left in the environment is taken in now, not when something is compiled
    monkeypatch.setitem(vars(config), "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(machine_code, "_warned", [])
    return called


def test_what_cannot_be_used_is_compiled_again_with_one_line(call: Call, tmp_path: Path) -> None:
    assert [call(), call()] == [(0, ""), (1, "")]
    cache = tmp_path / "cache"
    index, data = next(cache.rglob("*.nbi")), next(cache.rglob("*.nbc"))
    whole = data.read_bytes()
    for file, content in (
        (index, b""), (index, b"x" * 100), (data, b""), (data, whole[:200]), (data, whole[:-1] + b"\0\0"),
    ):  # fmt: skip
        file.write_bytes(content)
        hits, said = call()
        assert hits == 0
        assert said.startswith("accession: cache of machine code: ")
        assert file.name in said
        assert said.count("\n") == 1
        assert call() == (1, "")
    data.unlink()
    data.mkdir()  # neither read nor replaced
    assert call()[1].count("\n") == 1


def test_whoever_waits_for_an_engine_to_be_compiled_is_told_once(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    with machine_code.told_when_compiling(lambda: told.append("small")):
        assert call()[0] == 0
    monkeypatch.setattr(machine_code, "SLOW", double.__module__)
    with machine_code.told_when_compiling(lambda: told.append("kept")):
        assert call()[0] == 1
    monkeypatch.setitem(vars(config), "CACHE_DIR", str(vars(config)["CACHE_DIR"]) + "-new")
    with machine_code.told_when_compiling(lambda: told.append("compiled")):
        call()
        monkeypatch.setitem(vars(config), "CACHE_DIR", str(vars(config)["CACHE_DIR"]) + "-newer")
        call()
    assert told == ["compiled"]


def test_a_full_disk_costs_one_line(call: Call, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        hits, said = call()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert hits == 0
    assert "File too large" in said
    assert said.count("\n") == 1
    assert not list(tmp_path.rglob("*.tmp.*"))


@pytest.mark.exhaustive
def test_a_run_goes_well_whatever_became_of_its_cache(processes: Processes, tmp_path: Path) -> None:
    """With the replay engine, of which the least has to be compiled; another cache is filled in test_install."""
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    size = ("--trajectories", "100", "--worlds", "100")
    run = ("run", "grammar-tour", "--engine", "replay", *size, "--json", "--no-report")

    def call(**environment: str) -> Done:
        return processes.accession(*run, env={**cache, **environment}, cwd=tmp_path)

    first = call()
    assert first.returncode == 0, first.stderr
    for number, file in enumerate(sorted((tmp_path / "cache").rglob("*.nb?"))):
        file.write_bytes(file.read_bytes()[: 50 * (number % 3)])
    again = call()
    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert again.stderr.count("\n") == 1
    assert call().stderr == ""


def test_where_nothing_is_compiled_a_reference_is_what_it_refers_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """``NUMBA_DISABLE_JIT=1``: the kernels as plain Python, for tests and debuggers."""
    monkeypatch.setattr(config, "DISABLE_JIT", 1)
    spec = spec_from_file_location("plain_reference", reference.__file__)
    assert spec is not None
    assert spec.loader is not None
    plain = module_from_spec(spec)
    spec.loader.exec_module(plain)
    pair = (1, 2)
    assert plain.by_reference(pair) is pair
