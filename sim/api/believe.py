"""``believe``: what would have to be believed for a step to be as likely as asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.result import DrawnResult, Folder, chosen
from sim.api.scenario import Setting, Source, load, over
from sim.base.defaults import DEFAULT_SEED
from sim.base.progress import Progress, silent
from sim.base.reading import one_side, read_day, read_share
from sim.base.words import chance
from sim.report.beliefs_told import alone_words, box_words, wanted
from sim.studies.belief_answer import COLUMNS, FILE, FOUND, BeliefAnswer, read_believe
from sim.studies.believe import TRAJECTORIES
from sim.studies.believe import believe as look_for
from sim.studies.options import Sampling

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class BeliefResult(DrawnResult):
    """What would have to be believed."""

    def __init__(self, answer: BeliefAnswer, folder: Folder) -> None:
        self.answer = answer
        """The content of ``believe.json``."""
        self._folder = folder

    def lines(self) -> list[str]:
        """What was asked, what gets there alone, how far the smallest shift is, and the boxes."""
        a = self.answer
        now = chance(a.now.probability, a.trajectories, a.now.mc_error)
        said = [
            f"{a.scenario.title} ({a.scenario.name}): {a.step} by {a.by}: {now} as the priors are, {wanted(a)} asked"
        ]
        if a.met:
            return [*said, "met as the priors are"]
        said += [alone_words(one) for one in a.of(FOUND)] or ["no parameter gets there alone"]
        if a.together is not None:
            reached = "" if a.together.reached else " and further"
            said.append(f"all at once: a shift of {a.together.length:.1f} standard scores{reached}")
        return [*said, *map(box_words, a.boxes)]

    def table(self) -> pd.DataFrame:
        """One row for each parameter (and fitted table): whether and where it gets there alone, and how far."""
        import pandas as pd

        numbers = dict.fromkeys([c for c in COLUMNS if "quantile" in c or "probability" in c], float)
        return pd.DataFrame(self.answer.rows(), columns=list(COLUMNS)).astype({**numbers, "value": float})

    def draw(self, what: str = "alone", ax: Axes | None = None) -> Axes:
        """Draws ``alone`` (how far each parameter gets) or ``boxes``.

        :raises OptionError: there is no such figure.
        """
        from sim.report.belief_figures import draw_alone, draw_boxes

        drawings: dict[str, Callable[[BeliefAnswer, Axes | None], Axes]] = {
            "alone": draw_alone,
            "boxes": draw_boxes,
        }
        return chosen("what", what, drawings)(self.answer, ax)

    def _draw_into(self, folder: Path) -> None:
        from sim.report.belief_figures import write_figures

        write_figures(folder, self.answer)


def believe(
    scenario: Source,
    *,
    above: float | str | None = None,
    below: float | str | None = None,
    step: str | None = None,
    by: date | str | int | None = None,
    trajectories: int = TRAJECTORIES,
    worlds: int | None = None,
    seed: int = DEFAULT_SEED,
    overrides: Mapping[str, Setting] | None = None,
    threads: int | None = None,
    out: str | Path | None = None,
    facts: str | Path | None = None,
    progress: Progress = silent,
) -> BeliefResult:
    """Looks for the smallest departures from the priors with which a step is as likely as asked.

    :param above: at least so likely, as a number or text such as ``"50%"``; :param below: at most.
    :param step: the step, the last if not given; :param by: the date, the horizon if not given; a year for its end.
    :param trajectories: at each point that is tried; ``worlds`` likewise (1000).
    :param out: a folder for files and figures, written whole or not at all; a temporary one if not given.
    :param facts: a folder with tables of one's own (``members.csv``, …) in place of the built-in ones of that name.
    :param progress: told 1 for each parameter that has been tried.
    :raises AccessionError: bad input (exit code 2) or files that cannot be written (1).
    """
    from sim.report.belief_figures import write_figures

    side, target = one_side(read_share(above, "above"), read_share(below, "below"))
    folder = Folder(out)
    with over(facts, scenario):
        made = look_for(
            load(scenario, overrides),
            target,
            side,
            step,
            read_day(by, "by"),
            Sampling(trajectories=trajectories, worlds=worlds, seed=seed, threads=threads),
            folder.path,
            progress,
            None if out is None else write_figures,
        )
    return BeliefResult(made, folder)


def read_believed(folder: Path) -> BeliefResult:
    """Beliefs that were written into a folder.

    :raises RunError: it cannot be read.
    """
    found = Folder(folder)
    found.file(FILE)
    return BeliefResult(read_believe(folder), found)
