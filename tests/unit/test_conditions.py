"""The language of conditions: what it reads, what it refuses and with which words, and which futures meet what."""

from contextlib import suppress
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.base.dates import years_between
from sim.base.errors import OptionError
from sim.estimates.condition_text import Happenings, read_condition, written
from sim.estimates.conditions import (
    AT_THE_END,
    Condition,
    Futures,
    Happened,
    Joined,
    Limit,
    Not,
    names_in,
    ranked,
)

START, HORIZON = date(2026, 12, 1), date(2056, 12, 1)
STEPS, WATCHED = ("pfp", "by", "membership"), ("settlement=comprehensive", "GRC.stance=recognises")
NAMES = (*STEPS, "substitute for pfp", *WATCHED)


def unwatched(name: str) -> str:
    return "this run did not watch it" if name == "north=crisis" else ""


AMONG = Happenings(NAMES, START, HORIZON, unwatched)


def read(text: str) -> Condition:
    return read_condition(text, AMONG)


@pytest.mark.parametrize(
    ("text", "as_read"),
    [
        ("settlement = comprehensive by 2030", "settlement=comprehensive by 2030-12-31"),
        ("pfp by 2032-02", "pfp by 2032-02-29"),
        ("pfp after 2031", "pfp after 2031-12-31"),
        ("pfp before 2031", "pfp before 2031-01-01"),
        ("pfp before 2031-06", "pfp before 2031-06-01"),
        ("pfp BY 2030", "pfp by 2030-12-31"),
        ("pfp AND NOT membership", "pfp and not membership"),
        ("substitute  for  pfp before pfp", "substitute for pfp before pfp"),
        ("pfp after 2030 by 2035-06-30", "pfp after 2030-12-31 by 2035-06-30"),
        ("((pfp))", "pfp"),
        ("pfp or 'by' and membership", 'pfp or "by" and membership'),
        ("(pfp or 'by') and membership", '(pfp or "by") and membership'),
        ("not (pfp or membership)", "not (pfp or membership)"),
        ("membership after GRC.stance=recognises", "membership after GRC.stance=recognises"),
    ],
)
def test_what_is_read(text: str, as_read: str) -> None:
    assert written(read(text)) == as_read


def test_brackets_that_are_closed_count_no_more() -> None:
    assert read(" or ".join(["(pfp by 2030)"] * 60)) == read(" or ".join(["pfp by 2030"] * 60))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("settlment=comprehensive by 2030", "letter 1, 'settlment=comprehensive': no such happening in this run; "
         "did you mean 'settlement=comprehensive'? allowed: pfp, by, membership, substitute for pfp"),
        ("pfp befor 2030", "letter 5, 'befor': not expected here; did you mean 'before'?"),
        ("not north=crisis", "letter 5, 'north=crisis': this run did not watch it"),
        ("pfp by 2056", "letter 8, '2056': outside of the run (it stands for 2056-12-31); allowed: 2026-12-01 to 2056"),
        ("pfp by 2026-11-30", "letter 8, '2026-11-30': outside of the run; allowed: 2026-12-01 to 2056-12-01"),
        ("pfp by 1.6.2030", "write 2030-06-01 if the day stands first"),
        ("pfp by 2030-02-30", "letter 8, '2030-02-30': not a date; "),
        ("pfp by June", "letter 8, 'June': no date; allowed: 2030, 2030-06 or 2030-06-30"),
        ("pfp by", "at the end: no date"),
        ("", "at the end: something is missing; allowed: pfp"),
        ("pfp and", "at the end: something is missing"),
        ("(pfp or membership", "letter 1, '(': is never closed"),
        ("pfp)", "letter 4, ')': closes nothing"),
        ("by 2030", "letter 1, 'by': stands where a happening should"),
        ("pfp before pfp", "letter 12, 'pfp': pfp before itself"),
        ("pfp by “2030”", "letter 8, '“2030”': “ is a typographic quote; allowed: straight ones (\"), around a name"),
        ("«pfp» by 2030", "letter 1, '«pfp»': « is a typographic quote; "),
        ("not 'pfp by 2030'", "letter 5, 'pfp by 2030': quotes within the condition make one name of it; "),
        ("substitute for map", "'substitute for map': no such happening in this run; did you mean 'sub"),
        ("(" * 60 + "pfp", "letter 41, '(': more than 40 are open at once"),
        ("pfp and " * 300 + "pfp", "601 words; allowed: at most 500"),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_where_and_with_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(OptionError) as error:
        read(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.on_command_line().startswith("CONDITION: ")


def test_as_many_words_as_are_allowed_are_read() -> None:
    assert read("pfp and " * 249 + "not pfp") is not None


limits = st.one_of(
    st.builds(Limit, st.sampled_from(["by", "before", "after"]), st.dates(START, HORIZON)),
    st.builds(
        lambda word, other: Limit(word, other=other),
        st.sampled_from(["before", "after"]),
        st.just(WATCHED[1]),
    ),
)
happened = st.builds(Happened, st.sampled_from(NAMES[:-1]), st.lists(limits, max_size=2).map(tuple))


def joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, inner), st.builds(Joined, st.sampled_from(["and", "or"]), parts))


