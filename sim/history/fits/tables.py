"""Posterior draws as tables: how a fit's result is written, named and tied to the facts it came from.

A table ``scenarios/tables/<fit>.csv`` has one row for each draw and one column for each parameter, so that a
scenario can say ``prior: {table: {file: tables/<fit>.csv, column: <parameter>}}`` and keep correlations.
``scenarios/tables/manifest.json`` holds, for each table, the digest of the facts that it was fitted to.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.facts.read import Facts

MANIFEST = "manifest.json"
DRAWS = 2000
"""Rows of a table."""
DIGITS = 6
"""Significant digits of a draw: more would only be noise in the repository."""


@dataclass(frozen=True)
class Fit:
    """A finished fit: ``draws`` has one array for each parameter, all of one length, rows jointly drawn."""

    name: str
    """Stem of the table's file."""
    facts: tuple[str, ...]
    """Seed tables that it read."""
    draws: Mapping[str, NDArray[np.float64]]
    method: str
    """One or two sentences: model, likelihood, how it was sampled."""
    checks: Mapping[str, Any] = field(default_factory=dict)
    """Named numbers that say how well it fits (predictive checks, effective sample size, counts)."""


def digest_of(facts: Facts, tables: Iterable[str]) -> str:
    """SHA-256 (hex) over the cells of some seed tables: what a fit depends on."""
    digest = sha256()
    for table in sorted(tables):
        digest.update(table.encode())
        for row in facts.tables[table]:
            digest.update(json.dumps(dict(row), sort_keys=True, ensure_ascii=True).encode())
    return digest.hexdigest()


def table_text(fit: Fit) -> str:
    """The table as CSV text."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(fit.draws)
    for row in zip(*fit.draws.values(), strict=True):
        writer.writerow([f"{value:.{DIGITS}g}" for value in row])
    return out.getvalue()


def write_fit(fit: Fit, facts: Facts, folder: Path) -> None:
    """Writes the table and its entry in the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    text = table_text(fit)
    (folder / f"{fit.name}.csv").write_text(text, "utf-8", newline="\n")
    manifest = read_manifest(folder)
    manifest[fit.name] = {
        "facts": list(fit.facts),
        "facts_digest": digest_of(facts, fit.facts),
        "table_digest": sha256(text.encode()).hexdigest(),
        "rows": len(next(iter(fit.draws.values()))),
        "columns": list(fit.draws),
        "method": " ".join(fit.method.split()),
        "checks": dict(fit.checks),
    }
    ordered = {name: manifest[name] for name in sorted(manifest)}
    (folder / MANIFEST).write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Entries by name of the fit; empty if there is none yet."""
    file = folder / MANIFEST
    if not file.exists():
        return {}
    content: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return content


def stale(facts: Facts, folder: Path) -> list[str]:
    """Fits whose facts have changed since the table was written."""
    entries = read_manifest(folder).items()
    return [name for name, entry in entries if digest_of(facts, entry["facts"]) != entry["facts_digest"]]
