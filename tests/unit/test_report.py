"""The report's parts: words, tables behind the figures, figures, sentences, and text that must be escaped."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date as day
from html.parser import HTMLParser
from io import BytesIO
from threading import Barrier
from time import sleep
from typing import Any, TypeVar

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from PIL import Image, ImageColor

from sim.base import words
from sim.base.errors import RunError
from sim.base.records import typed
from sim.estimates.summary import LastOnes, Summary
from sim.report import figures, onto, prose, tables, variants_figure
from sim.report import scorecard_section as card
from sim.report import variants_section as variants
from sim.report.marks import Bar, Dots, Drawing, Mark, Panel, Words, hatching
from sim.report.page import Stored, links, write_report
from sim.report.page import html as drawn_page
from sim.report.raster import DPI, _dashes, _encoded, png_bytes
from sim.report.sheets import _rows, sheets
from sim.report.style import NARROW, SHADES, WIDE, canvas, drawing, shade
from sim.report.svg import svg_text as plotted_text
from sim.report.vector import inline, svg_text
from sim.results.manifest import Manifest
from sim.results.scored import Scorecard
from sim.studies.inputs import Inputs
from sim.studies.samples import Sample
from sim.studies.variants import Variants
from tests.figures import blank

M = TypeVar("M", bound=Mark)
NAMES = {"GRC": "Greece", "ESP": "Spain", "HUN": "Hungary", "USA": "United States"}
LADDER = [
    {"step": "pfp", "kind": "decision", "needs": "acquiesces"},
    {"step": "membership", "kind": "ratification"},
]


def milestone(*entries: tuple[str, float, tuple[float, float] | None]) -> dict[str, Any]:
    by = [
        {
            "date": date,
            "probability": p,
            "credible_90": None if band is None else list(band),
            "credible_error": None if band is None else [0.01, 0.02],
            "mc_error": 0.012,
            "mc_error_within": 0.004,
        }
        for date, p, band in entries
    ]
    never = {"probability": 1 - entries[-1][1], "credible_90": None, "mc_error": 0.012}
    if (band := entries[-1][2]) is not None:
        never["credible_90"] = [1 - band[1], 1 - band[0]]
    return {"by": by, "never_within_horizon": never, "median": None}


class Plain:
    """Stored results as their files have them, to be changed and then read as records."""

    def __init__(
        self, summary: dict[str, Any], inputs: dict[str, Any], samples: list[Any], manifest: dict[str, Any]
    ):
        self.summary, self.inputs, self.samples, self.manifest = summary, inputs, samples, manifest
        self.scorecard = scorecard()

    def read(self, variants: Variants | None = None) -> Stored:
        return Stored(
            typed(Summary, self.summary),
            typed(Inputs, self.inputs),
            typed(tuple[Sample, ...], self.samples),
            typed(Manifest, self.manifest),
            {"rate": (0.0001, 0.0145, 0.128)},
            typed(Scorecard, self.scorecard),
            variants,
            None,
        )


def html(stored: Stored) -> str:
    """A page whose figures are blank: here its words are tested, and figures by themselves."""
    with blank():
        return drawn_page(stored)


@pytest.fixture
def plain_summary() -> dict[str, Any]:
    """Twelve years, two steps: 30 and 10 of 100 futures."""
    band = (0.004, 0.62)
    dates = [f"{year}-12-31" for year in range(2027, 2038)]
    pfp = [(d, 0.02 * i, (0.001 * i, 0.05 * i)) for i, d in enumerate(dates)] + [("2038-12-01", 0.3, band)]
    last = [(d, 0.0, (0.0, 0.001)) for d in dates] + [("2038-12-01", 0.1, (0.001, 0.4))]
    blockers = {
        "by_year": [
            {"year": 2028, "meetings": 300, "share": {"GRC": 0.9, "ESP": 0.5, "HUN": 0.03}},
            {"year": 2030, "meetings": 100, "share": {"GRC": 0.5, "ESP": 0.7, "USA": 0.004}},
        ],
        "at_last_meeting": {"ESP": 0.6, "GRC": 0.4},
        "stuck": 1400,
    }
    return {
        "schema": 1,
        "scenario": {"name": "toy", "digest": "d" * 64, "title": "Toy", "question": "?"},
        "seed": 7,
        "trajectories": 2000,
        "worlds": 100,
        "start": "2026-12-01",
        "horizon": "2038-12-01",
        "milestones": {"pfp": milestone(*pfp), "membership": milestone(*last)},
        "watched": {"settlement=comprehensive": milestone(*last), "GRC.stance=recognises": milestone(*last)},
        "how": {
            "pfp": {"not reached": 0.7, "passed": 0.2, "waived": 0.06, "bypassed": 0.04},
            "membership": {"not reached": 0.9, "passed": 0.1, "waived": 0.0, "bypassed": 0.0},
        },
        "blockers": {"pfp": blockers, "membership": {"by_year": [], "at_last_meeting": {}, "stuck": 400}},
        "last_to_move": {"trajectories": 400, "share": {"ESP": 0.75, "GRC": 0.25}},
        "last_to_ratify": {"trajectories": 0, "share": {}},
        "paths": [
            {"path": [], "share": 0.5},
            {"path": ["settlement=comprehensive", "pfp (bypassed)", "GRC.stance=recognises"], "share": 0.2},
        ],
        "paths_error": 0.0,
    }


@pytest.fixture
def summary(plain_summary: dict[str, Any]) -> Summary:
    return typed(Summary, plain_summary)


@pytest.fixture
def stored(plain_summary: dict[str, Any]) -> Plain:
    parameter = {
        "name": "rate",
        "value": None,
        "prior": "gamma(shape 0.5, rate 15.7)",
        "unit": "per year",
        "basis": "judged",
        "source": "A guess (https://www.example.org/a?b=1&c=2).",
        "note": "",
        "where": "toy.yaml:3",
    }
    inputs = {
        "title": "Toy",
        "question": "What is it worth?",
        "organisation": "NATO",
        "candidate": {"code": "XKX", "name": "Kosovo"},
        "voters": dict(NAMES),
        "members": list(NAMES),
        "ladder": LADDER,
        "events": [{"on": "2028-06-01", "voter": "GRC", "stance": "recognises"}],
        "parameters": [
            parameter,
            {**parameter, "name": "share", "value": 0.25, "prior": None, "basis": "fitted"},
        ],
        "weak_facts": [
            {"table": "blocks", "row": 3, "blocked": "MKD", "source": "memory", "note": "by heart"}
        ],
        "disputed": [{"what": "Status", "text": "Some say yes, others no.", "source": ""}],
        "warnings": ["toy.yaml:9: a warning"],
    }
    sample = {
        "trajectory": 0,
        "world": 0,
        "opening": "At the start: Greece (blocks).",
        "happenings": [{"date": "2030-06-02", "text": "Partnership for Peace: waived"}],
        "left_out": 2,
        "taken": {"pfp": {"date": "2030-06-02", "how": "waived"}, "membership": None},
        "story": "",
    }
    manifest = {
        "schema": 1,
        "scenario": {"name": "toy", "digest": "d" * 64},
        "seed": 7,
        "engine": "montecarlo",
        "facts_digest": "f" * 64,
        "code_digest": "c" * 64,
        "accession": "0.1.0",
        "python": "3.11.7",
        "architecture": "x86_64",
        "libraries": {"numpy": "2"},
        "subject": {
            "verb": "run",
            "scenarios": [{"name": "toy", "title": "Toy", "source": "built-in"}],
            "changed": {},
        },
    }
    return Plain(plain_summary, inputs, [sample], manifest)


def scored(
    component: str, mode: str, baseline: float, difference: tuple[float, float, float], verdict: str
) -> dict[str, Any]:
    middle, low, high = difference
    return {
        "component": component, "name": component.capitalize(), "mode": mode, "outcomes": 10, "groups": 9,
        "model": baseline + middle, "baseline": "constant hazard" if baseline else "nothing changes",
        "baseline_crps": baseline, "difference": middle, "low": low, "high": high, "better": 5,
        "verdict": verdict,
    }  # fmt: skip


def scorecard() -> dict[str, Any]:
    behind = scored("recognition", "rolling", 0.0, (328.4, 109.0, 576.0), "behind")
    return {
        "schema": 1,
        "forecasts_digest": "e" * 64,
        "forecasts": 3065,
        "made_with": None,
        "leaks": "Some knew what happened.",
        "forms": "two",
        "failure": "",
        "best": [
            scored("waves", "left out", 87.0, (-2.2, -9.0, 4.7), "open"),
            scored("waves", "rolling", 113.0, (-22.8, -34.8, -7.7), "ahead"),
            behind,
        ],
        "lost": [behind, scored("capitals", "rolling", 66.0, (0.2, -6.6, 7.1), "open")],
    }


def moved(by: tuple[float, float] | None = None) -> dict[str, Any]:
    """Milestones of a run or, ``by`` so much, of a variant."""
    found: dict[str, Any] = {}
    for step, shares in {"pfp": (0.18, 0.3), "membership": (0.01, 0.1)}.items():
        entries = []
        for date, share in zip(("2036-12-31", "2038-12-01"), shares, strict=True):
            entry = {"date": date, "probability": share, "credible_90": [0.004, 0.62], "mc_error": 0.012}
            if by is not None:
                apart = by[0] if step == "pfp" else by[1]
                entry |= {"probability": share + apart, "difference": apart, "difference_error": 0.003}
            entries.append(entry)
        found[step] = {"by": entries}
    return found


@pytest.fixture
def structures() -> Variants:
    """Two variants in two groups, and one that could not be run."""
    heads = [
        {
            "name": f"variant-{n}",
            "group": f"Group {n}",
            "title": f"Title {n}",
            "question": "?",
            "differs": f"{n}: 1",
        }
        for n in "abc"
    ]
    stored = {
        "schema": 1,
        "scenario": {"name": "toy", "digest": "d" * 64},
        "seed": 7,
        "trajectories": 1000,
        "worlds": 100,
        "run": {"milestones": moved()},
        "variants": [
            {**heads[0], "digest": "a" * 64, "milestones": moved((0.079, -0.09))},
            {**heads[1], "digest": "b" * 64, "milestones": moved((-0.0004, 0.0))},
        ],
        "not_run": [{**heads[2], "reason": "the scenario has no step “x”"}],
    }
    return typed(Variants, stored)


class Text(HTMLParser):
    """The visible text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.hidden += tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def text_of(page: str) -> str:
    return " ".join(" ".join(Text(page).parts).split())


