"""Single files: written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.base.errors import RunError, reason
from sim.base.files import write_whole
from sim.commands.new import write_new


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full when what was written is to be kept."""

    def refused(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refused)


@pytest.mark.usefixtures("full")
def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("old")
    with pytest.raises(OSError, match="No space") as error:
        write_whole(file, "new")
    assert error.value.filename == str(file)
    assert [f.name for f in tmp_path.iterdir()] == ["x.csv"]
    assert file.read_text() == "old"


@pytest.mark.usefixtures("full")
def test_a_new_scenario_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No space left on device"):
        write_new("mine", "baseline", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_device_is_named() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    with pytest.raises(OSError, match="No space") as error:
        write_whole(Path("/dev/full"), "new")
    assert error.value.filename == "/dev/full"


def test_what_a_library_says_of_a_full_disk_is_told_in_the_words_of_the_system() -> None:
    assert reason(OSError("Error writing bytes to file. Detail: [errno 28] No space left on device")) == (
        "No space left on device"
    )
    assert reason(OSError(13, "Permission denied")) == "Permission denied"
    assert reason(OSError("no more")) == "no more"


def test_a_file_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    file, link = tmp_path / "x.csv", tmp_path / "link.csv"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    write_whole(link, "é\r\n")
    assert link.is_symlink()
    assert file.read_bytes() == "é\r\n".encode()
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_new_file_takes_the_place_of_none(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    write_whole(file, "one", new=True)
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    for taken in (file, tmp_path / "dangling"):
        with pytest.raises(FileExistsError):
            write_whole(taken, "two", new=True)
    assert file.read_text() == "one"
    mask = os.umask(0)
    os.umask(mask)
    assert file.stat().st_mode & 0o777 == 0o666 & ~mask


def test_devices_are_written_to(tmp_path: Path) -> None:
    write_whole(Path("/dev/null"), "x")
    assert not Path("/dev/null").is_file()
