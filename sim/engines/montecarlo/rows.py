"""Rows of meetings: as things stand for long, the same voters block meeting after meeting.

Nobody looks at the meetings of a row but the first. When what voters vote by changes, the clock of meetings comes back
to the next one.

And a row is counted when it ends, by its two ends. Each is booked as "all of the step's meetings before this one": so
many of its year, and every year before. What is booked at the end of a row less what is booked at its begin is the row.
"""

from __future__ import annotations

import numpy as np

from sim.base.compiled import compiled, inlined
from sim.engines.montecarlo.agenda import PARTS
from sim.engines.montecarlo.packed import Tables
from sim.engines.montecarlo.state import State
from sim.model.model import NONE, Ints


@inlined
def find_meeting(t: Tables, step: int, s: State) -> None:
    """The next meeting, among those that are not over, that can decide a step which is due."""
    s.now[0].meeting = t.next_meeting[step, s.now[0].not_over]
    s.now[0].meets = t.meetings[s.now[0].meeting].time


@inlined
def _no_earlier(t: Tables, when: float) -> int:
    """The first meeting at that time or later."""
    if when > t.limits[0].horizon:
        return len(t.meetings) - 1
    i = t.first_of_part[int(when * PARTS)]
    while t.meetings[i].time < when:
        i += 1
    return int(i)


@inlined
def look_ahead(t: Tables, at: int, when: float, s: State) -> None:
    """Passes over this meeting, and all others before that time, as nothing changes until then."""
    s.now[0].not_over = max(t.meetings[at].next_day, _no_earlier(t, when))
    s.now[0].ahead = True


@inlined
def come_back(t: Tables, now: float, s: State) -> None:
    """Meetings from now on are not over, if they have been passed over."""
    if s.now[0].ahead:
        s.now[0].not_over = _no_earlier(t, now)
        s.now[0].ahead = False


@inlined
def end_row(t: Tables, step: int, now: float, s: State) -> None:
    """Counts the meetings on a step since the row began, if one did, up to now."""
    if s.now[0].row != NONE:
        come_back(t, now, s)
        _book(t, step, s)
        s.now[0].row = NONE


@compiled
def _book(t: Tables, step: int, s: State) -> None:
    now = s.now[0]
    first, last = t.meetings[now.row].year, t.meetings[now.not_over].year
    before, until = t.earlier_in_year[step, now.row], t.earlier_in_year[step, now.not_over]
    for i in range(now.blocking + 1):
        b = s.blocking[i] if i < now.blocking else s.counts.shape[2] - 1  # the last: the meetings themselves
        s.counts[step, last, b, 0] += until
        s.counts[step, last, b, 1] += 1
        s.counts[step, first, b, 0] -= before
        s.counts[step, first, b, 1] -= 1


def by_year(t: Tables, counts: Ints) -> tuple[Ints, Ints]:
    """Meetings at which each step was due, shape (S, Y), and at which each blocker blocked it, shape (S, Y, B).

    :param counts: shape (S, Y+1, B+1, 2): meetings of the year, and how often all years before it; the last blocker
        stands for the meetings themselves, the last year for the time after the last meeting.
    """
    years_after = np.flip(np.cumsum(np.flip(counts[..., 1], axis=1), axis=1), axis=1)[:, 1:]
    found: Ints = counts[:, :-1, :, 0] + years_after * t.in_year[:, :, None]
    return found[..., -1], found[..., :-1]
