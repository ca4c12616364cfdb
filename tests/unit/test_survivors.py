"""What changes made on purpose once got past the tests: each number here is worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import sqrt
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.base.dates import DAYS_PER_YEAR
from sim.engines.paths import Paths, TiltedPaths
from sim.estimates.differences import _errors, luck_ratio, spread, step_difference
from sim.estimates.intervals import (
    STEPS,
    ShareEstimate,
    _average_posteriors,
    _beta_masses,
    _collect,
    _errors_of_ends,
    _grid_edges,
    _keep_up,
    rank_errors,
)
from sim.estimates.outcomes import Outcomes
from sim.estimates.paired import Counts, paired_error
from sim.estimates.summary import _label, _milestone, summarise
from sim.estimates.tally import Tally
from sim.estimates.weighed import WeighedTally, least_rates
from sim.history.hindcast.scores import Observation, brier
from sim.model.compiler import compile_scenario
from sim.model.model import HOW, NOT_REACHED, PASSED, Model
from sim.results.joined import JoinedWriter
from sim.results.trajectories import TrajectoryWriter, to_table
from sim.scenario.load import load_text
from sim.studies.prepare import prepare
from sim.studies.together import BATCHES, SAME_TIME, _PairedStep, _Taken, run_together
from tests.two_holdouts import TEXT
from tests.unit.scenario_samples import TOUR, load

NEVER = float("inf")


@pytest.fixture(scope="module")
def two() -> Model:
    """Two steps, talks and entry; two voters, ESP and GRC."""
    return compile_scenario(load_text(TEXT, "two"))


def paths(
    model: Model, times: list[tuple[float, float]], blockers: list[tuple[int, int]], first: int = 0
) -> Paths:
    """Trajectories by when they take the two steps, and the bits of those who blocked each."""
    n, time = len(times), np.array(times)
    nobody = np.full(n, -1, np.int16)
    return Paths(
        trajectory=np.arange(first, first + n), world=np.zeros(n, np.int64), time=time,
        how=np.where(np.isinf(time), NOT_REACHED, PASSED).astype(np.int8),
        blockers=np.array(blockers, np.uint64)[:, :, None], last_to_move=nobody, last_to_ratify=nobody,
        watch=np.zeros((n, 0)), due=np.zeros((2, len(model.years)), np.int64),
        blocked=np.zeros((2, len(model.years), 2), np.int64),
    )  # fmt: skip


# --- estimates ----------------------------------------------------------------------------------------------


def test_the_ends_of_never_are_those_of_the_step_the_other_way_round() -> None:
    share = ShareEstimate(0.3, 0.01, 0.005, (0.1, 0.6), (0.01, 0.02), 500, 50_000)
    never = _milestone([date(2030, 1, 1)], [share], None).never_within_horizon
    assert never.credible_90 == pytest.approx((0.4, 0.9))
    assert never.probability == pytest.approx(0.7)


def test_blockers_are_counted_where_the_ladder_ends_before_the_step(two: Model) -> None:
    tally = Tally(two, 1)
    times = [(1.0, NEVER), (1.0, NEVER), (NEVER, NEVER), (1.0, 2.0)]
    # ESP is bit 0, GRC bit 1; bits of the third and fourth at the second step are of no account
    tally.add(paths(two, times, [(0, 1), (0, 3), (2, 3), (0, 3)]))
    found = summarise(tally, 1, "?").blockers
    assert (found["entry"].stuck, found["entry"].at_last_meeting) == (2, {"ESP": 1.0, "GRC": 0.5})
    assert (found["talks"].stuck, found["talks"].at_last_meeting) == (1, {"GRC": 1.0})


def test_sequences_that_were_not_kept_are_told_as_a_share(two: Model) -> None:
    tally = Tally(two, 1)
    tally.add(paths(two, [(1.0, NEVER)] * 4, [(0, 1)] * 4))
    tally.paths.missed = 1
    assert summarise(tally, 1, "?").paths_error == 0.25


def test_who_is_last_is_counted_by_voter_behind_those_in_which_nobody_is(two: Model) -> None:
    tally = Tally(two, 1)
    some = paths(two, [(1.0, 2.0)] * 4, [(0, 0)] * 4)
    moved, ratified = np.array([-1, 0, 1, 1], np.int16), np.array([1, 1, 1, -1], np.int16)
    for _ in range(2):
        tally.add(replace(some, last_to_move=moved, last_to_ratify=ratified))
    assert tally.last_to_move.tolist() == [2, 2, 4]
    assert tally.last_to_ratify.tolist() == [2, 0, 6]


def test_each_way_of_taking_a_step_has_bins_of_its_own(two: Model) -> None:
    tally = Tally(two, 1)
    some = paths(two, [(0.2, NEVER), (1.2, NEVER), (1.2, NEVER), (0.2, NEVER)], [(0, 1)] * 4)
    tally.add(replace(some, how=np.array([[1, 0], [2, 0], [2, 0], [3, 0]], np.int8)))
    ways = {how: int(row.sum()) for how, row in zip(HOW, tally.bins[0], strict=True)}
    assert ways == {"not reached": 0, "passed": 1, "waived": 2, "bypassed": 1}
    when = [np.flatnonzero(row).tolist() for row in tally.bins[0]]
    assert when[1] == when[3]
    assert when[2][0] > when[1][0]
    labels = [_label(two, code) for code in range(2 * len(HOW))]
    assert labels[:4] == ["talks (not reached)", "talks", "talks (waived)", "talks (bypassed)"]
    assert labels[5] == "entry"
    watching = compile_scenario(load_text(TEXT + "watch: [{chain: unread, state: on}]\n", "two"))
    assert [_label(watching, code) for code in (0, 2)] == ["unread=on", "talks"]


def test_sequences_number_watched_entries_and_steps_by_the_way_they_are_taken() -> None:
    """A watched entry is before a step of the same moment; a step has a number for each way."""
    watching = compile_scenario(load_text(TEXT + "watch: [{chain: unread, state: on}]\n", "two"))
    times = [(1.0, NEVER), (0.2, 2.0), (NEVER, NEVER), (0.0, 0.0)]
    some = replace(
        paths(watching, times, [(0, 0)] * 4),
        watch=np.array([[0.5], [0.2], [0.7], [NEVER]]),
        how=np.array([[1, 0], [3, 1], [0, 0], [2, 2]], np.int8),
    )
    talks, entry = 1, 1 + len(HOW)
    assert Tally(watching, 1)._sequences(some).tolist() == [
        [0, talks + 1, -1], [0, talks + 3, entry + 1], [0, -1, -1], [talks + 2, entry + 2, -1],
    ]  # fmt: skip


# --- intervals ----------------------------------------------------------------------------------------------


def share_with(ends: tuple[float, float] | None, errors: tuple[float, float] | None) -> ShareEstimate:
    return ShareEstimate(0.5, 0.01, 0.01, ends, errors, 100, 2000)


def test_an_end_that_would_fall_is_kept_each_with_the_larger_error() -> None:
    before = share_with((0.2, 0.8), (0.03, 0.01))
    both = _keep_up(before, share_with((0.1, 0.7), (0.01, 0.02)))
    assert (both.credible_90, both.credible_error) == ((0.2, 0.8), (0.03, 0.02))
    one = _keep_up(before, share_with((0.3, 0.7), (0.01, 0.005)))
    assert (one.credible_90, one.credible_error) == ((0.3, 0.8), (0.01, 0.01))
    other = _keep_up(before, share_with((0.1, 0.9), (0.05, 0.005)))
    assert (other.credible_90, other.credible_error) == ((0.2, 0.9), (0.05, 0.005))
    assert _keep_up(share_with(None, None), before) == before


def test_the_error_of_a_rank_on_a_straight_line_is_that_of_its_level() -> None:
    worlds = 10_001
    values = np.linspace(0.0, 1.0, worlds)
    expected = sqrt(0.05 * 0.95 / worlds)
    assert rank_errors(values) == pytest.approx([expected, expected], rel=1e-9)
    assert rank_errors(3 * values) == pytest.approx([3 * expected, 3 * expected], rel=1e-9)


def test_the_variance_between_worlds_has_a_floor() -> None:
    """Shares that are nearer to one another than chance alone would have them."""
    shares = _collect(np.array([5, 5, 5, 6]), np.array([10, 10, 10, 10]))
    noise = (3 * 0.25 + 0.24) / 4 / 9
    assert shares.noise == pytest.approx(noise)
    assert shares.variance < noise
    assert shares.between == pytest.approx(noise * sqrt(2 / 4))
    apart = _collect(np.array([1, 9]), np.array([10, 10]))
    assert apart.between == pytest.approx(0.32 - 0.09 / 9)


def test_posteriors_are_averaged_half_the_steps_and_all_of_them() -> None:
    """By sums as they are written, of four worlds far apart from one another."""
    hits, totals = np.array([20, 90, 180, 300]), np.full(4, 400)
    shares = _collect(hits, totals)
    edges = np.linspace(0.1, 1.4, 14)
    grid = (edges[1:] + edges[:-1]) / 2
    likely = [np.sin(grid) ** (2 * h) * np.cos(grid) ** (2 * (400 - h)) for h in hits.tolist()]
    mass = _beta_masses(shares, grid)
    strength = shares.mean * (1 - shares.mean) / shares.between - 1
    a, b = shares.mean * strength, (1 - shares.mean) * strength
    density = np.sin(grid) ** (2 * a - 1) * np.cos(grid) ** (2 * b - 1)
    assert mass == pytest.approx(density / density.sum(), rel=1e-9)
    reached = []
    for _ in range(STEPS):
        reached.append(mass)
        mass = sum(mass * like / (mass * like).sum() for like in likely) / 4
    early, late = _average_posteriors(shares, edges)
    assert early == pytest.approx(reached[STEPS // 2], rel=1e-6)
    assert late == pytest.approx(mass, rel=1e-6)
    assert np.abs(late - early).max() > 1e-6


def test_worlds_within_a_quarter_of_the_noise_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of shares by hand: of 400 trajectories the noise of an angle is 1 / 40, and a cell is at most a quarter."""
    hits, totals = np.append(np.arange(106, 300, 2), [150, 150, 151]), np.full(100, 400)
    shares = _collect(hits, totals)
    edges = _grid_edges(shares)
    grid, width = (edges[1:] + edges[:-1]) / 2, edges[-1] - edges[0]
    for most in (10_000, 20):
        monkeypatch.setattr("sim.estimates.intervals.LARGEST_CELLS", most)
        number = min(int(np.ceil(width * 160)), most)
        cells: dict[int, list[int]] = {}
        for h in hits.tolist():
            at = int((np.arcsin(sqrt(h / 400)) - edges[0]) / width * number)
            cells.setdefault(min(at, number - 1), []).append(h)
        assert len(cells) < 95
        mass = _beta_masses(shares, grid)
        for _ in range(STEPS):
            made = np.zeros(len(grid))
            for group in cells.values():
                h = sum(group) / len(group)
                log = 2 * h * np.log(np.sin(grid)) + 2 * (400 - h) * np.log(np.cos(grid))
                posterior = mass * np.exp(log - log.max())
                made += len(group) / 100 * posterior / posterior.sum()
            mass = made
        assert _average_posteriors(shares, edges)[1] == pytest.approx(mass, rel=1e-6)


def test_the_errors_of_ends_are_four_parts() -> None:
    """With a distribution that is even over the angles, so that every slope is known."""
    hits = np.array([20, 35, 50, 65, 80] * 40)
    shares = _collect(hits, np.full(200, 100))
    edges = np.linspace(0.4, 1.2, 401)
    even = np.full(400, 1 / 400)
    tilted = even * np.linspace(0.9, 1.1, 400)
    found = _errors_of_ends(shares, edges, tilted / tilted.sum(), even)

    def at(level: float) -> float:
        return float(np.sin(0.4 + 0.8 * level) ** 2)

    noise, between = shares.noise, shares.variance - shares.noise
    r = sqrt(0.05 * 0.95 / 200 * (1 + noise / between))
    ends = [at(0.05), at(0.95)]
    cumulative = np.append(0.0, np.cumsum(tilted / tilted.sum()))
    early = [float(np.sin(np.interp(level, cumulative, edges)) ** 2) for level in (0.05, 0.95)]
    for side, level in enumerate((0.05, 0.95)):
        slopes = [(at(min(level + k * r, 1)) - at(max(level - k * r, 0))) / (2 * k) for k in (1, 2, 3)]
        spread_of = noise * sqrt(2 / 200) / between * abs(ends[side] - shares.mean)
        half_hit = 0.5 / 100 / (1 + 100 * min(ends[side], 1 - ends[side])) ** 2
        parts = (max(slopes), spread_of, ends[side] - early[side], half_hit)
        assert found[side] == pytest.approx(sqrt(sum(part**2 for part in parts)), rel=1e-9)
        assert spread_of > 0.05 * found[side]  # it is enough to be missed


