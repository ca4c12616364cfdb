"""A small scenario for studies that hold runs against one another, and the files that such a study leaves."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from sim.scenario.load import Scenario, load_text
from sim.studies.options import Sampling

# Two steps; ESP moves at a known rate, GRC at one that is not known. Nothing reads what moves at the rate idle.
TEXT = """\
schema: 1
title: Two holdouts
question: Does a study compare like with like?
organisation: NATO
candidate: XKX
start: 2026-12-31
horizon: 2029-12-31
members: [ESP, GRC]
parameters:
  rate: {prior: {uniform: {low: 0.1, high: 0.9}}, unit: per year, basis: judged, source: made up}
  known: {value: 0.4, unit: per year, basis: judged, source: made up}
  chance: {value: 0.25, unit: probability, basis: judged, source: made up}
  idle: {value: 1.0, unit: per year, basis: judged, source: made up}
chains:
  unread: {states: [off, on], start: off, moves: [{from: off, to: on, rate: idle}]}
voters:
  everyone: {stance: {states: [blocks, acquiesces, recognises]}}
  ESP: {stance: {start: blocks, moves: [{from: blocks, to: recognises, rate: known}]}}
  GRC: {stance: {start: acquiesces, moves: [{from: acquiesces, to: recognises, rate: rate}]}}
ladder:
  - {step: talks, kind: decision, meetings: [summit], needs: {stance: acquiesces}, held: chance}
  - {step: entry, kind: decision, meetings: [summit], needs: {stance: recognises}}
calendar:
  summit: {then: {every: 6 months, from: 2027-06-30}}
"""


def scenario(name: str = "two", text: str = TEXT, **overrides: float) -> Scenario:
    """The scenario under a name, with some of its parameters set."""
    return load_text(text, name, overrides=overrides)


def split(given: dict[str, Any], **default: Any) -> tuple[Sampling, dict[str, Any]]:
    """What is given by name (or by default): the options of every study, and what else there is."""
    named = {**default, **given}
    common = {field.name: named.pop(field.name) for field in fields(Sampling) if field.name in named}
    return Sampling(**common), named


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its path in it."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }
