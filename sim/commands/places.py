"""Where the files of a verb go if no folder is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

RESULTS = Path("results")
BETWEEN = "-vs-"
"""Between the scenarios of a comparison."""
MOST_LETTERS = 120


def default_folder(
    scenarios: Sequence[str], changed: Mapping[str, object], ending: str = "", facts: Path | None = None
) -> Path:
    """``results/status-quo``; with what was set, ``results/status-quo+settlement_rate=0.1``."""
    name = BETWEEN.join(map(_stem, scenarios)) + ending + _with(changed)
    name += f"+facts={facts.resolve().name}" if facts is not None else ""
    name = name.replace("/", "_").replace("\\", "_")
    if len(name) > MOST_LETTERS:
        name = f"{name[: MOST_LETTERS - 9]}-{sha256(name.encode()).hexdigest()[:8]}"
    return RESULTS / name


def _stem(scenario: str) -> str:
    from sim.scenario.setting import split_changes

    path, own = split_changes(scenario)
    return Path(path).stem + _with(own)


def _with(changed: Mapping[str, object]) -> str:
    return "".join(f"+{parameter}={_said(value)}" for parameter, value in changed.items())


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
