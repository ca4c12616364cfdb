"""Several runs in one process at once, none in the main thread, as in a notebook's or a server's threads."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import accession
from sim.base.signals import ENDING
from tests.two_holdouts import TEXT


def written(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.exhaustive
def test_runs_side_by_side_write_what_each_writes_alone(tmp_path: Path) -> None:
    scenario = tmp_path / "two.yaml"
    scenario.write_text(TEXT, "utf-8")

    def run(name: str, seed: int) -> dict[str, bytes]:
        accession.run(scenario, trajectories=200, worlds=100, seed=seed, out=tmp_path / name)
        return written(tmp_path / name)

    before = [signal.getsignal(number) for number in ENDING]
    with ThreadPoolExecutor(2) as threads:
        at_once = [threads.submit(run, f"at-once-{seed}", seed) for seed in (1, 2)]
        found = [future.result() for future in at_once]
    assert found == [run("alone-1", 1), run("alone-2", 2)]
    assert [signal.getsignal(number) for number in ENDING] == before