def test_there_are_two_cells_to_a_unit_of_noise() -> None:
    edges = _grid_edges(_collect(np.array([500, 1500]), np.array([2000, 2000])))
    blur = 0.5 / sqrt(2000)
    assert (edges[0], edges[-1]) == pytest.approx((np.pi / 6 - blur, np.pi / 3 + blur), rel=1e-12)
    assert len(edges) == np.ceil(2 * (np.pi / 6 + 2 * blur) / blur) + 1 > 61


# --- differences --------------------------------------------------------------------------------------------


def test_differences_are_pulled_by_the_root_of_the_share_that_is_not_chance() -> None:
    rng = np.random.default_rng(1)
    totals = np.full(400, 1000)
    gained, lost = rng.binomial(1000, rng.uniform(0.1, 0.5, 400)), np.zeros(400, np.int64)
    seen = gained / 1000
    noise = float(((seen - seen**2) / 999).mean())
    pull = sqrt(1 - noise / seen.var(ddof=1))
    expected = seen.mean() + pull * (np.quantile(seen, [0.05, 0.95]) - seen.mean())
    found = spread(gained, lost, totals, 400)
    assert found.credible_90 == pytest.approx(tuple(expected), rel=1e-12)
    assert found.mc_error_within == pytest.approx(sqrt(noise / 400), rel=1e-12)
    assert pull < 0.997  # so that another power of it would show