# --- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "<1 %"),
        (0.004, "<1 %"),
        (0.005, "<1 %"),
        (0.0051, "1 %"),
        (0.164, "16 %"),
        (0.994, "99 %"),
        (1.0, ">99 %"),
    ],
)
def test_a_chance_has_no_decimals_and_is_never_nothing_or_everything(probability: float, said: str) -> None:
    assert words.chance(probability) == said


def test_none_of_a_few_trajectories_is_a_bound_by_the_rule_of_three() -> None:
    assert words.chance(0.0, 100) == "<3 %"
    assert words.chance(1.0, 100) == ">97 %"
    assert words.chance(0.0, 200_000) == "<1 %"
    assert words.futures(0.0, 60) == "fewer than 5 of 100 futures"
    assert words.futures(1.0, 200_000) == "more than 99 of 100 futures"
    assert words.futures(0.16, 200_000) == "about 16 of 100 futures"


@pytest.mark.parametrize(
    ("probability", "of", "error", "said"),
    [
        (0.0, 20, None, "<15 %"),
        (0.0, 4, None, "<75 %"),
        (0.0, 1, None, "<95 %"),
        (1.0, 20, 0.03, ">85 %"),
        (1.0, 1, None, ">5 %"),
        (0.0, 299, None, "<2 %"),
        (0.0, 300, None, "<1 %"),
        (0.05, 20, None, "about 5 %"),  # one of twenty: 5 points of error
        (0.004, 250, None, "<2 %"),  # one of 250
        (0.004, None, 0.0001, "<1 %"),
        (0.42, None, 0.25, "about 40 %"),
        (0.03, None, 0.25, "<53 %"),
        (0.97, None, 0.1, ">77 %"),
        (0.42, None, 0.0251, "about 40 %"),
        (0.43, None, 0.075, "about 45 %"),
        (0.43, None, 0.076, "about 40 %"),
        (0.42, None, 0.025, "42 %"),
        (0.42, 20, None, "about 40 %"),
        (0.42, 20, 0.0, "42 %"),
        (0.9999, None, 0.9, ">1 %"),
        (1.0, None, 0.0, ">99 %"),
    ],
)
def test_no_percentage_is_finer_than_its_error(
    probability: float, of: int | None, error: float | None, said: str
) -> None:
    assert words.chance(probability, of, error) == said
    assert words.of_hundred(probability, of, error) == said.replace("about ", "~").removesuffix(" %")


