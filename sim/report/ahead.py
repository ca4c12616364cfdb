"""A summary without the steps that lay behind the candidate: they are named once, not drawn as certain."""

from __future__ import annotations

import re
from typing import Any

from sim.report.tables import Summary

_HOW = re.compile(r" \((?:waived|bypassed)\)$")


def without_steps_behind(summary: Summary) -> Summary:
    """The same summary if there are none."""
    behind = set(summary.get("behind", ()))
    if not behind:
        return summary

    def left(table: dict[str, Any]) -> dict[str, Any]:
        return {step: value for step, value in table.items() if step not in behind}

    paths = [
        {**entry, "path": [part for part in entry["path"] if _HOW.sub("", part) not in behind]}
        for entry in summary.get("paths", [])
    ]
    tables = {key: left(summary[key]) for key in ("milestones", "how", "blockers")}
    return {**summary, **tables, "paths": paths}
