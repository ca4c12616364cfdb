"""Bids of one candidate in the same futures: each by date, which comes first, how one changes the odds of another.

Under one seed chains of one name share their luck, so trajectory i of every scenario is one future with one settlement,
one north and one set of capitals, in which all bids are made. That it is one is checked while they run
(``sharing.py``); what is not the same is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from datetime import date
from pathlib import Path

import numpy as np

from sim.base.dates import years_between
from sim.base.errors import ModelError
from sim.base.progress import Progress, silent
from sim.base.records import plain
from sim.engines.paths import Paths
from sim.estimates.conditional import conditional
from sim.estimates.outcomes import Outcomes
from sim.estimates.paired import Counts, Curve, DatedShare, dated
from sim.facts.read import load_facts
from sim.model.model import Floats, Ints
from sim.results.files import write_csv, write_json
from sim.results.folder import whole_folder
from sim.results.joined import JoinedWriter
from sim.results.manifest import manifest
from sim.studies.bids_answer import (
    FILE,
    NONE,
    SCHEMA,
    TOGETHER,
    TRAJECTORIES,
    Before,
    Bid,
    Bids,
    Odds,
    OddsOn,
    Race,
)
from sim.studies.bids_futures import shared_futures
from sim.studies.compare import MOST, Source, common_dates, names_of, prepared_of
from sim.studies.named import subject
from sim.studies.options import Sampling
from sim.studies.prepare import Prepared, check_trajectories
from sim.studies.sharing import Held, SameToTheBit, entries, watching
from sim.studies.together import BATCHES, Side, histogram, side_by_side

Pages = Callable[[Path, Bids], None]
"""Writes what is drawn and told of an answer into its folder."""


def bids(
    *sources: Source,
    options: Sampling | None = None,
    out: Path | None = None,
    progress: Progress = silent,
    pages: Pages | None = None,
) -> Bids:
    """Runs bids in the same futures.

    :param sources: two or more scenarios about one candidate that start on one day and have a chain in common.
    :param options: how many trajectories, worlds, …; see ``Sampling``.
    :param out: a folder for the files, written whole or not at all.
    :param progress: told the number of trajectories of each block that is done, over all bids.
    :param pages: writes more into the folder, before it is put in its place.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    options = Sampling() if options is None else options
    if not 2 <= len(sources) <= MOST:
        given = "one bid" if len(sources) == 1 else f"{len(sources)} bids"
        raise ModelError(f"bids: {given}; allowed: 2 to {MOST} scenarios, one for each bid")
    scenarios = [prepared_of(source, options) for source in sources]
    _check(scenarios)
    dates = common_dates(scenarios)
    check_trajectories(options.most, max(len(prepared.worlds) for prepared in scenarios))
    watched, held = watching(scenarios)
    if not held:
        named = " and ".join(prepared.model.name for prepared in scenarios)
        raise ModelError(
            f"bids: {named} have no chain in common, so nothing makes their futures the same; "
            "allowed: scenarios that share chains, as with 'extends' and 'takes'"
        )
    names = names_of(scenarios)
    of = subject("bids", [prepared.loaded for prepared in scenarios])
    with whole_folder(out, of) if out is not None else nullcontext() as folder:
        counted = _Counted(watched, dates, held)
        writer = _writer(folder, names, scenarios, held)
        with closing(writer) if writer is not None else nullcontext():
            for blocks in side_by_side(watched, options.most, options.threads):
                counted.add(blocks)
                if writer is not None:
                    writer.add(blocks)
                progress(len(blocks[0]) * len(blocks))
        made = _answer(names, scenarios, dates, counted)
        if folder is not None:
            _write(folder, made, scenarios[0])
            if pages is not None:
                pages(folder, made)
    return made


def _check(scenarios: Sequence[Prepared]) -> None:
    """:raises ModelError: bids that cannot be made in the same futures."""
    for what, said in (
        ("candidate", [prepared.loaded.content.candidate for prepared in scenarios]),
        ("start", [str(prepared.model.start) for prepared in scenarios]),
        ("number of worlds", [str(len(prepared.worlds)) for prepared in scenarios]),
    ):
        if len(set(said)) > 1:
            each = "; ".join(f"{p.model.name}: {value}" for p, value in zip(scenarios, said, strict=True))
            raise ModelError(f"bids: not one {what} ({each}); allowed: the same for all bids")