@given(st.integers(1, 5000), st.integers(0, 5000))
def test_what_is_said_of_a_count_is_not_wrong(of: int, hits: int) -> None:
    """A bound holds the share, and two errors beside it; a number is within half a unit of it."""
    share = min(hits, of) / of
    said = words.of_hundred(share, of)
    error = (share * (1 - share) / of) ** 0.5
    if said[0] == "<":
        assert float(said[1:]) >= 100 * (share + 2 * error) - 1e-6
        assert share > 0 or float(said[1:]) >= min(300 / of, 95)
    elif said[0] == ">":
        assert float(said[1:]) <= 100 * (share - 2 * error) + 1e-6
    else:
        assert abs(float(said.lstrip("~")) - 100 * share) <= words.unit_of(error) / 2 + 1e-9
        assert 0 < float(said.lstrip("~")) < 100


def test_ends_of_intervals_are_no_finer_than_their_errors() -> None:
    assert words.chance_range(0.004, 0.54) == "<1 to 54 %"
    assert words.chance_range(0.004, 0.54, (0.002, 0.02)) == "<1 to 54 %"
    assert words.chance_range(0.12, 0.54, (0.03, 0.09)) == "10 to 50 %"
    assert words.chance_range(0.02, 0.98, (0.03, 0.2)) == "<5 to >90 %"
    assert words.chance_range(0.001, 0.02, (0.002, 0.03)) == "at most 5 %"
    assert words.chance_range(0.001, 0.003, (0.03, 0.001)) == "<1 %"
    assert words.chance_range(0.001, 0.12, (0.03, 0.001)) == "at most 12 %"
    assert words.chance_range(0.98, 0.999, (0.03, 0.001)) == "at least 95 %"
    assert words.chance_range(0.4, 0.98, (0.03, 0.09)) == "at least 40 %"


