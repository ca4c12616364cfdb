"""Posterior draws as tables: how a fit's result is written, named and tied to the facts it came from.

A table ``scenarios/tables/<fit>.csv`` has one row for each draw and one column for each parameter, so that a
scenario can say ``prior: {table: {file: tables/<fit>.csv, column: <parameter>}}`` and keep correlations.
``scenarios/tables/manifest.json`` holds, for each table, the digest of the facts that it was fitted to.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from sim.base.files import write_whole
from sim.facts.read import Facts
from sim.history.sampling import Array

Draws = Mapping[str, Array]
"""One array for each parameter, all of one length, rows jointly drawn."""
MANIFEST = "manifest.json"
DRAWS = 2000
"""Rows of a table."""
DIGITS = 6
"""Significant digits of a draw: more would only be noise in the repository."""


@dataclass(frozen=True)
class Fit:
    """A finished fit."""

    name: str
    """Stem of the table's file."""
    facts: tuple[str, ...]
    """Seed tables that it read."""
    draws: Draws
    method: str
    """One or two sentences: model, likelihood, how it was sampled."""
    check: Callable[[], Mapping[str, Any]]
    """Makes the checks; apart, for some take longer than the draws, and who fits again wants draws only."""

    @cached_property
    def checks(self) -> Mapping[str, Any]:
        """Named numbers that say how well it fits (predictive checks, effective sample size, counts)."""
        return self.check()


def digest_of(facts: Facts, tables: Iterable[str]) -> str:
    """SHA-256 (hex) over the cells of some seed tables: what a fit depends on."""
    digest = sha256()
    for table in sorted(tables):
        digest.update(table.encode())
        for row in facts.tables[table]:
            digest.update(json.dumps(dict(row), sort_keys=True, ensure_ascii=True).encode())
    return digest.hexdigest()


def as_written(draws: Draws) -> Draws:
    """Draws with the digits that a table keeps."""
    return {name: np.array([float(_cell(value)) for value in column]) for name, column in draws.items()}


def _cell(value: float) -> str:
    return f"{value:.{DIGITS}g}"


def table_text(draws: Draws) -> str:
    """The table as CSV text."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(draws)
    for row in zip(*draws.values(), strict=True):
        writer.writerow(map(_cell, row))
    return out.getvalue()


@dataclass(frozen=True)
class ManifestEntry:
    """What the manifest says of one table."""

    facts: list[str]
    """Seed tables that it was fitted to."""
    facts_digest: str
    table_digest: str
    rows: int
    columns: list[str]
    method: str
    checks: Mapping[str, Any]
    """As :attr:`Fit.checks`: plain data by name, for people."""

    def fits(self, facts: Facts) -> bool:
        """Whether these facts are those that the table was fitted to."""
        return digest_of(facts, self.facts) == self.facts_digest


def write_fit(fit: Fit, facts: Facts, folder: Path) -> None:
    """Writes the table and its entry in the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    text = table_text(fit.draws)
    write_whole(folder / f"{fit.name}.csv", text)
    entry = ManifestEntry(
        facts=list(fit.facts),
        facts_digest=digest_of(facts, fit.facts),
        table_digest=sha256(text.encode()).hexdigest(),
        rows=len(next(iter(fit.draws.values()))),
        columns=list(fit.draws),
        method=" ".join(fit.method.split()),
        checks=fit.checks,
    )
    entries = dict(sorted((read_manifest(folder) | {fit.name: entry}).items()))
    content = {name: vars(each) for name, each in entries.items()}
    write_whole(folder / MANIFEST, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read_manifest(folder: Path) -> dict[str, ManifestEntry]:
    """Entries by name of the fit; empty if there is none yet."""
    file = folder / MANIFEST
    if not file.exists():
        return {}
    return {name: ManifestEntry(**entry) for name, entry in json.loads(file.read_text("utf-8")).items()}