conditions: st.SearchStrategy[Condition] = st.recursive(happened, joined, max_leaves=6)


@given(conditions)
def test_a_condition_that_is_written_is_read_as_the_same(condition: Condition) -> None:
    assert read(written(condition)) == condition


@given(st.text(alphabet="pfp by=()'2030-12 notandorsettlement.", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(OptionError):
        assert read(written(read(text))) == read(text)


# --- which futures meet a condition ---------------------------------------------------------------------


def at(day: str) -> float:
    return years_between(START, date.fromisoformat(day))


def futures(**times: list[float]) -> Futures:
    """Of steps ``a`` and ``b`` and a watched entry ``w``."""
    known = {name: np.array(values) for name, values in times.items()}
    return Futures(known, ranked(("a", "b"), {}, ("w",)), START)


INF = float("inf")
THREE = Happenings(("a", "b", "w"), START, HORIZON)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a", [1, 1, 1, 0]),
        ("a by 2030", [1, 1, 0, 0]),
        ("a before 2031", [1, 1, 0, 0]),
        ("a before 2030-12-31", [1, 0, 0, 0]),
        ("a after 2030-12-31", [0, 0, 1, 0]),
        ("not a by 2030", [0, 0, 1, 1]),
        ("w before a", [0, 1, 1, 0]),
        ("a before w", [1, 0, 0, 0]),
        ("a after w", [0, 1, 1, 0]),
        ("a before b", [1, 1, 1, 0]),
        ("b before a", [0, 0, 0, 0]),
        ("a and w", [0, 1, 1, 0]),
        ("a or w", [1, 1, 1, 0]),
        ("a by 2030 and not w", [1, 0, 0, 0]),
        ("a after 2028 by 2030", [0, 1, 0, 0]),
    ],
)
def test_which_futures_meet_it(text: str, holds: list[int]) -> None:
    """Of one moment a watched entry comes before a step, and steps come in the order of the ladder."""
    found = futures(
        a=[at("2027-06-01"), at("2030-12-31"), at("2033-01-01"), INF],
        b=[at("2027-06-01"), INF, INF, INF],
        w=[INF, at("2030-12-31"), at("2032-01-01"), INF],
    )
    assert found.met(read_condition(text, THREE)).holds.tolist() == [bool(h) for h in holds]


def test_what_makes_a_condition_certain_is_known() -> None:
    """Up to then a future of a tilted run is weighed: all of ``and``, the first of ``or``, the end for ``not``."""
    found = futures(a=[1.0, 1.0, INF], b=[2.0, INF, INF], w=[3.0, 0.5, INF])
    numbers = {"a": 0, "b": 1, "w": 2, "the end": AT_THE_END}

    def decided(text: str) -> list[int]:
        return found.met(read_condition(text, THREE)).decided.tolist()[:2]

    assert decided("a or w") == [numbers["a"], numbers["w"]]
    assert decided("a and w") == [numbers["w"], numbers["a"]]
    assert decided("a before b") == [numbers["a"]] * 2
    assert decided("b or not b")[1] == numbers["the end"]
    assert decided("a and not b by 2027")[0] == numbers["the end"]


def test_the_names_that_a_condition_needs() -> None:
    needed = names_in(read("pfp before membership and not (pfp or GRC.stance=recognises)"))
    assert needed == ("pfp", "membership", "GRC.stance=recognises")