def test_words_hold_two_errors_or_are_not_said() -> None:
    assert words.likelihood(0.3, 0.02) == "it is unlikely"
    assert words.likelihood(0.3, 0.04) == "it is unlikely"
    assert words.likelihood(0.3, 0.1) == words.TOO_FEW
    assert words.likelihood(0.0, 0.03) == words.TOO_FEW
    assert words.likelihood(0.99, 0.026) == words.TOO_FEW


def test_one_day_is_one_day() -> None:
    assert [words.counted(n, "trajectory") for n in (0, 1, 2000)] == [
        "0 trajectories", "1 trajectory", "2,000 trajectories"]  # fmt: skip
    assert [words.counted(n, "point") for n in (1, 2)] == ["1 point", "2 points"]
    assert [words.of_days(n) for n in ("1", "12", "+1", "−1", "1,001")] == [
        "1 day", "12 days", "+1 day", "−1 day", "1,001 days",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0.0, "almost no chance"), (0.049, "almost no chance"), (0.05, "very unlikely"), (0.2, "is unlikely"),
     (0.5, "roughly even"), (0.55, "is likely"), (0.8, "very likely"), (0.95, "almost certain"),
     (1.0, "almost certain")],
)  # fmt: skip
def test_words_for_chances_have_the_bounds_of_the_directive(probability: float, said: str) -> None:
    assert said in words.likelihood(probability)


def test_dates_errors_and_numbers() -> None:
    assert words.by("2036-12-31") == "by the end of 2036"
    assert words.by("2056-12-01") == "by 1 December 2056"
    assert words.day("2033-12") == "December 2033"
    assert words.short_day("2029-09-17") == "17 Sep 2029"
    assert [words.points(e) for e in (0.0004, 0.005, 0.0094, 0.0096, 0.02)] == [
        "<0.1",
        "0.5",
        "0.9",
        "1",
        "2",
    ]
    assert [words.number(x) for x in (0, 9e-5, 0.0145, 68.4, 5000)] == [
        "0",
        "0.00009",
        "0.015",
        "68",
        "5,000",
    ]
    assert words.step_name("map") == "Membership Action Plan"
    assert words.step_name("council_vote") == "Council vote"
    assert words.step_deed("membership", "EU") == "becomes a member of EU"


# --- tables -----------------------------------------------------------------------------------------------


def test_dots_are_quantiles_of_the_stored_curve(summary: Summary) -> None:
    came = tables.dots_years(summary, "pfp")
    assert len(came) == 15  # 30 of 100
    assert came == sorted(came)
    # the fifth dot is the quantile 0.09, half way between the ends of 2031 (0.08) and 2032 (0.10)
    assert came[4] == pytest.approx(2032.499, abs=0.01)
    assert len(tables.dots_years(summary, "membership")) == 5


def test_blockers_are_weighted_by_meetings_and_years_without_any_are_unknown(summary: Summary) -> None:
    table = tables.blockers_table(summary, "pfp")
    assert [row.code for row in table] == ["GRC", "ESP", "HUN", "USA"]
    assert table[0].all == pytest.approx((300 * 0.9 + 100 * 0.5) / 400)
    assert table[0].by_year == (None, None, 0.9, None, 0.5, *[None] * 8)  # 2026 to 2038
    assert table[3].by_year[2] == 0.0


def test_the_ladder_loses_what_its_steps_lose(summary: Summary) -> None:
    table = tables.ladder_table(summary)
    assert [row.before for row in table] == pytest.approx([1.0, 0.3])
    assert [row.reached for row in table] == pytest.approx([0.3, 0.1])
    assert prose.losses(summary)[1]["onward"] == "33 %"


def test_many_last_ones_are_summed_up_in_one_row(summary: Summary) -> None:
    last = LastOnes(50, {f"A{i:02}": 0.1 for i in range(10)})
    summary = replace(summary, last_to_ratify=last)
    table = tables.last_table(summary, "last_to_ratify", NAMES)
    assert len(table) == 9
    assert table[-1] == ("2 others, each", pytest.approx(0.1))


def test_paths_are_told_in_words(summary: Summary) -> None:
    path = "comprehensive settlement, then Partnership for Peace (a substitute in its place), then Greece recognises"
    told = [path for _, path in tables.paths_table(summary, NAMES)]
    assert told == ["nothing of what the scenario watches; no step is taken", path]
    assert tables.path_words([], NAMES, watched=False) == "no step is taken"
    assert tables.entry_words("GRC.objection=raised", NAMES) == "Greece, objection: raised"
    assert tables.path_words(["GRC.stance=recognises"], NAMES) == "Greece recognises; no step is taken"