# --- counts while they run ------------------------------------------------------------------------------


class _Counted:
    """What is counted of the same trajectories of every bid."""

    def __init__(self, scenarios: Sequence[Prepared], dates: Sequence[date], held: Sequence[Held]) -> None:
        worlds = len(scenarios[0].worlds)
        self.worlds, self.units = worlds, worlds if worlds > 1 else BATCHES
        self.totals = np.zeros(self.units, np.int64)
        self.sides = [Side(prepared, dates, self.units) for prepared in scenarios]
        edges = np.array([years_between(scenarios[0].model.start, day) for day in dates])
        shape = (self.units, len(dates) + 1)
        self.last = [prepared.model.n_steps - 1 for prepared in scenarios]
        """Of each bid the last step; behind it stand substitutes."""
        self.races = {step: _Race(edges, len(scenarios), shape) for step in ("last", "first")}
        self.before = {
            (a, b): np.zeros(shape, np.int64)
            for a in range(len(scenarios))
            for b in range(len(scenarios))
            if a != b
        }
        self.both = {pair: np.zeros(shape, np.int64) for pair in _pairs(len(scenarios))}
        self.same = SameToTheBit(held)

    def add(self, blocks: Sequence[Paths]) -> None:
        """Takes in a block of every bid."""
        unit = blocks[0].trajectory % self.units
        self.totals += np.bincount(unit, minlength=self.units)
        taken = [side.add(unit, block) for side, block in zip(self.sides, blocks, strict=True)]
        slots = [side.slots[:, last] for side, last in zip(taken, self.last, strict=True)]
        for (a, b), both in self.both.items():
            both += histogram(unit, np.maximum(slots[a], slots[b]), both.shape)
        ends = [side.times[:, last] for side, last in zip(taken, self.last, strict=True)]
        for (a, b), earlier in self.before.items():
            its = ends[a] < ends[b]
            earlier += histogram(unit[its], slots[a][its], earlier.shape)
        self.races["last"].add(unit, ends)
        self.races["first"].add(unit, [side.times[:, 0] for side in taken])
        self.same.add(blocks)

    def used(self) -> Ints:
        """Units that have trajectories."""
        return np.flatnonzero(self.totals)


def _pairs(n: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(n) for b in range(a + 1, n)]


class _Race:
    """Who takes a step of its own first, by the date on which it does."""

    def __init__(self, edges: Floats, bids_: int, shape: tuple[int, int]) -> None:
        self._edges, self._shape = edges, shape
        self.counts = np.zeros((bids_ + 1, *shape), np.int64)
        """[B+1, U, D+1] the last row: two at the same moment."""

    def add(self, unit: Ints, times: Sequence[Floats]) -> None:
        """Takes in a block; ``times`` [n] of each bid's step."""
        taken = np.column_stack(times)
        earliest, winner = taken.min(axis=1), taken.argmin(axis=1)
        winner = np.where((taken == earliest[:, None]).sum(axis=1) > 1, len(times), winner)
        slot = np.searchsorted(self._edges, earliest, side="left")
        for who, counts in enumerate(self.counts):
            its = winner == who
            counts += histogram(unit[its], slot[its], self._shape)


# --- the answer -----------------------------------------------------------------------------------------


def _answer(names: list[str], scenarios: Sequence[Prepared], dates: Sequence[date], found: _Counted) -> Bids:
    used = found.used()
    totals = found.totals[used]
    counts = [side.counts(found.totals) for side in found.sides]
    counts = [Counts(c.steps, c.hits[:, used], totals, c.worlds) for c in counts]
    sharing = found.same.found(names, scenarios)
    return Bids(
        schema=SCHEMA,
        seed=scenarios[0].seed,
        trajectories=int(totals.sum()),
        worlds=found.worlds,
        start=scenarios[0].model.start,
        horizon=dates[-1],
        bids=tuple(
            Bid(
                name=name,
                digest=prepared.model.digest,
                title=prepared.model.title,
                organisation=prepared.loaded.content.organisation,
                candidate=prepared.loaded.content.candidate,
                horizon=prepared.model.horizon,
                milestones=dated(counted, dates),
                yours=prepared.model.yours,
                substitutes=counted.steps[prepared.model.n_steps :],
            )
            for name, prepared, counted in zip(names, scenarios, counts, strict=True)
        ),
        races=tuple(
            Race(step, _race(names, race.counts[:, used], totals, found.worlds, dates))
            for step, race in found.races.items()
        ),
        before=tuple(
            Before(names[a], names[b], _curve(hits[used], totals, found.worlds, dates).by)
            for (a, b), hits in found.before.items()
        ),
        odds=tuple(
            _odds(
                names,
                [p.model.step_names[-1] for p in scenarios],
                counts,
                {p: b[used] for p, b in found.both.items()},
                totals,
                dates,
            )
        ),
        sharing=sharing,
        futures=shared_futures(names, scenarios, {*sharing.same, *sharing.same_in_some}),
    )


