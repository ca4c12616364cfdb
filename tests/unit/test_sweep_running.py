"""Points in the hands of workers: chunks, workers that die under them, points that kill, executors of any kind."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.base.errors import OptionError, RunError
from sim.facts.read import load_facts
from sim.scenario.load import load_scenario, load_text
from sim.scenario.setting import Set
from sim.studies.points import NOTHING, Point, Points
from sim.studies.prepare import prepare
from sim.studies.sweep.executors import Processes, cluster, processes, width_of
from sim.studies.sweep.found import Found, number_of
from sim.studies.sweep.rows import ENDED, failed, packed, table
from sim.studies.sweep.running import CHUNK_WORK, MOST_POINTS, STRIKES, chunk_size, run_points
from sim.studies.sweep.work import Packed, Ready, Study, Task
from tests.two_holdouts import TEXT, scenario

NOBODY = Packed(b"", "")


def point(number: int) -> Point:
    return Point({"known": Set("value", (float(number),))})


POINTS = [point(number) for number in range(20)]


class Crew(Executor):
    """Workers who do nothing but note what they were given, and die of some points."""

    def __init__(self, deadly: Sequence[int] = (), broken: type[Exception] = BrokenExecutor) -> None:
        self.workers = 1  # and so two tasks under way
        self.deadly, self.broken = {point(number).id for number in deadly}, broken
        self.given: list[list[float]] = []
        self.renewed = 0
        self._dead = False

    def submit(self, work: Callable[..., Any], /, *what: Any, **_: Any) -> Future[Any]:
        if self._dead:
            raise self.broken
        [task] = what
        self.given.append([each.numbers["known"].numbers[0] for each in task.points])
        made: Future[Any] = Future()
        if self.deadly & {each.id for each in task.points}:
            self._dead = issubclass(self.broken, BrokenExecutor)
            made.set_exception(self.broken("a worker died"))
        else:
            made.set_result(packed(table([failed(each.id, "done") for each in task.points])))
        return made

    def renew(self) -> None:
        self.renewed += 1
        self._dead = False


def kept(crew: Executor, size: int = 4, points: Sequence[Point] = POINTS) -> dict[str, str]:
    """Point -> what was found at it."""
    found: dict[str, str] = {}

    def keep(block: bytes, points: int) -> None:
        rows = pd.read_parquet(BytesIO(block))
        assert len(rows) == points
        assert not set(rows["id"]) & set(found)
        found.update(zip(rows["id"], rows["error"], strict=True))

    run_points(NOBODY, iter(points), size, crew, 1, keep)
    return found


def test_points_are_handed_out_in_chunks_and_in_order() -> None:
    crew = Crew()
    assert len(kept(crew)) == 20
    assert crew.given == [[4.0 * k + i for i in range(4)] for k in range(5)]


def test_a_point_that_kills_its_worker_three_times_has_failed() -> None:
    crew = Crew(deadly=[9])
    found = kept(crew)
    assert found.pop(point(9).id).startswith(ENDED)
    assert set(found.values()) == {"done"}
    assert len(found) == 19
    assert crew.renewed == STRIKES
    assert crew.given.count([9.0]) == STRIKES - 1  # the first time it had company


def test_what_has_bad_company_is_not_blamed() -> None:
    crew = Crew(deadly=[0, 2, 5, 19])
    found = kept(crew, size=1)
    assert {id for id, said in found.items() if said != "done"} == {point(n).id for n in (0, 2, 5, 19)}


def test_a_cluster_that_gives_a_task_up_is_not_broken() -> None:
    crew = Crew(deadly=[9], broken=type("KilledWorker", (Exception,), {}))
    found = kept(crew)
    assert [said[: len(ENDED)] for said in found.values() if said != "done"] == [ENDED]
    assert len(found) == 20
    assert crew.renewed == 0


def test_workers_that_die_of_everything_end_the_sweep() -> None:
    with pytest.raises(RunError, match="processes end as soon as they have begun"):
        kept(Crew(deadly=range(20)))


def test_an_executor_that_cannot_be_made_anew_ends_the_sweep() -> None:
    crew = Crew(deadly=[9])
    crew.renew = None  # type: ignore[assignment, method-assign]
    with pytest.raises(RunError, match="start again to go on"):
        kept(crew)


def test_what_goes_wrong_elsewhere_is_told() -> None:
    with pytest.raises(ZeroDivisionError):
        kept(Crew(deadly=[9], broken=ZeroDivisionError))


@pytest.mark.parametrize(
    ("trajectories", "points", "workers", "size"),
    [
        (200_000, 1000, 1, 1),
        (20_000, 1000, 2, CHUNK_WORK // 20_000),
        (200, 100_000, 2, MOST_POINTS),
        (200, 40, 2, 5),
        (200, 3, 4, 1),
        (10**7, 1, 1, 1),
    ],
)
def test_chunks_are_a_seconds_work_and_enough_for_all(
    trajectories: int, points: int, workers: int, size: int
) -> None:
    assert chunk_size(trajectories, points, Processes(workers)) == size


# --- the work itself ----------------------------------------------------------------------------------------


def study(loaded: Any, first: Point = NOTHING) -> tuple[Study, Ready]:
    base = prepare(loaded, 100)
    made = Study.of(base, 100, 200, [base.model.horizon], first)
    return made, Ready(made, Points(base))


def test_a_study_goes_to_another_process_without_the_tables_that_are_there() -> None:
    made, ready = study(load_scenario("status-quo"))
    sent = pickle.loads(pickle.dumps(Task(Packed.of(made), (point(1),))))
    assert len(sent.study.content) < 60_000
    again = Ready.of(sent.study.study())
    np.testing.assert_array_equal(again._points.base.worlds.values, ready._points.base.worlds.values)
    changed = Point({"settlement_rate": Set("times", (2.0,))})
    assert again.found(changed, 1) == ready.found(changed, 1)


def test_a_users_own_tables_go_with_it(tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text("a\n0.1\n0.3\n", "utf-8")
    own = TEXT.replace("{uniform: {low: 0.1, high: 0.9}}", "{table: {file: draws.csv, column: a}}")
    made, _ = study(load_text(own, "own", tmp_path))
    sent = Packed.of(made)
    (tmp_path / "draws.csv").unlink()
    there = Ready.of(sent.study())
    assert set(there._points.base.worlds.parameters["rate"]) == {0.1, 0.3}
    event = Point(events={"ESP.stance=recognises": made.loaded.content.start.replace(year=2028)})
    assert there.found(event, 1).error is None


def test_other_code_or_facts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = study(scenario())
    with pytest.raises(RunError, match="another version of accession"):
        Packed.of(replace(made, code="other")).study()
    assert load_facts().digest == made.facts_digest
    with pytest.raises(RunError, match="other facts"):
        Packed.of(replace(made, facts_digest="other")).study()


def test_what_goes_wrong_at_a_point_is_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    _, ready = study(scenario())
    assert ready.found(Point({"chance": Set("value", (2.0,))}), 1).error == (
        "talks.held: chance is 2 in world 0 of 100; allowed: 0 to 1. 100 of 100 worlds are outside."
    )
    monkeypatch.setattr(Points, "ready", lambda self, point: [][1])
    assert ready.found(point(1), 1).error == "IndexError: list index out of range"


def test_rows_are_found_wherever_they_are() -> None:
    found = Found()
    for numbers in ([3, 1], [2], [5, 4, 0]):
        found.add(packed(table([failed(point(n).id, f"{n}") for n in numbers])))
    wanted = np.array([number_of(point(n).id) for n in (0, 1, 2, 3, 5)], np.uint64)
    [rows] = found.ordered(wanted)
    assert rows["error"].to_pylist() == ["0", "1", "2", "3", "5"]
    assert len(found.failed()) == 6


# --- executors ----------------------------------------------------------------------------------------------


def test_an_executor_says_how_much_it_takes() -> None:
    with ThreadPoolExecutor(3) as threads:
        assert width_of(threads) == 6
    assert width_of(Processes(5)) == 10


def test_what_is_no_executor() -> None:
    with pytest.raises(OptionError, match="processes 0: allowed: 1 or more"), processes(0):
        pass
    pytest.importorskip("distributed")
    for where in ("local:0", "local:x", "somewhere"):
        with pytest.raises(OptionError, match=f"cluster {where}: allowed: local:N"), cluster(where):
            pass