# --- figures ----------------------------------------------------------------------------------------------


def panel(width: float = WIDE) -> Panel:
    return Drawing(width, 3.0).panel(1.3, 0.7, 0.4, 0.4)


def found(made: Panel, kind: type[M]) -> list[M]:
    """The marks of a kind."""
    return [mark for mark in made.marks if isinstance(mark, kind)]


def drawn(summary: Summary) -> dict[str, Callable[[Panel], None]]:
    """A figure of each kind."""
    return {
        "cumulative": lambda panel: figures.cumulative(summary, "pfp", panel),
        "dots": lambda panel: figures.dots(summary, "pfp", panel),
        "blockers": lambda panel: figures.blockers(summary, "pfp", NAMES, panel),
        "ladder": lambda panel: figures.ladder(summary, panel),
        "last": lambda panel: figures.last(summary, "last_to_move", NAMES, panel),
        "scorecard": lambda panel: card.differences(typed(Scorecard, scorecard()), panel),
    }


def test_every_mark_of_a_figure_comes_onto_axes(summary: Summary) -> None:
    for name, figure in drawn(summary).items():
        made, alone = panel(), Drawing(WIDE, 3.0)
        figure(made)
        alone.panel(1.3, 0.7, 0.4, 0.4)
        ax = canvas(WIDE, 3).add_subplot()
        assert onto.draw(figure, ax, alone) is ax
        put = [*ax.lines, *ax.patches, *ax.collections, *ax.texts]
        assert len(put) == len(made.marks), name
        assert [text.get_text() for text in ax.texts] == [words.text for words in found(made, Words)]
        assert ax.get_title() == made.title
        assert (ax.get_xlim(), ax.get_ylim()) == (made.x, made.y)
        assert onto.draw(figure, None, alone) is not ax


def test_every_mark_of_a_figure_comes_into_its_files(summary: Summary) -> None:
    for name, figure in drawn(summary).items():
        whole = Drawing(WIDE, 3.0)
        figure(made := whole.panel(1.3, 0.7, 0.4, 0.4))
        text = svg_text(whole)
        lines = [line for words in found(made, Words) for line in words.text.split("\n")]
        assert all(f">{escape(line)}</text>" in text for line in [*lines, made.title] if line), name
        assert text.count("<circle") == sum(len(dots.xs) for dots in found(made, Dots) if dots.kind == "o")
        assert text.count("<rect") == 1 + len(found(made, Bar))
        assert "id=" not in text
        picture = Image.open(BytesIO(png_bytes(whole)))
        assert picture.size == (1520, 600)
        colours = {colour for _, colour in picture.getcolors(1 << 20) or ()}
        fills = {bar.fill for bar in found(made, Bar) if abs(bar.width * bar.height) > 0.5 and not bar.hatch}
        assert {ImageColor.getrgb(fill) for fill in fills} <= colours, name


def test_a_picture_is_what_was_drawn_to_the_last_dot() -> None:
    drawn = Image.effect_noise((37, 21), 60).convert("RGB")
    read = Image.open(BytesIO(_encoded(drawn)))
    assert (read.size, read.mode, read.tobytes()) == (drawn.size, "RGB", drawn.tobytes())
    assert read.info["dpi"] == pytest.approx((DPI, DPI), abs=0.01)


def test_the_outcome_bar_adds_up_to_all_futures(summary: Summary) -> None:
    figures.cumulative(summary, "pfp", made := panel())
    assert sum(bar.height for bar in found(made, Bar)) == pytest.approx(100)
    shown = [words.text for words in found(made, Words)]
    assert "30" in shown
    assert "70\nnot" in shown


def test_every_dot_is_drawn_once(summary: Summary) -> None:
    figures.dots(summary, "pfp", made := panel(NARROW))
    assert [len(dots.xs) for dots in found(made, Dots)] == [15, 35]


def test_hatching_stays_in_its_bar_and_fills_it() -> None:
    for kind, lines in (("/", 6), ("x", 14)):
        ends = list(hatching(kind, 10.0, 20.0, 30.0, 45.0))
        assert len(ends) == lines
        assert all(10 <= x <= 30 and 20 <= y <= 45 for a, b, c, d in ends for x, y in ((a, b), (c, d)))
        assert all(abs(a - c) == pytest.approx(abs(b - d)) for a, b, c, d in ends)  # at 45 degrees


def test_a_dash_goes_on_round_corners() -> None:
    parts = list(_dashes([(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)], [4.0, 2.0]))
    assert parts == [[(0.0, 0.0), (4.0, 0.0)], [(5.0, 1.0), (5.0, 5.0)]]


