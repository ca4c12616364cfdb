"""The scorecard: a page written from the file of forecasts, and from nothing else.

``python -m sim.pages.scorecard DIR`` writes ``DIR/scorecard.md`` and ``DIR/figures`` again from
``DIR/forecasts.csv`` (default: docs), and the data for reports: ``scenarios/scorecard.json`` for docs, else
``DIR/scorecard.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sim.base.dates import DAYS_PER_YEAR
from sim.base.errors import AccessionError
from sim.base.files import write_whole
from sim.history.hindcast.forecasts import Compared, Forecast, comparisons, read_forecasts, write_scores
from sim.history.hindcast.scores import HORIZONS, pit
from sim.pages.scorecard_data import best_baseline, verdict, write_data
from sim.pages.scorecard_figures import MODES, NAMES, by_group, of, write_figures
from sim.pages.scorecard_recognition import beside_the_scores
from sim.results.scored import MadeWith

FORMS = "two"
"""Forms of the model that were scored; docs/decisions.md has the first one's scores, and corrections of faults."""
QUARTERS = ("first", "second", "third", "last")

HEAD = """# Scorecard

Written by `accession hindcast` from [forecasts.csv](forecasts.csv), which holds every forecast below as 200
points and what happened; nothing here needs anything else. The form (what counts as one observation, what is
left out, which scores) was fixed in [decisions.md](decisions.md) before the first score. {forms} forms of the
model were scored, the second after the first one's failures had been seen; the scores of both, and corrections
made since, are there. Of the components "Wish to Partnership" and "Recognition elsewhere", added later, one form each.

**How to read it.** CRPS is the distance in days between a forecast and what happened, the whole distribution
counted; smaller is better. A difference below 0 favours the model. Its 90 % interval comes from resampling
*waves or decisions*: countries of one wave share one outcome. With five to thirteen groups such intervals
are rough and rather too narrow; the simple baseline for ten waves, 93 days, has itself a standard error near
18. Nothing is called better where the interval contains 0.

**What leaks.** *Left out* forecasts know everything but the wave or decision itself, later ones too.
*Rolling* ones know only facts dated up to the forecast. But in both the judged priors, the form of the
model, the coding of causes, the choice of cases and where each case file puts its candidate were written in
2026 by people who knew what happened. The cases leak most: that Finland was ready, or that Greece would
object, stands in their files. So these scores are an upper bound on what the same model would have done in
public. The only test without that flaw is the log of forecasts (`accession forecast`).
"""

TAIL = """
## What this does not show
- Recognition by the holdouts is one outcome (nobody moved), seen from nine days. "Nothing changes" cannot be
  beaten on it: its loss is 0 until somebody recognises. The table says what the model pays for keeping the
  possibility open.
- Recognition elsewhere is scored without covariates and without the discount that the four get, and the
  form of that law was chosen with the dates of 1973 and 2000 in sight.
- Most entries into the Partnership were of 1994 and in nobody's way; wishes are known for 15 of 37. What says
  something of Kosovo is the handful that was held up: two over status are still open, one ended.
- Components share data: the same waves stand behind membership, capitals, protocol and cases. Their scores
  do not add up.
- Among blocking episodes those over identity or recognition are in the file with the baselines only, for a
  scenario has to name them; "Wish to Partnership" counts how often they end at that gate.
- The ratification fit was itself chosen while looking at waves left out
  (`sim/history/fits/ratification_checks.py`), so its scores on these same waves are not those of a form
  chosen blindly.
- Capitals are scored only where a day is known; in 2008 and 2016 those are the better documented ones. Where
  only the deposit is known it stands for the approval, which was earlier.
- No pass or fail is printed for calibration: with ten waves a band of 90 % for the distribution of the
  outcomes' places is about ± 0.37 wide, so only gross faults would show.
"""


def write_scorecard(folder: Path, made: MadeWith | None = None) -> None:
    """Writes scores, figures, page and data (``scorecard_data``) of a folder from its file of forecasts.

    :param made: what the forecasts were made with, if that is known.
    :raises AccessionError: the file cannot be read, or the folder not written.
    """
    forecasts = read_forecasts(folder / "forecasts.csv")
    write_scores(forecasts, folder / "scores.csv")
    compared = comparisons(forecasts)
    write_figures(forecasts, compared, folder / "figures")
    write_whole(folder / "scorecard.md", page(forecasts, compared))
    write_data(forecasts, compared, folder, made, FORMS, " ".join(failure(forecasts).split()))