def test_the_errors_of_the_ends_of_a_difference() -> None:
    """Worlds on a straight line, more noisy the higher: the lower end is known to half a trajectory only."""
    seen, noise = np.linspace(-0.2, 0.8, 21), np.arange(21) * 1e-4
    mixed = np.random.default_rng(1).permutation(21)
    for pull, shape in ((0.99, (0.5 / 50, sqrt(19.5e-4) / 2)), (0.9, (0.045, 0.045))):
        pulled = 0.3 + pull * (seen - 0.3)
        expected = np.hypot(rank_errors(pulled), shape)
        found = _errors(seen[mixed], pulled[mixed], noise[mixed], np.full(21, 50.0))
        assert found == pytest.approx(expected, rel=1e-9)


def test_the_ratio_of_luck_in_two_worlds() -> None:
    """Differences of 0.1 and -0.2; chance within worlds, with the same luck and with luck of its own."""
    first, other, gained, lost = (np.array(pair) for pair in ((3, 6), (4, 4), (2, 1), (1, 3)))
    whole, together = 0.3**2 / 2, (0.29 + 0.36) / 2 / 9
    apart = (0.21 + 0.24) / 2 / 9 + 0.24 / 9
    found = luck_ratio(first, other, gained, lost, np.array([10, 10]))
    assert found == pytest.approx((whole - together + apart) / whole, rel=1e-12)


