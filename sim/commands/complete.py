"""What the shell offers when the tabulator key is pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from glob import escape, glob

import typer

from sim.base.data import data_folder
from sim.base.errors import AccessionError


def scenarios(incomplete: str) -> list[str]:
    """Built-in names, and YAML files in the folder that is being typed and in those below it."""
    typed = escape(incomplete)
    files = {
        path
        for suffix in (".yaml", ".yml")
        for pattern in (f"{typed}*{suffix}", f"{typed}*/*{suffix}")
        for path in glob(pattern)
    }
    return [name for name in builtin_names() if name.startswith(incomplete)] + sorted(files)


def builtin_names() -> list[str]:
    """Names of the built-in scenarios; no file is read."""
    return sorted(path.stem for path in data_folder("scenarios").glob("*.yaml"))


def parameters(ctx: typer.Context, incomplete: str) -> list[str]:
    """``NAME=`` for each parameter of the scenario that stands before; none if it cannot be read."""
    from sim.scenario.load import load_scenario

    named = ctx.params.get("scenario") or ctx.params.get("first") or next(iter(ctx.args), None)
    if named is None:
        return []
    try:
        names = load_scenario(named).content.parameters
    except AccessionError:
        return []
    return [f"{name}=" for name in names if name.startswith(incomplete)]


def among(names: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Offers names that are only looked up when they are asked for."""

    def offered(incomplete: str) -> list[str]:
        return [name for name in names() if name.startswith(incomplete)]

    return offered
