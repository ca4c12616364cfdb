"""A replayed trajectory as a story: dates, plain words, and the cause of each thing that happened.

The log has every happening; a reader wants those that matter. Elections without a change are left out, and
meetings that could not pass a step for the same reasons are summed up in one line.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any

from sim.base.errors import AccessionError
from sim.engines.replay.engine import Happening, Replay
from sim.engines.replay.reading import held_back, objections, still
from sim.model.model import BYPASSED, HOW, NONE, Model

WIDTH = 100
TAKEN = ("step", "waived", "bypassed")
"""Kinds of happening by which the ladder climbs past a step."""
SUBSTITUTE = "a substitute in its place, not the step itself"
"""What is said of a bypass."""

_DATE = 12


def country(code: str) -> str:
    """Short English name of a country; the code itself if it is not known."""
    from sim.facts.read import load_facts

    try:
        return load_facts().country_name(code)
    except AccessionError:
        return code


def story(model: Model, result: Replay, name_of: Callable[[str], str] = country, width: int = WIDTH) -> str:
    """The whole story as text.

    :param name_of: the name of a voter, from its code.
    :param width: columns of a line.
    """
    item = partial(_item, width=width)
    teller = _Teller(model, name_of)
    start, *rest = result.log
    world, trajectory, seed = (start.cause[key] for key in ("world", "trajectory", "seed"))
    paragraphs = [
        [
            textwrap.fill(f"{model.title}: trajectory {trajectory} in world {world}, seed {seed}", width),
            textwrap.fill(
                f"From {model.start} to {model.horizon}. In brackets: why a change could come, and at what rate.",
                width,
            ),
        ],
        ["At the start", *map(item, teller.opening(start))],
        ["What happens", *map(item, teller.events(rest))],
        ["How it ends", *map(item, teller.ending(result))],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs) + "\n"


def listed(parts: Iterable[str]) -> str:
    """``a, b and c``."""
    *first, last = list(parts) or ["nobody"]
    return f"{', '.join(first)} and {last}" if first else last


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _number(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"


def _days(days: float) -> str:
    whole = round(days)
    return "1 day" if whole == 1 else f"{whole} days"


def _begun(h: Happening) -> str:
    """``begins,`` or for how long it has been under way at the start."""
    return f"under way for {_days(h.cause['elapsed'])}, " if "elapsed" in h.cause else "begins, "


def _more(h: Happening) -> str:
    return " more" if "elapsed" in h.cause else ""


def _item(entry: tuple[str, str], width: int) -> str:
    """One dated or labelled line, wrapped under itself."""
    label, text = entry
    return textwrap.fill(
        f"{label:{_DATE - 2}}  {text}", width, initial_indent="  ", subsequent_indent=" " * (_DATE + 2)
    )


def unmoved(model: Model, start: Mapping[str, Any], name_of: Callable[[str], str]) -> dict[str, list[str]]:
    """``settlement is comprehensive`` -> voters whose stance does not rise in this future unless it is.

    :param start: the cause of the first happening of a replay. Who never moves is not among them.
    """
    found: dict[str, list[str]] = {}
    for code, needed in held_back(model, start["chains"]):
        if f"{code}.stance" not in start["never_move"]:
            unless = listed(f"{model.called(chain)} is {states}" for chain, states in needed)
            found.setdefault(unless, []).append(name_of(code))
    return found


def stopped(blockers: Sequence[str], awaited: Sequence[str]) -> str:
    """``blocked by Greece and Spain, and waiting for the friends' condition``."""
    if not awaited:
        return f"blocked by {listed(blockers)}"
    waiting = f"waiting for {listed(awaited)}"
    return f"blocked by {listed(blockers)}, and {waiting}" if blockers else waiting