def page(forecasts: Sequence[Forecast], compared: Sequence[Compared]) -> str:
    """The page as Markdown."""
    parts = [HEAD.format(forms=FORMS.capitalize())]
    parts += ["## In short\n", *_short(compared), *_summary(compared)]
    parts += ["\n## Recognition: expected, and came\n", *beside_the_scores(forecasts)]
    parts += ["\n## Where a baseline wins\n", *_losses(compared)]
    parts += ["\n## Where the model was surprised\n", *_surprises(forecasts)]
    parts += [
        "\n## Paired differences\n",
        "![Differences](figures/scorecard-differences.svg)\n",
        *_table(compared, "crps"),
    ]
    parts += ["\n### Log score\n", _LOG, *_table(compared, "log")]
    parts += ["\n### Brier score against Kaplan-Meier\n", *_brier(compared)]
    parts += ["\n## Calibration\n", _PIT, "![PIT](figures/scorecard-pit.svg)\n", *_quarters(forecasts)]
    parts += ["\n![Reliability](figures/scorecard-reliability.svg)\n", _RELIABLE]
    if of(forecasts, "membership", "left out"):
        parts += ["\n## Protocol to membership\n", "![Waves](figures/scorecard-waves.svg)\n"]
        parts += [*_units(forecasts, "membership", MODES)]
    for component in ("case", "partnership", "invitation", "protocol", "block", "recognition", "elsewhere"):
        if any(f.component == component for f in forecasts):
            parts += [f"\n## {NAMES[component]}\n", *_units(forecasts, component, ("rolling", "left out"))]
    return "\n".join([*parts, TAIL])


_LOG = """Minus the logarithm of the probability given to what was seen (grid and floor of 2 % as in
`sim/history/hindcast/scores.py`).
"""
_PIT = """Where the outcomes lie in the model's forecasts. Dots spread evenly from 0 to 1 would be well
calibrated; a line is an outcome that is still open.
"""
_RELIABLE = """Forecast chance against how often it came, by horizon; every group of a component counts once,
larger dots are more groups. Components are mixed, so this is a picture and no test.
"""


def _short(compared: Sequence[Compared]) -> Iterator[str]:
    """What the comparison with the best baselines comes to, in sentences."""
    found = [(c, m, b) for c in NAMES for m in MODES if (b := best_baseline(compared, c, m)) is not None]
    better = [f"{NAMES[c].lower()} ({m})" for c, m, b in found if verdict(b) == "ahead"]
    worse = [f"{NAMES[c].lower()} ({m})" for c, m, b in found if verdict(b) == "behind"]
    yield (
        f"Against the baseline that turned out best, in {len(found)} comparisons: the model is ahead beyond "
        f"its interval in {len(better)}{_listed(better)}, behind in {len(worse)}{_listed(worse)}, and in the "
        f"other {len(found) - len(better) - len(worse)} the interval contains 0.\n"
    )


def _listed(names: Sequence[str]) -> str:
    return f" ({'; '.join(names)})" if names else ""


def _summary(compared: Sequence[Compared]) -> Iterator[str]:
    """One line for each component and mode: the model, and the best of the baselines (chosen afterwards)."""
    yield "| component | mode | outcomes | groups | model | best baseline | difference (90 %) | better in |"
    yield "|---|---|--:|--:|--:|---|--:|--:|"
    for component in NAMES:
        for mode in MODES:
            best = best_baseline(compared, component, mode)
            if best is not None:
                yield (
                    f"| {NAMES[component]} | {mode} | {best.units} | {best.difference.groups} "
                    f"| {_days(best.model)} | {best.baseline}, {_days(best.other)} | {_difference(best)} "
                    f"| {best.difference.better} of {best.difference.groups} |"
                )
    yield ""
    yield (
        "Mean CRPS in days. The best baseline is the one that turned out best on these very outcomes, which "
        "favours baselines; all of them are below."
    )


def _days(value: float) -> str:
    return f"{value:,.0f}"


def _difference(c: Compared, form: str = "+,.0f") -> str:
    d = c.difference
    return f"{d.mean:{form}} ({d.low:{form}} to {d.high:{form}})"


def _losses(compared: Sequence[Compared]) -> Iterator[str]:
    lost = [c for c in compared if c.score == "crps" and c.difference.mean > 0]
    clear = [c for c in lost if c.difference.low > 0]
    for title, rows in (
        ("Clearly (the interval of the CRPS difference lies above 0):", clear),
        ("On average, with an interval that contains 0:", [c for c in lost if c not in clear]),
    ):
        yield title
        yield ""
        for c in rows:
            by = f"{_difference(c)} days ({c.difference.groups} groups)"
            yield f"- {NAMES[c.component]}, {c.mode}: {c.baseline} by {by}"
        yield "" if rows else "- none\n"


def _surprises(forecasts: Sequence[Forecast]) -> Iterator[str]:
    """Outcomes in the outer twentieth of a forecast on either side (capitals: only how many)."""
    yield (
        "Outcomes before the 5 % point or after the 95 % point of the forecast, where one in ten is expected. "
        "An outcome that is still open cannot be counted as late before its 95 % point has passed.\n"
    )
    yield "| component | mode | outcomes | early | late | which |"
    yield "|---|---|--:|--:|--:|---|"
    for component in NAMES:
        for mode in MODES:
            found = [(f, *pit(f.points, f.outcome)) for f in of(forecasts, component, mode)]
            early = [f for f, _, high in found if high < OUTER and not f.outcome.censored]
            late = [f for f, low, _ in found if low > 1 - OUTER]
            if found:
                which = "; ".join(f"{f.case}, {f.unit}" for f in (*early, *late) if component != "capital")
                yield f"| {NAMES[component]} | {mode} | {len(found)} | {len(early)} | {len(late)} | {which} |"
    if failure(forecasts):
        yield failure(forecasts)