def test_shades_grow_darker_from_the_first_to_the_last() -> None:
    assert (shade(0.0), shade(1.0), shade(2.0)) == (SHADES[0], SHADES[-1], SHADES[-1])
    light = [sum(ImageColor.getrgb(shade(k / 20))) for k in range(21)]
    assert light == sorted(light, reverse=True)


def test_a_note_makes_a_drawing_longer_and_leaves_the_rest_alone(summary: Summary) -> None:
    plain = sheets(summary, NAMES)["ladder"].draw(WIDE)
    told = plain.noted("Toy. " * 60)
    assert told.height == pytest.approx(plain.height + 3 * 0.14 + 0.08)
    assert (
        svg_text(plain).split("\n")[3:-3]
        == svg_text(told).split("\n")[3:][: len(svg_text(plain).split("\n")) - 6]
    )
    assert plain.noted("") is plain


def test_threads_draw_with_matplotlib_one_at_a_time_and_leave_the_settings_alone() -> None:
    before = dict(matplotlib.rcParams)
    meet = Barrier(4)

    def plotted(_: int) -> str:
        meet.wait()
        with drawing():
            figure = canvas(3, 2)
            sleep(0.01)  # time for another to come in
            with drawing():  # the same thread may
                figure.add_subplot().set_title("$x$")
                return plotted_text(figure)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(plotted, range(4)))) == 1
    assert dict(matplotlib.rcParams) == before


def test_panels_leave_no_place_empty() -> None:
    for panels in range(1, 13):
        assert sum(_rows(panels)) == panels
        assert all(columns in (2, 3) or panels == 1 for columns in _rows(panels))


def test_an_inlined_figure_is_one_image_that_is_told_of_and_has_no_size(summary: Summary) -> None:
    one = inline(sheets(summary, NAMES)["ladder"].draw(WIDE), 'with "quotes" & <marks>')
    assert 'aria-label="with &#34;quotes&#34; &amp; &lt;marks&gt;"' in one
    assert "width=" not in one[: one.index(">")]
    assert " id=" not in one


# --- sentences --------------------------------------------------------------------------------------------


def test_the_answer_is_two_sentences_with_horizon_and_interval(stored: Plain) -> None:
    first, second = prose.answer(stored.read().summary, stored.read().inputs)
    assert first == (
        "It is very unlikely that Kosovo enters the Partnership for Peace by the end of 2036: it does so in "
        "about 18 of 100 futures (90 % credible interval 1 to 45 %)."
    )
    assert "by 1 December 2038" in second
    assert "about 10 of 100 futures (90 % credible interval <1 to 40 %)" in second
    assert "in about 90 of 100 futures (60 to >99 %) it does not" in second


def test_a_substitute_is_told_beside_the_step(stored: Plain) -> None:
    share = stored.summary["milestones"]["pfp"]["by"][-1]["probability"]
    beside = milestone(*((e["date"], 0.04, (0.0, 0.1)) for e in stored.summary["milestones"]["pfp"]["by"]))
    stored.summary["substitutes"] = {"pfp": beside}
    found = stored.read()
    assert prose.beside(found.summary) == [
        "A substitute for the Partnership for Peace is not the step, and is counted apart: by the end of 2036 one "
        "stands in its place in about 4 of 100 futures."
    ]
    page = text_of(html(found))
    assert "a substitute for the Partnership for Peace 4 %" in page
    assert f"Partnership for Peace {100 * share:.0f} %" in page
    assert "Dotted: a substitute" in page
    assert "substitute for the" not in text_of(
        html(replace(found, summary=replace(found.summary, substitutes={})))
    )


def test_no_interval_says_why(stored: Plain) -> None:
    for step in stored.summary["milestones"].values():
        for entry in step["by"]:
            entry["credible_90"] = entry["credible_error"] = None
        step["never_within_horizon"]["credible_90"] = None
    assert (
        "too few trajectories for each of the 100 worlds"
        in prose.answer(stored.read().summary, stored.read().inputs)[0]
    )
    stored.summary["worlds"] = 1
    page = text_of(html(stored.read()))
    assert "no credible interval: nothing in this scenario is uncertain but chance" in page
    assert "90 % of worlds" not in page


def test_one_step_is_answered_once(stored: Plain) -> None:
    del stored.summary["milestones"]["membership"]
    stored.summary["milestones"]["pfp"]["by"] = stored.summary["milestones"]["pfp"]["by"][-1:]
    first, second = prose.answer(stored.read().summary, stored.read().inputs)
    assert "about 30 of 100" in first
    assert second == "In about 70 of 100 futures (38 to >99 %) it does not."


def test_the_evidence_counts_each_basis(stored: Plain) -> None:
    assert (
        prose.evidence(stored.read().inputs)
        == "Evidence: mixed. 2 parameters: 1 fitted to history, 1 judged."
    )
    stored.inputs["parameters"] = []
    assert "no parameters" in prose.evidence(stored.read().inputs)


