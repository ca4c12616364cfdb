"""The scorecard as data: what a report needs of it, in one small file beside the built-in scenarios.

It is made of the file of forecasts, like the page. Who made those forecasts is noted where it is known: by
``accession hindcast``, which has just made them, and afterwards as long as the forecasts stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from sim.base import records
from sim.base.errors import RunError, reason
from sim.base.files import write_whole
from sim.history.hindcast.forecasts import Compared, Forecast
from sim.pages.scorecard_figures import MODES, NAMES
from sim.results.scored import MadeWith, Scorecard, Scored
from sim.scenario.sources import builtin_folder

SCHEMA = 1
LEAKS = (
    "Forecasts with a wave or decision left out know everything else, later events too; rolling ones know only "
    "facts dated up to the day of the forecast. But in both the judged numbers, the form of the model, the "
    "choice of cases and the place from which each candidate starts were written in 2026 by people who knew "
    "what happened. So the scores are an upper bound on what the same model would have done in public."
)
"""What stands under *What leaks* on the page, in short."""


def made_now() -> MadeWith:
    """What forecasts that are made now are made with."""
    from sim import __version__
    from sim.facts.read import load_facts
    from sim.results.manifest import code_digest
    from sim.scenario.load import load_scenario

    return MadeWith(__version__, code_digest(), load_facts().digest, load_scenario("baseline").digest)


def best_baseline(compared: Sequence[Compared], component: str, mode: str) -> Compared | None:
    """The baseline with the smallest CRPS among those that forecast every outcome."""
    rows = [c for c in compared if (c.component, c.mode, c.score) == (component, mode, "crps")]
    most = max((c.units for c in rows), default=0)
    return min((c for c in rows if c.units == most), key=lambda c: c.other, default=None)


def verdict(compared: Compared) -> str:
    """``ahead`` or ``behind`` if the interval of the difference says so, else ``open``."""
    d = compared.difference
    return "ahead" if d.high < 0 else "behind" if d.low > 0 else "open"


def _scored(c: Compared) -> Scored:
    d = c.difference
    return Scored(
        component=c.component,
        name=NAMES[c.component],
        mode=c.mode,
        outcomes=c.units,
        groups=d.groups,
        model=round(c.model, 6),
        baseline=c.baseline,
        baseline_crps=round(c.other, 6),
        difference=round(d.mean, 6),
        low=round(d.low, 6),
        high=round(d.high, 6),
        better=d.better,
        verdict=verdict(c),
    )


def data_file(folder: Path) -> Path:
    """Where the data of a folder's scorecard go: those of the checkout's own docs travel with the package."""
    docs = builtin_folder().parent / "docs"
    return (builtin_folder() if folder.resolve() == docs.resolve() else folder) / "scorecard.json"


def write_data(
    forecasts: Sequence[Forecast],
    compared: Sequence[Compared],
    folder: Path,
    made: MadeWith | None,
    forms: str,
    failure: str,
) -> Path:
    """Writes ``scorecard.json``: CRPS in days, six decimals.

    :param made: what the forecasts were made with; if not known, what an earlier file says of the same ones.
    :param forms: how many forms of the model were scored.
    :param failure: the model's clearest failure; may be empty.
    :raises RunError: the file of forecasts cannot be read, or this one not written.
    """
    file = data_file(folder)
    best = [best_baseline(compared, component, mode) for component in NAMES for mode in MODES]
    try:
        digest = sha256((folder / "forecasts.csv").read_bytes()).hexdigest()
        card = Scorecard(
            schema=SCHEMA,
            forecasts_digest=digest,
            forecasts=len(forecasts),
            made_with=made if made is not None else _known(file, digest),
            leaks=LEAKS,
            forms=forms,
            failure=failure,
            best=tuple(_scored(c) for c in best if c is not None),
            lost=tuple(_scored(c) for c in compared if c.score == "crps" and c.difference.mean > 0),
        )
        write_whole(file, records.text(card) + "\n")
    except OSError as error:
        raise RunError(f"{file}: cannot be written: {reason(error)}") from None
    return file


def _known(file: Path, digest: str) -> MadeWith | None:
    try:
        before = records.read(file, Scorecard)
    except RunError:
        return None
    return before.made_with if before.forecasts_digest == digest else None
