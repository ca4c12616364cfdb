"""Folders of results: replaced only by the same question asked again, whole at every instant, strangers kept."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from sim.base.errors import RunError
from sim.results import folder as folders
from sim.results.folder import PARTIAL, opened, rewritten, whole_folder
from sim.results.manifest import Asked, Subject

STATUS_QUO = Subject("run", (Asked("status-quo", "Status quo", "built-in"),))
CHANGED = Subject("run", STATUS_QUO.scenarios, {"settlement_rate": "0.1"})
OTHER = Subject("run", (Asked("baseline", "Baseline", "built-in"),))
OWN = Subject("run", (Asked("status-quo", "Mine", "own"),))
MANIFEST = {"schema": 2, "accession": "1", "code_digest": "x"}


class Killed(BaseException):
    """What ends a process without a chance to clean up."""


def write(target: Path, subject: Subject = STATUS_QUO, text: str = "old", *more: str) -> None:
    with whole_folder(target, subject) as files:
        (files / "figures").mkdir()
        (files / "manifest.json").write_text(json.dumps(MANIFEST), "utf-8")
        for name in ("summary.json", "figures/a.svg", *more):
            if name == "stop":
                raise KeyboardInterrupt
            (files / name).write_text(text, "utf-8")


def texts(target: Path) -> dict[str, str]:
    """Every file but the manifest."""
    return {
        p.relative_to(target).as_posix(): p.read_text("utf-8")
        for p in sorted(target.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }


@pytest.fixture
def target(tmp_path: Path) -> Path:
    target = tmp_path / "x"
    write(target, STATUS_QUO, "old", "variants.json")
    return target


def test_a_result_is_replaced_whole_and_by_the_same_only(target: Path) -> None:
    assert set(texts(target)) == {"summary.json", "figures/a.svg", "variants.json"}
    write(target, STATUS_QUO, "new")
    assert texts(target) == {"summary.json": "new", "figures/a.svg": "new"}
    for subject in (CHANGED, OTHER, OWN):
        with pytest.raises(RunError, match=r"holds results of something else \(run of status-quo\)"):
            write(target, subject, "newer")
    assert set(texts(target).values()) == {"new"}


def test_what_others_put_there_stays(target: Path) -> None:
    (target / "notes.txt").write_text("mine", "utf-8")
    (target / "figures" / "mine.png").write_text("mine", "utf-8")
    write(target, STATUS_QUO, "new")
    assert texts(target)["notes.txt"] == texts(target)["figures/mine.png"] == "mine"
    (target / "variants.json").write_text("mine", "utf-8")
    with pytest.raises(RunError, match=r"variants\.json: is not of a run"):
        write(target, STATUS_QUO, "newer", "variants.json")
    assert texts(target)["summary.json"] == "new"


@pytest.mark.parametrize(
    "content",
    ["{}", "[]", "nonsense", '{"name": "web"}', "[" * 5000],
    ids=["empty", "list", "text", "another", "deep"],
)
def test_a_folder_of_others_is_refused_before_anything_is_done(content: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(content, "utf-8")
    (tmp_path / "index.html").write_text("x", "utf-8")
    with pytest.raises(RunError, match="not a folder of results"), whole_folder(tmp_path, STATUS_QUO):
        pytest.fail("it went on")
    assert sorted(os.listdir(tmp_path)) == ["index.html", "manifest.json"]


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "lost+found"])
def test_what_a_system_puts_everywhere_does_not_matter(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("", "utf-8")
    write(tmp_path)
    assert opened(tmp_path).files.keys() == {"summary.json", "figures/a.svg"}


def test_nothing_is_needed_beside_the_folder(target: Path) -> None:
    """So it may be a mount point, or its parent read-only."""
    before = os.listdir(target.parent)
    with whole_folder(target, STATUS_QUO) as files:
        assert target in files.parents
        assert os.listdir(target.parent) == before
        (files / "manifest.json").write_text(json.dumps(MANIFEST), "utf-8")


def test_modes_are_those_that_the_user_asks_for(tmp_path: Path) -> None:
    tmp_path.chmod(0o2775)
    before = os.umask(0o027)
    try:
        write(tmp_path / "deep" / "x")
    finally:
        os.umask(before)
    made = [stat.S_IMODE((tmp_path / way).stat().st_mode) for way in ("deep", "deep/x", "deep/x/figures")]
    assert [mode & 0o777 for mode in made] == [0o750] * 3
    assert [mode & stat.S_ISGID for mode in made] == [stat.S_ISGID] * 3
    assert stat.S_IMODE((tmp_path / "deep/x/summary.json").stat().st_mode) == 0o640


# --- stopped on the way ---------------------------------------------------------------------------------


def test_a_run_that_fails_leaves_nothing(target: Path, tmp_path: Path) -> None:
    for place in (target, tmp_path / "new" / "y"):
        with pytest.raises(KeyboardInterrupt):
            write(place, STATUS_QUO, "half", "stop")
    assert os.listdir(tmp_path) == ["x"]
    assert set(texts(target).values()) == {"old"}


def stopped_after(monkeypatch: pytest.MonkeyPatch, calls: int) -> Callable[[], int]:
    """Kills whoever changes a file for the time after that many; returns how many changes there were."""
    count = 0

    def counted(real: Callable[..., None]) -> Callable[..., None]:
        def change(*arguments: object, **options: object) -> None:
            nonlocal count
            if count == calls:
                raise Killed
            count += 1
            real(*arguments, **options)

        return change

    for name in ("replace", "unlink"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    monkeypatch.setattr(folders._Place, "close", lambda place: place._lock.close() if place._lock else None)
    return lambda: count


def test_killed_at_any_instant_old_or_new_is_whole(target: Path) -> None:
    write(target, STATUS_QUO, "old", "variants.json")
    old, new = texts(target), {"summary.json": "new", "figures/a.svg": "new", "more.json": "new"}
    seen = set()
    for calls in range(1000):
        with pytest.MonkeyPatch.context() as patch:
            changes = stopped_after(patch, calls)
            with suppress(Killed):
                write(target, STATUS_QUO, "new", "more.json")
            done = changes() < calls
        found = opened(target)
        found.check(target)
        now = {name: text for name, text in texts(target).items() if not name.startswith(PARTIAL)}
        assert now in (old, new), calls
        seen.add(now == new)
        write(target, STATUS_QUO, "old", "variants.json")  # clears what the killed one left
        assert texts(target) == old
        if done:
            break
    assert seen == {True, False}


def test_two_at_once(target: Path) -> None:
    with whole_folder(target, STATUS_QUO) as files:
        (files / "manifest.json").write_text(json.dumps(MANIFEST), "utf-8")
        with pytest.raises(RunError, match="another run is writing there"), whole_folder(target, STATUS_QUO):
            pytest.fail("it went on")


# --- reading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["summary.json", "figures/a.svg", "manifest.json"])
def test_what_was_cut_or_altered_is_named(name: str, target: Path) -> None:
    file = target / name
    text = file.read_text("utf-8")
    for other in (text[:-3] or "x", text.replace("o", "0", 1), "", "{}", "null"):
        file.write_text(other, "utf-8")
        with pytest.raises(RunError, match=rf"{file.name}: was altered or cut|no results there"):
            opened(target).check(target)
    file.unlink()
    with pytest.raises(RunError, match=r"is missing|no results there"):
        opened(target).check(target)


def test_results_of_another_verb_are_named(target: Path, tmp_path: Path) -> None:
    assert opened(target, "run").subject == STATUS_QUO
    with pytest.raises(
        RunError, match=r"holds results of `accession run`; allowed: a folder that `accession sweep`"
    ):
        opened(target, "sweep")
    with pytest.raises(RunError, match="no results there; allowed: a folder that `accession sweep` wrote"):
        opened(tmp_path, "sweep")


def test_an_older_schema_is_refused_by_name(target: Path) -> None:
    (target / "manifest.json").write_text(json.dumps({**MANIFEST, "schema": 1}), "utf-8")
    with pytest.raises(RunError, match="schema '1' of accession '1'; this version reads 2"):
        opened(target)
    with pytest.raises(RunError, match="schema '1'"):
        write(target)


def test_a_strange_schema_is_told_in_twenty_characters(target: Path) -> None:
    strange = {**MANIFEST, "schema": "s" * 30, "accession": "a" * 30}
    (target / "manifest.json").write_text(json.dumps(strange), "utf-8")
    with pytest.raises(RunError, match=f"schema '{'s' * 20}' of accession '{'a' * 20}'; this version"):
        opened(target)


def draw(target: Path, name: str, stop: Exception | None = None) -> None:
    with rewritten(target) as files:
        (files / "figures").mkdir()
        (files / name).write_text("page", "utf-8")
        if stop is not None:
            raise stop


def test_a_report_joins_a_result_or_leaves_it_alone(target: Path, tmp_path: Path) -> None:
    draw(target, "report.html")
    assert texts(target)["report.html"] == "page"
    opened(target).check(target)
    with pytest.raises(RunError, match="nothing was written: full"):
        draw(target, "report.html", OSError("full"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.svg").write_text("mine", "utf-8")
    for file in (target / "figures").iterdir():
        file.unlink()
    (target / "figures").rmdir()
    (target / "figures").symlink_to(elsewhere)
    with pytest.raises(RunError, match="a folder or a link"):
        draw(target, "figures/a.svg")
    assert (elsewhere / "a.svg").read_text("utf-8") == "mine"
    assert texts(target)["report.html"] == "page"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "a\\..\\x", "", "a\x1b[31m", "."])
def test_no_name_of_a_file_is_a_way_out(name: str) -> None:
    with pytest.raises(RunError, match="leads out of the folder"):
        folders.safe(name)