def test_the_part_of_chance_is_never_above_the_whole() -> None:
    """Two units that differ by the same amount: the whole is nothing, the part within is not."""
    before = np.array([[[10], [20]]])
    first, other = (Counts(("entry",), hits, np.array([100, 100]), 2) for hits in (before, before + 5))
    pair = _PairedStep(0, 0, 0.0, (2, 2)).counts(before[0], before[0] + 5, 200)
    (found,) = step_difference("entry", [date(2030, 1, 1)], first, other, pair).by
    assert found.difference == pytest.approx(0.05)
    assert found.difference_error_within <= found.difference_error < 1e-15


def test_times_within_a_third_of_a_second_are_the_same() -> None:
    step = _PairedStep(0, 0, 0.0, (1, 2))
    moved = np.array([0.0, 0.5, -0.5, 2.0, 3.0, -2.0]) * SAME_TIME
    first = np.ones((6, 1))
    slots = np.zeros((6, 1), np.int64)
    step.add(np.zeros(6, np.int64), (_Taken(slots, first), _Taken(slots, first + moved[:, None])))
    futures = step.counts(np.array([[6]]), np.array([[6]]), 6).futures
    assert (futures.same, futures.later, futures.earlier) == (3 / 6, 2 / 6, 1 / 6)
    assert pytest.approx(0.32, abs=0.01) == SAME_TIME * DAYS_PER_YEAR * 86_400


def test_a_difference_that_nobody_saw_has_the_error_of_a_proportion_that_nobody_saw() -> None:
    a, b = 0.5, 8.5
    hits, totals = np.array([1, 3]), np.array([4, 4])
    error, ratio = paired_error(hits, hits, totals)
    assert error == pytest.approx(sqrt(a * b / (a + b + 1)) / (a + b))
    assert np.isnan(ratio)


def test_one_world_is_paired_in_batches_and_few_trajectories_one_by_one() -> None:
    ready = prepare(load_text(TEXT, "two", overrides={"rate": 0.5}), seed=1)
    for trajectories, units in ((30, 30), (BATCHES + 500, BATCHES)):
        counts = run_together([ready], [date(2029, 12, 31)], trajectories).counts[0]
        assert (len(counts.totals), counts.totals.sum(), counts.worlds) == (units, trajectories, 1)


def test_of_two_tilts_of_one_move_the_higher_counts(two: Model) -> None:
    for tilt in (["known=2", "known=3"], ["known=3", "known=2"]):
        assert sorted(set(least_rates(two, tilt).tolist())) == [0.0, 3.0]


def test_weights_are_added_by_world(two: Model) -> None:
    """Two worlds of two trajectories; the sums are short enough to be done by hand."""
    lived = paths(two, [(0.5, NEVER), (1.5, 2.0), (0.5, 0.6), (NEVER, NEVER)], [(0, 0)] * 4)
    weights = np.array([[1.0, 2.0, 0.0], [3.0, 0.5, 1.0], [1.0, 4.0, 0.25], [1.0, 0.0, 0.0]])
    tally = WeighedTally(two, 2, ())
    tally.add(TiltedPaths(**{**vars(lived), "world": np.array([0, 1, 0, 1])}, weights=weights))
    assert tally.by_horizon().tolist() == [[3.0, 0.125], [0.25, 0.5]]
    last = tally.curve(0)[-1]
    assert (last.probability, last.mc_error) == pytest.approx((1.625, 2.75 / 2))
    assert last.mc_error_within == pytest.approx(sqrt((20.25 / 2 - 9 - 0.0625) / 2 / 2))
    assert tally.bins()[1].sum(axis=1) == pytest.approx([6.5 / 4, 1.25 / 4])
    said = tally.tilted()
    assert (said.mean_weight, said.mean_weight_error) == pytest.approx((1.5, sqrt((3 - 1.5**2) / 4)))
    assert said.effective == pytest.approx({"talks": 6.5**2 / 20.25, "entry": 1.25**2 / 1.0625})