def failure(forecasts: Sequence[Forecast]) -> str:
    """What is said of the clearest failure, where the forecasts show it; else empty."""
    nordic = of([f for f in forecasts if f.case == "finland-2022-05"], "case", "rolling")
    return _SURPRISE if any(pit(f.points, f.outcome)[1] < OUTER for f in nordic) else ""


_SURPRISE = """
The clearest failure is Finland and Sweden in May 2022: an objection that was a lever, gone within six weeks,
then talks of six days and capitals in a hurry. The first form of the model had one law for how long objections
last and gave this almost no chance; the second lets an objection be brief, and still does not know urgency.
"""
OUTER = 0.05


def _table(compared: Sequence[Compared], score: str) -> Iterator[str]:
    form = "+,.0f" if score == "crps" else "+.2f"
    own = "{:,.0f}" if score == "crps" else "{:.2f}"
    yield "| component | mode | baseline | outcomes | groups | model | other | difference (90 %) | better in |"
    yield "|---|---|---|--:|--:|--:|--:|--:|--:|"
    for component in NAMES:
        for c in compared:
            if (c.component, c.score) == (component, score):
                d = c.difference
                yield (
                    f"| {NAMES[component]} | {c.mode} | {c.baseline} | {c.units} | {d.groups} "
                    f"| {own.format(c.model)} | {own.format(c.other)} | {_difference(c, form)} "
                    f"| {d.better} of {d.groups} |"
                )


def _brier(compared: Sequence[Compared]) -> Iterator[str]:
    yield "| component | mode | years | outcomes | groups | model | Kaplan-Meier | difference (90 %) |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|"
    for component in NAMES:
        for mode in MODES:
            for years in HORIZONS:
                for c in compared:
                    place = (c.component, c.mode, c.baseline, c.score)
                    if place == (component, mode, "Kaplan-Meier", f"brier_{years}"):
                        yield (
                            f"| {NAMES[component]} | {mode} | {years} | {c.units} | {c.difference.groups} "
                            f"| {c.model:.3f} | {c.other:.3f} | {_difference(c, '+.3f')} |"
                        )


def _quarters(forecasts: Sequence[Forecast]) -> Iterator[str]:
    """Shares of outcomes in the four quarters of the model's forecasts; an open outcome is spread over its
    range.
    """
    yield f"| component | mode | outcomes | groups | open | {' | '.join(f'{q} quarter' for q in QUARTERS)} |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|"
    for component in NAMES:
        for mode in MODES:
            found = of(forecasts, component, mode)
            if found:
                weights = np.array(by_group(found))
                shares = (np.array([_spread(f) for f in found]) * weights[:, None]).sum(
                    axis=0
                ) / weights.sum()
                groups = len({f.group for f in found})
                still = sum(f.outcome.censored for f in found)
                cells = " | ".join(f"{100 * share:.0f} %" for share in shares)
                yield f"| {NAMES[component]} | {mode} | {len(found)} | {groups} | {still} | {cells} |"


def _spread(f: Forecast) -> list[float]:
    low, high = pit(f.points, f.outcome)
    width = max(high - low, 1e-9)
    edges = np.clip(np.linspace(0, 1, len(QUARTERS) + 1), low, low + width)
    if high - low <= 1e-9:  # a point: in the quarter that holds it
        return [float(k == min(int(low * 4), 3)) for k in range(4)]
    return [float(part) for part in np.diff(edges) / width]


def _units(forecasts: Sequence[Forecast], component: str, modes: Sequence[str]) -> Iterator[str]:
    """Each forecast of the model: its points and what happened."""
    yield "| case | what | from | mode | 5 % | 50 % | 95 % | what happened | chance given to it by then |"
    yield "|---|---|---|---|--:|--:|--:|---|--:|"
    for mode in modes:
        for f in of(forecasts, component, mode):
            points = [_when(float(np.sort(f.points)[k])) for k in (9, 99, 189)]
            low, high = pit(f.points, f.outcome)
            share = f"{_percent(high if not f.outcome.censored else low)}"
            seen = f"open after {_when(f.outcome.days)}" if f.outcome.censored else _when(f.outcome.days)
            yield f"| {f.case} | {f.unit} | {f.origin} | {mode} | {' | '.join(points)} | {seen} | {share} |"


def _when(days: float) -> str:
    if np.isinf(days):
        return "not in 40 y"
    return f"{days:.0f} d" if days < 2 * DAYS_PER_YEAR else f"{days / DAYS_PER_YEAR:.1f} y"


def _percent(share: float) -> str:
    if share < 0.01:
        return "less than 1 %"
    return "more than 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def main(arguments: Sequence[str]) -> int:
    """Writes a scorecard again."""
    try:
        write_scorecard(Path(arguments[0] if arguments else "docs"))
    except AccessionError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
