"""The papers of every judged number: why it is what it is, how far it could be off, what would change it.

``scenarios/judged.csv`` has one row for each parameter with basis ``judged`` in the scenario that introduces
it. A number with a prior has a range of the prior's middle (its mean or median), not of its draws.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from functools import cache
from math import exp, isfinite
from pathlib import Path

import numpy as np

from sim.base.errors import ScenarioError
from sim.base.words import counted
from sim.scenario.prior_tables import Tables
from sim.scenario.schema import Parameter
from sim.scenario.sources import builtin_folder

FILE = "judged.csv"
RANGES = ("value", "mean", "median")
"""What a range is one of: of the value, or of the mean or the median of the prior."""


@dataclass(frozen=True)
class JudgedNumber:
    """One row of the file; ``low`` and ``high`` in the parameter's ``unit``."""

    scenario: str
    """Built-in scenario that introduces it."""
    parameter: str
    unit: str
    range_of: str
    low: float
    high: float
    reason: str
    would_change_it: str
    source_or_analogy: str


COLUMNS = tuple(field.name for field in fields(JudgedNumber))


def judged_file() -> Path:
    """Where the file is: beside the built-in scenarios."""
    return builtin_folder() / FILE


def judged_numbers(path: Path | None = None) -> tuple[JudgedNumber, ...]:
    """The rows of ``path`` (default: :func:`judged_file`, read once), checked, in the file's order.

    :raises ScenarioError: naming every row that cannot be used.
    """
    return _read(path) if path is not None else _builtin()


@cache
def _builtin() -> tuple[JudgedNumber, ...]:
    return _read(judged_file())


def _read(path: Path) -> tuple[JudgedNumber, ...]:
    try:
        with path.open(encoding="utf-8", newline="") as text:
            reader = csv.reader(text, strict=True)
            header = tuple(next(reader, ()))
            lines = [(reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError([f"{path.name}: cannot be read ({error})"]) from None
    if header != COLUMNS:
        raise ScenarioError([f"{path.name}:1: the columns are not {', '.join(COLUMNS)}"])
    rows, problems, seen = [], [], set()
    for line, cells in lines:
        row, problem = _row(cells)
        if row is not None and row.parameter in seen:
            problem = f"{row.parameter} is there twice"
        if problem or row is None:
            problems.append(f"{path.name}:{line}: {problem}")
        else:
            seen.add(row.parameter)
            rows.append(row)
    if problems:
        raise ScenarioError(problems)
    return tuple(rows)


def _row(cells: list[str]) -> tuple[JudgedNumber | None, str]:
    """The row, or what is wrong with it."""
    if len(cells) != len(COLUMNS):
        return None, f"{counted(len(cells), 'cell')}; allowed: {len(COLUMNS)}"
    cell = dict(zip(COLUMNS, cells, strict=True))
    if empty := [name for name, text in cell.items() if not text.strip()]:
        return None, f"nothing in {', '.join(empty)}"
    if cell["range_of"] not in RANGES:
        return None, f"range_of {cell['range_of']!r}; allowed: {', '.join(RANGES)}"
    try:
        low, high = float(cell["low"]), float(cell["high"])
    except ValueError:
        return None, f"{cell['low']!r} to {cell['high']!r} is no range of numbers"
    if not (isfinite(high) and 0 <= low < high):
        return None, f"{low:g} to {high:g}; allowed: 0 or more, the lower end first"
    words = {name: cell[name] for name in ("reason", "would_change_it", "source_or_analogy")}
    return JudgedNumber(
        cell["scenario"], cell["parameter"], cell["unit"], cell["range_of"], low, high, **words
    ), ""


def middle(parameter: Parameter, tables: Tables, range_of: str) -> float:
    """The value of a number, or the mean or median of its prior, as ``range_of`` asks.

    :raises ScenarioError: a value asked for of a prior, or the other way round, or a median of a prior that
        has no closed one.
    """
    prior = parameter.prior
    if (prior is None) != (range_of == "value"):
        raise ScenarioError([f"{FILE}: range_of {range_of} does not fit a number {_kind(parameter)}"])
    if prior is None:
        return float(parameter.value or 0.0)
    if prior.table is not None:
        draws = tables[prior.table.file][prior.table.column]
        return float(np.mean(draws) if range_of == "mean" else np.median(draws))
    if prior.lognormal is not None:
        spread = prior.lognormal.sigma**2 / 2 if range_of == "mean" else 0.0
        return prior.lognormal.median * exp(spread)
    if prior.uniform is not None:
        return (prior.uniform.low + prior.uniform.high) / 2
    if range_of == "mean" and prior.gamma is not None:
        return prior.gamma.shape / prior.gamma.rate
    if range_of == "mean" and prior.beta is not None:
        return prior.beta.a / (prior.beta.a + prior.beta.b)
    raise ScenarioError([f"{FILE}: the {range_of} of this kind of prior is not worked out"])


def _kind(parameter: Parameter) -> str:
    return "with a value" if parameter.prior is None else "with a prior"