def _race(
    names: Sequence[str], counts: Ints, totals: Ints, worlds: int, dates: Sequence[date]
) -> dict[str, Curve[DatedShare]]:
    """Shares by date of who was first; at the end of nobody."""
    hits = np.cumsum(counts[:, :, :-1], axis=2)
    curves = dated(Counts((*names, TOGETHER), hits, totals, worlds), dates)
    if not hits[len(names)].any():
        del curves[TOGETHER]
    somebody = _curve(counts.sum(axis=0), totals, worlds, dates)
    return {**curves, NONE: Curve(tuple(map(_otherwise, somebody.by)))}


def _curve(counts: Ints, totals: Ints, worlds: int, dates: Sequence[date]) -> Curve[DatedShare]:
    """Shares by date of what was counted by date [U, D+1]."""
    hits = np.cumsum(counts[:, :-1], axis=1)
    (curve,) = dated(Counts(("",), hits[None], totals, worlds), dates).values()
    return curve


def _otherwise(share: DatedShare) -> DatedShare:
    """The probability that it is not so."""
    ends = share.credible_90 and (1 - share.credible_90[1], 1 - share.credible_90[0])
    return DatedShare(share.date, 1 - share.probability, ends, share.mc_error)


def _odds(
    names: Sequence[str],
    last: Sequence[str],
    counts: Sequence[Counts],
    both: dict[tuple[int, int], Ints],
    totals: Ints,
    dates: Sequence[date],
) -> Iterator[Odds]:
    """Each bid beside each other one, at their last steps."""
    done = [c.of(step) for c, step in zip(counts, last, strict=True)]
    for b, bid in enumerate(names):
        for a, beside in enumerate(names):
            if a != b:
                together = np.cumsum(both[min(a, b), max(a, b)][:, :-1], axis=1)
                yield Odds(
                    bid,
                    beside,
                    tuple(
                        OddsOn(
                            day,
                            conditional(together[:, d], done[a][:, d]),
                            conditional(done[b][:, d] - together[:, d], totals - done[a][:, d]),
                        )
                        for d, day in enumerate(dates)
                    ),
                )


# --- files ----------------------------------------------------------------------------------------------


def _writer(
    folder: Path | None, names: Sequence[str], scenarios: Sequence[Prepared], held: Sequence[Held]
) -> JoinedWriter | None:
    if folder is None:
        return None
    return JoinedWriter(
        folder / TRAJECTORIES,
        {name: Outcomes.of(p.model) for name, p in zip(names, scenarios, strict=True)},
        list(entries(held, names)),
    )


def _write(folder: Path, made: Bids, first: Prepared) -> None:
    write_json(folder / FILE, plain(made))
    for table in (made.probabilities, made.first, made.before_each_other, made.conditional):
        rows = table()
        write_csv(folder / f"{table.__name__}.csv", list(map(str, rows)), rows.itertuples(index=False))
    common = manifest(first.model, first.seed, load_facts().digest, "montecarlo")
    write_json(folder / "manifest.json", {
        **{name: value for name, value in vars(common).items() if name not in ("scenario", "keep", "yours")},
        "scenarios": [
            {"name": bid.name, "digest": bid.digest, **({"yours": plain(bid.yours)} if bid.yours else {})}
            for bid in made.bids
        ],
        "trajectories": made.trajectories,
        "worlds": made.worlds,
    })  # fmt: skip