# --- scores -------------------------------------------------------------------------------------------------


def test_the_last_day_of_a_year_counts_on_both_sides() -> None:
    year = DAYS_PER_YEAR
    sample = np.array([year, year + 1, year + 2, NEVER])
    on_the_day, after = Observation(year, False, year), Observation(year + 0.5, False, 2 * year)
    assert brier(sample, on_the_day, 1) == pytest.approx(
        0.75**2
    )  # watched to the day itself, and it happened
    assert brier(sample, after, 1) == pytest.approx(0.25**2)
    assert brier(sample, Observation(year - 0.5, True, year - 0.5), 1) is None
    assert brier(sample, Observation(year, True, year), 1) == pytest.approx(0.25**2)


# --- files --------------------------------------------------------------------------------------------------


def test_a_step_at_the_start_is_stored_and_one_that_is_not_taken_is_null(two: Model) -> None:
    table = to_table(two, paths(two, [(0.0, NEVER), (0.0, 0.0), (1.5, 2.0)], [(0, 0)] * 3))
    assert table["talks"].to_pylist() == [0.0, 0.0, 1.5]
    assert table["entry"].to_pylist() == [None, 0.0, 2.0]
    assert table["last_to_move"].to_pylist() == [None] * 3


@pytest.mark.parametrize("blocks", [[25], [10, 10, 5], [1] * 25, [7, 18], [24, 1]])
def test_row_groups_have_one_size_whatever_the_blocks(
    blocks: list[int], two: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.results.trajectories.ROW_GROUP", 10)
    writer, first = TrajectoryWriter(tmp_path / "rows.parquet", two), 0
    for size in blocks:
        times = [(float(i), NEVER) for i in range(first, first + size)]
        writer.add(paths(two, times, [(0, 1)] * size, first))
        first += size
    writer.close()
    stored = pq.ParquetFile(tmp_path / "rows.parquet")
    groups = [stored.metadata.row_group(i).num_rows for i in range(stored.num_row_groups)]
    assert groups == [10, 10, 5]
    assert stored.read()["trajectory"].to_pylist() == list(range(25))
    assert stored.read()["talks"].to_pylist() == [float(i) for i in range(25)]


def test_so_have_those_of_joined_trajectories(
    two: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.results.joined.ROW_GROUP", 10)
    writer = JoinedWriter(tmp_path / "rows.parquet", {"two": Outcomes.of(two)}, [])
    for first in (0, 13):
        writer.add([paths(two, [(float(i), NEVER) for i in range(13)], [(0, 1)] * 13, first)])
    writer.close()
    stored = pq.ParquetFile(tmp_path / "rows.parquet")
    groups = [stored.metadata.row_group(i).num_rows for i in range(stored.num_row_groups)]
    assert groups == [10, 10, 6]
    assert stored.read()["trajectory"].to_pylist() == list(range(26))


# --- merging ------------------------------------------------------------------------------------------------


def test_the_repetition_of_a_calendar_merges_by_key(tmp_path: Path) -> None:
    (tmp_path / "tour.yaml").write_text(TOUR)
    child = "schema: 1\nextends: tour.yaml\ncalendar: {summit: {then: {every: 2 years}}}\n"
    merged, parent = (
        load(child, tmp_path).content.calendar["summit"],
        load(TOUR, tmp_path).content.calendar["summit"],
    )
    assert merged.then.every == "2 years"
    assert merged.then.from_ == parent.then.from_
    assert merged.dates == parent.dates


def test_a_step_that_says_its_kind_again_is_merged(tmp_path: Path) -> None:
    (tmp_path / "tour.yaml").write_text(TOUR)
    child = "schema: 1\nextends: tour.yaml\nladder: [{step: map, kind: decision, waived: 0.9}]\n"
    step, parent = load(child, tmp_path).content.ladder[1], load(TOUR, tmp_path).content.ladder[1]
    assert (step.waived, step.meetings, step.needs) == (0.9, parent.meetings, parent.needs)