@dataclass(frozen=True)
class _Teller:
    """Puts one model's happenings into words; each line is (date or label, text)."""

    model: Model
    name_of: Callable[[str], str]
    owner: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        voters = self.model.chains.voter.tolist()
        object.__setattr__(self, "owner", dict(zip(self.model.chain_names, voters, strict=True)))

    # --- names ----------------------------------------------------------------------------------------

    def split(self, chain: str) -> tuple[str, str]:
        """Whose chain it is (empty for a world chain), and its own name."""
        voter = self.owner.get(chain, NONE)
        if voter == NONE:
            return "", chain
        code = self.model.voter_names[voter]
        return code, chain.removeprefix(f"{code}.")

    def subject(self, chain: str) -> str:
        """``Greece``, ``Greece, government`` or ``settlement``."""
        code, own = self.split(chain)
        if not code:
            return self.model.called(chain)
        return self.name_of(code) if own == "stance" else f"{self.name_of(code)}, {self.model.called(chain)}"

    def standing(self, chain: str, state: str, told_of: str = "") -> str:
        """``settlement is comprehensive``, ``Romania recognises``, ``its government is softer``."""
        code, own = self.split(chain)
        if chain == "ladder":
            return f"the ladder stands at {_plain(state)}"
        if not code:
            return f"{self.model.called(chain)} is {_plain(state)}"
        whose = "its" if code == told_of else f"{self.name_of(code)}:"
        if own == "stance":
            return f"{'it' if code == told_of else self.name_of(code)} {_plain(state)}"
        return f"{whose} {self.model.called(chain)} is {_plain(state)}"

    # --- the start ------------------------------------------------------------------------------------

    def opening(self, start: Happening) -> Iterator[tuple[str, str]]:
        """What is not as plain as can be: world chains, and voters that do not start where most do."""
        chains: dict[str, str] = start.cause["chains"]
        yield (
            "world",
            "; ".join(
                self.standing(chain, state)
                for chain, state in chains.items()
                if chain != "ladder" and not self.split(chain)[0]
            ),
        )
        top = self.model.top_stance
        below: dict[str, list[str]] = {}
        for code in self.model.voter_names:
            chain = f"{code}.stance"
            states = self.model.state_names[self.model.chain_names.index(chain)]
            if chains[chain] != states[top]:
                below.setdefault(chains[chain], []).append(self.name_of(code))
        members = len(start.cause["members"])
        said = [f"{listed(names)} ({_plain(state)})" for state, names in below.items()]
        yield "voters", f"{members} members; below the top stance: {'; '.join(said) or 'nobody'}"
        never = [self.subject(chain) for chain in start.cause["never_move"]]
        if never:
            yield "never", f"makes no move of its own in this future: {listed(never)}"
        for unless, names in unmoved(self.model, start.cause, self.name_of).items():
            yield "held back", f"makes no move in this future unless {unless}: {listed(names)}"

    # --- what happens ---------------------------------------------------------------------------------

    def events(self, log: Sequence[Happening]) -> Iterator[tuple[str, str]]:
        """Everything that changed something, in order, and the meetings that did not.

        Once the last step is taken nothing more is told, for no step depends on it; nor is an objection to steps that
        are taken.
        """
        told = {place: text for place, h in self.mattering(log) if (text := self.line(h))}
        places = {id(happening): place for place, happening in enumerate(log)}
        told |= {places[id(run[0])]: self.meetings(run) for run in self.runs(log)}
        top = self.model.step_names[-1]
        end = next((place for place, h in enumerate(log) if h.subject == top and h.kind in TAKEN), len(log))
        for place in sorted(told):
            if place <= end:
                yield log[place].date, told[place]
        if later := sum(place > end for place in told):
            yield "after that", "1 more change" if later == 1 else f"{later} more changes"
        if not told:
            yield "", "Nothing."

    def mattering(self, log: Sequence[Happening]) -> Iterator[tuple[int, Happening]]:
        """Happenings with their places, without objections to steps that are behind."""
        until, steps, behind = objections(self.model), self.model.step_names, -1
        for place, h in enumerate(log):
            if h.kind in TAKEN:
                behind = steps.index(h.subject)
            if until.get(h.subject, behind + 1) > behind:
                yield place, h

    def line(self, h: Happening) -> str:
        """One happening in words; empty if it is told elsewhere or changed nothing."""
        tell: dict[str, Callable[[Happening], str]] = {
            "move": self.move,
            "redraw": self.redraw,
            "event": self.event,
            "join": lambda h: f"{self.name_of(h.subject)} joins",
            "waived": lambda h: f"{_plain(h.subject)}: waived",
            "bypassed": lambda h: f"{_plain(h.subject)}: {SUBSTITUTE}",
            "step": self.step,
            "wait": lambda h: (
                f"{_plain(h.subject)}: {_begun(h)}takes {_days(h.cause['days'])}{_more(h)}{self.late(h)}"
            ),
            "ratification": self.ratification,
            "obstruction": lambda h: (
                f"{self.name_of(h.subject)} obstructs {_plain(h.cause['step'])} for {_days(h.cause['days'])}{_more(h)}"
            ),
        }
        return tell[h.kind](h) if h.kind in tell else ""

    def change(self, h: Happening) -> str:
        """``Greece: from acquiesces to recognises``."""
        return f"{self.subject(h.subject)}: from {_plain(h.before)} to {_plain(h.after)}"

    def move(self, h: Happening) -> str:
        """A move, why it was open, and its rate."""
        code, cause, why = self.split(h.subject)[0], h.cause, []
        if cause["move"] != f"{h.before} to {h.after}":
            why.append(f"move '{_plain(cause['move'])}'")
        if changing := self.changing(cause["when"]):
            open_ = (self.standing(chain, state, code) for chain, state in changing.items())
            why.append(f"open because {listed(open_)}")
        rate = f"{_number(cause['rate'])} a year"
        factors = [
            f"times {_number(f['factor'])} because {self.standing(f['chain'], f['state'], code)}"
            for f in cause["factors"]
            if f["factor"] != 1.0
        ]
        if factors:
            rate += f": {_number(cause['base_rate'])} {', '.join(factors)}"
        head, tail = ", ".join(why), rate
        return f"{self.change(h)} ({head}; {tail})" if head else f"{self.change(h)} ({tail})"

    def changing(self, when: Mapping[str, str]) -> dict[str, str]:
        """Of what a move asks for, chains that can change: of one that stands still for good nothing comes."""
        names = self.model.chain_names
        return {c: s for c, s in when.items() if c not in names or not still(self.model, names.index(c))}

    def redraw(self, h: Happening) -> str:
        """A redraw that changed something."""
        calendar = h.cause["calendar"]
        # elections_GRC of GRC.government are simply its elections
        dates = _plain(calendar.removesuffix(f"_{h.subject.split('.')[0]}")) if calendar else "dates"
        on = f"redrawn: {dates}"
        return f"{self.change(h)} ({on})" if h.before != h.after else ""

    def event(self, h: Happening) -> str:
        """What the scenario fixes."""
        if h.before == h.after:
            return f"{self.subject(h.subject)}: stays {_plain(h.after)} (set by the scenario)"
        return f"{self.change(h)} (set by the scenario)"

    def step(self, h: Happening) -> str:
        """A step that was taken."""
        name, by = _plain(h.subject), h.cause["by"]
        if by == "meeting":
            return f"{name}: passed at a meeting ({_plain(h.cause['calendar'])})"
        if by == "wait":
            return f"{name}: done"
        last = h.cause["ratifier"]
        return f"{name}: ratified" + (f", {self.name_of(last)} last" if last else "")

    def ratification(self, h: Happening) -> str:
        """The start of a ratification."""
        capitals, required = len(h.cause["days"]), h.cause["required"]
        needed = "" if required == capitals else f", of which {required} are needed"
        before = len(h.cause.get("ratified", ()))
        if before and not capitals:
            return f"{_plain(h.subject)}: ratified before the start, takes {_days(h.cause['lag'])} more{self.late(h)}"
        where = f"{capitals} capitals" if capitals != 1 else "1 capital"
        begins = f"{_begun(h)}left to" if before else "ratification begins in"
        return f"{_plain(h.subject)}: {begins} {where}{needed}{self.late(h)}"

    def late(self, h: Happening) -> str:
        """Whether a wait or a ratification is too long."""
        return ", and ends after the horizon" if h.cause["ends"] > self.model.horizon_years else ""

    # --- meetings -------------------------------------------------------------------------------------

    def runs(self, log: Iterable[Happening]) -> Iterator[list[Happening]]:
        """Meetings that passed nothing, those in a row and for the same reasons together."""

        def reasons(h: Happening) -> tuple[str, ...]:
            if h.after == "blocked":
                return (h.subject, h.after, *self.by_stance(h), *self.awaited(h))
            return (h.subject, h.after, *(f"{c}={s}" for c, s in h.cause.get("failed", {}).items()))

        def tellable(h: Happening) -> bool:
            return h.kind == "meeting" and (h.cause["due"] or h.cause["why"] == "conditions")

        for _, run in groupby(filter(tellable, log), key=reasons):
            meetings = list(run)
            if meetings[0].after != "passed":
                yield meetings

    def by_stance(self, meeting: Happening) -> list[str]:
        """Voters that blocked by their stance."""
        return [code for code, why in meeting.cause["blockers"].items() if f"{code}.stance" in why]

    def meetings(self, run: list[Happening]) -> str:
        """``8 meetings to 2031-12: pfp blocked by Spain and Romania``."""
        first, last = run[0], run[-1]
        head = f"{len(run)} meetings to {last.date[:7]}" if len(run) > 1 else "1 meeting"
        if first.after == "held":
            return f"{head}: {_plain(first.subject)} could have passed and was held up"
        if first.after == "not due":
            failed = (self.standing(chain, state) for chain, state in first.cause["failed"].items())
            return f"{head}: {_plain(first.subject)} was not on the table ({listed(failed)})"
        blockers = [*map(self.name_of, self.by_stance(first)), *self.objectors(run)]
        awaited = [self.model.called(chain) for chain in self.awaited(first)]
        return f"{head}: {_plain(first.subject)} {stopped(blockers, awaited)}"

    def awaited(self, meeting: Happening) -> list[str]:
        """Chains of the world that the step waited for."""
        return [chain for chain in meeting.cause["blockers"] if self.owner.get(chain) == NONE]

    def objectors(self, run: list[Happening]) -> Iterator[str]:
        """``Hungary (objection raised, at 3 of them)``: who blocked for other reasons than the stance."""
        against = [
            (code, chain, state)
            for meeting in run
            for code, why in meeting.cause["blockers"].items()
            if f"{code}.stance" not in why and self.owner.get(code) != NONE
            for chain, state in why.items()
        ]
        for (code, chain, state), count in Counter(against).items():
            often = "" if count == len(run) else f", at {count} of them"
            yield f"{self.name_of(code)} ({self.model.called(chain)} {_plain(state)}{often})"

    # --- the end --------------------------------------------------------------------------------------

    def ending(self, result: Replay) -> Iterator[tuple[str, str]]:
        """Each step that was taken, those that were not, and who was last."""
        model, paths = self.model, result.paths
        dates = {h.subject: h.date for h in result.log if h.kind in TAKEN}
        for step, how in zip(model.step_names, paths.how[0].tolist(), strict=True):
            if how:
                yield dates[step], f"{_plain(step)} ({SUBSTITUTE if how == BYPASSED else HOW[how]})"
        missed = [_plain(name) for name in model.step_names if name not in dates]
        if missed:
            yield "not reached", f"within the horizon, {model.horizon}: {listed(missed)}"
        for label, voter in (
            ("last to move", int(paths.last_to_move[0])),
            ("last to ratify", int(paths.last_to_ratify[0])),
        ):
            if voter != NONE:
                yield label, self.name_of(model.voter_names[voter])