def test_addresses_become_links_and_the_rest_is_escaped() -> None:
    made = links("see <b> (https://www.example.org/a?b=1&c=2), or not")
    link = '<a href="https://www.example.org/a?b=1&amp;c=2" rel="noreferrer">example.org</a>'
    assert made == f"see &lt;b&gt; ({link}), or not"
    assert "<a" not in links("javascript:alert(1)")


# --- the page ---------------------------------------------------------------------------------------------

HOSTILE = "<script>alert('x')</script> & \"$x^2$\""


def test_nothing_that_a_scenario_says_becomes_markup(stored: Plain, structures: Variants) -> None:
    inputs = stored.inputs
    inputs["title"] = inputs["question"] = inputs["candidate"]["name"] = inputs["organisation"] = HOSTILE
    inputs["voters"]["GRC"] = HOSTILE
    inputs["parameters"][0] |= {"source": HOSTILE, "unit": HOSTILE, "note": HOSTILE}
    inputs["weak_facts"][0]["note"] = HOSTILE
    stored.scorecard["leaks"] = stored.scorecard["best"][0]["baseline"] = HOSTILE
    hostile = [replace(v, title=HOSTILE, differs=HOSTILE, group=HOSTILE) for v in structures.variants]
    inputs["disputed"][0]["text"] = inputs["warnings"][0] = HOSTILE
    stored.samples[0]["happenings"][0]["text"] = HOSTILE
    page = html(stored.read(replace(structures, variants=tuple(hostile))))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 10
    assert HOSTILE in " ".join(Text(page).parts)


def test_the_command_repeats_what_was_set(stored: Plain) -> None:
    stored.manifest["subject"]["changed"] = {"share": "0.25"}
    page = html(stored.read())
    assert "accession replay toy --set share=0.25 --seed 7 --worlds 100 --trajectory 3" in text_of(page)


def test_steps_that_nobody_comes_to_are_said_so(stored: Plain) -> None:
    summary = stored.summary
    nobody = {"not reached": 1.0, "passed": 0.0, "waived": 0.0, "bypassed": 0.0}
    summary["how"] = {"pfp": nobody, "membership": nobody}
    summary["watched"] = {}
    for step in summary["milestones"].values():
        for entry in step["by"]:
            entry |= {"probability": 0.0, "credible_90": None, "credible_error": None}
        step["never_within_horizon"] = {"probability": 1.0, "credible_90": None, "mc_error": 0.0}
    summary["last_to_move"] = {"trajectories": 0, "share": {}}
    page = text_of(drawn_page(stored.read()))
    assert "nobody comes to it" in page
    assert "In none of the 2,000 trajectories" in page
    assert not re.search(r"(?<!\d)(0|100)\s%", page)


def test_a_ladder_without_decisions_has_nobody_to_be_last(stored: Plain) -> None:
    stored.inputs["ladder"] = [{"step": "pfp", "kind": "wait"}, {"step": "membership", "kind": "wait"}]
    stored.summary["blockers"]["pfp"]["by_year"] = []
    page = text_of(html(stored.read()))
    assert "No step of this ladder is decided at meetings." in page
    assert "The ladder has no step that members decide or ratify." in page


def test_what_a_step_waits_for_is_no_voter_that_blocks(summary: Summary) -> None:
    table = summary.blockers["pfp"]
    year = table.by_year[-1]
    waits = replace(year, share={**year.share, "friends": 0.4})
    by_year, awaited = (*table.by_year[:-1], waits), {"friends": "the friends' condition"}
    told = replace(table, by_year=by_year, awaited=awaited)
    said = prose.blocking(replace(summary, blockers={**summary.blockers, "pfp": told}), "pfp", NAMES)
    assert re.search(
        r" Whoever blocks, at (about )?\d+ % of these meetings the friends' condition is not met\.$", said
    )
    assert said.startswith(prose.blocking(summary, "pfp", NAMES))


# --- structural variants ----------------------------------------------------------------------------------


def test_a_run_without_variants_names_the_command_that_adds_them(stored: Plain) -> None:
    stored.manifest["subject"]["changed"] = {"share": "0.25"}
    page = text_of(html(stored.read()))
    assert "accession run toy --set share=0.25 --seed 7 --worlds 100 --variants" in page
    assert "Title a" not in page


def test_variants_stand_beside_the_run_with_what_they_change(stored: Plain, structures: Variants) -> None:
    page = text_of(html(stored.read(structures)))
    assert "run again under 2 variants of the structure" in page
    assert (
        "Partnership for Peace by the end of 2036: from 18 % (“Title b”) to 26 % (“Title a”), beside 18 % in "
        "the run itself." in page
    )
    assert "Title a A: 1" not in page
    assert "Title a a: 1 26 % <1 to 62 % +7.9 error 0.3 1 % <1 to 62 % −9.0 error 0.3" in page
    assert "Title b b: 1 18 % <1 to 62 % 0 error 0.3" in page
    assert "Seed 7; 1,000 trajectories in 100 worlds for each variant; Monte Carlo error at most 1 " in page
    assert "that of a difference from the run (luck in common) at most 0.3." in page
    assert "Title c ( variant-c ): the scenario has no step “x”." in page
    assert "--variants" not in page


