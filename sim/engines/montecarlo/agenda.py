"""Everything with a date, as record arrays: events, voters that join and redraws; and meetings, with what is known of
them beforehand.
"""

from __future__ import annotations

import numpy as np

from sim.engines.montecarlo import packed
from sim.engines.montecarlo.packed import Records, filled
from sim.model.model import MEETING, NONE, REDRAW, Ints, Model

PARTS = 32.0
"""Of a year, by which meetings are found: a power of two, so that a time is in the part that its bits say."""


def pack_dates(model: Model) -> Records:
    """Everything with a date but the meetings, and one that never comes."""
    agenda = model.agenda
    dated = agenda.kind != MEETING
    redrawn = agenda.kind[dated] == REDRAW
    return filled(
        packed.DATES,
        time=np.append(agenda.time[dated], np.inf),
        kind=np.append(agenda.kind[dated], NONE),
        what=np.append(agenda.what[dated], NONE),
        state=np.append(agenda.state[dated], NONE),
        lot=np.append(np.where(redrawn, np.cumsum(redrawn) - 1, NONE), NONE),
    )


def pack_meetings(model: Model) -> Records:
    """All meetings, and one that never comes."""
    agenda, met = model.agenda, model.agenda.kind == MEETING
    times = agenda.time[met]
    return filled(
        packed.MEETINGS,
        time=np.append(times, np.inf),
        next_day=np.append(np.searchsorted(times, times, side="right"), len(times)),
        calendar=np.append(agenda.what[met], 0),
        day=np.append(agenda.day[met], 0),
        year=np.append(agenda.year[met], len(model.years)),
    )


def next_meetings(model: Model, meetings: Records) -> Ints:
    """[S, M+1] for each step and meeting the first from there on that can decide the step."""
    last = len(meetings) - 1
    calendar, one = meetings.calendar.astype(np.uint64), np.uint64(1)
    decides = model.steps.calendars[:, np.newaxis] >> calendar & one
    found = np.where(decides, np.arange(len(meetings)), last)
    found[:, last] = last
    return np.ascontiguousarray(np.minimum.accumulate(found[:, ::-1], axis=1)[:, ::-1])


def meetings_in_years(model: Model, meetings: Records, next_meeting: Ints) -> tuple[Ints, Ints]:
    """Meetings that can decide each step, of one day the first: how many a year has, shape (S, Y), and of the year of
    each meeting those before it, shape (S, M+1).
    """
    at, years = np.arange(len(meetings)), len(model.years)
    decides = next_meeting[:, np.searchsorted(meetings.time, meetings.time)] == at
    decides[:, -1] = False
    in_year = np.array([np.bincount(meetings.year[step], minlength=years)[:years] for step in decides])
    before = np.cumsum(decides, axis=1) - decides
    of_earlier_years = np.concatenate(
        [np.zeros((len(decides), 1), np.int64), np.cumsum(in_year, axis=1)], axis=1
    )
    # in one order of memory, whatever the shape: compiled code takes another order for another type
    return in_year.astype(np.int64), np.ascontiguousarray(before - of_earlier_years[:, meetings.year])


def first_of_parts(model: Model, meetings: Records) -> Ints:
    """For each part of a year from the start to the horizon the first meeting that is not before it."""
    parts = np.arange(int(model.horizon_years * PARTS) + 2)
    return np.searchsorted(meetings.time, parts / PARTS).astype(np.int64)