def test_without_one_variant_that_fits_there_is_no_figure(stored: Plain, structures: Variants) -> None:
    page = html(stored.read(replace(structures, variants=())))
    assert "None of the built-in structural variants can be laid over this scenario." in text_of(page)
    assert "variants-wide" not in page


def test_the_figure_of_variants_has_a_mark_for_each_and_the_run_as_a_line(
    summary: Summary, structures: Variants
) -> None:
    rows, last = variants_figure.places(structures)
    assert [name for _, name, _ in rows] == ["This run", "Group a", "Title a", "Group b", "Title b"]
    variants_figure.panel(rows, ("pfp", day(2036, 12, 31)), structures.trajectories, made := panel())
    assert [dots.xs[0] for dots in found(made, Dots)] == pytest.approx([18.0, 25.9, 17.96])
    assert [words.text for words in found(made, Words)] == ["18", "26", "18"]
    sheet = variants_figure.variants_sheet(structures, summary)
    assert "this run 18 %; Title a 26 % and Title b 18 %" in sheet.alt
    assert last == pytest.approx(3.6)


def test_differences_have_a_sign_unless_they_round_to_nothing() -> None:
    said = [variants.signed(d) for d in (0.079, -0.0034, 0.0004, -0.0004, 0.0)]
    assert said == ["+7.9", "−0.3", "0", "0", "0"]


# --- how the model did ------------------------------------------------------------------------------------


def test_the_scorecard_says_where_the_model_is_ahead_and_where_behind(stored: Plain) -> None:
    page = text_of(html(stored.read()))
    assert (
        "in 3 comparisons, the model is ahead beyond the interval in 1 (waves, rolling), behind in 1 "
        "(recognition, rolling); in the other 1 the interval contains 0" in page
    )
    assert "Recognition, rolling: “nothing changes” by 328 days (+109 to +576; 9 groups)" in page
    assert "Capitals, rolling: “constant hazard” by less than 1 day (−7 to +7; 9 groups)" in page
    assert "On recognition no model could win" in page
    assert "Waves rolling 10 (9) 90 constant hazard, 113 −23 −35 to −8 model ahead" in page
    assert "What leaks Some knew what happened." in page
    assert "is not recorded" in page
    assert "docs/scorecard.md" in page


def test_the_scorecard_names_what_it_was_made_with_and_facts_that_changed(stored: Plain) -> None:
    digests = {"code_digest": "1" * 64, "facts_digest": "f" * 64, "baseline_digest": "2" * 64}
    stored.scorecard["made_with"] = {"accession": "0.1.0", **digests}
    page = text_of(html(stored.read()))
    assert all(digest in page for digest in digests.values())
    assert "are not the same ones" not in page
    stored.manifest["facts_digest"] = "0" * 64
    assert "The facts behind this run are not the same ones." in text_of(html(stored.read()))


def test_a_baseline_without_error_is_said_and_not_drawn() -> None:
    card.differences(typed(Scorecard, scorecard()), made := panel())
    marks = [dots.xs[0] for dots in found(made, Dots)][:-2]  # the last two are the key
    assert marks == pytest.approx([-100 * 2.2 / 87, -100 * 22.8 / 113])
    assert "“nothing changes” has been right: it scores 0" in [words.text for words in found(made, Words)]


def test_no_scorecard_is_a_plain_error(tmp_path: Any, stored: Plain) -> None:
    names = {"summary": stored.summary, "inputs": stored.inputs, "samples": stored.samples}
    for name, content in {**names, "manifest": stored.manifest}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(RunError, match=r"no scorecard\.json there; run the scenario again"):
        write_report(tmp_path)


def test_a_folder_without_results_is_a_plain_error(tmp_path: Any, stored: Plain) -> None:
    with pytest.raises(RunError, match=r"no summary\.json there"):
        write_report(tmp_path)
    (tmp_path / "summary.json").write_text(json.dumps(stored.summary), "utf-8")
    with pytest.raises(RunError, match=r"no inputs\.json there"):
        write_report(tmp_path)
    (tmp_path / "inputs.json").write_text("{}", "utf-8")
    with pytest.raises(RunError, match=r"inputs\.json: .*title is missing.*another version of accession"):
        write_report(tmp_path)
    (tmp_path / "inputs.json").write_text(json.dumps(stored.inputs), "utf-8")
    (tmp_path / "samples.json").write_text("{", "utf-8")
    with pytest.raises(RunError, match=r"samples\.json: cannot be read"):
        write_report(tmp_path)
