"""Loads a scenario: file, parents, overrides, checks, types.

The way of a scenario: text -> tree with lines (``read_yaml``), each file of it as the types say (``explain``) ->
laid over its parents (``merge``) -> ``everyone`` written out (``expand``) -> types (``explain``, ``schema``) ->
checked for sense (``check``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as Names
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from sim.base.errors import ScenarioError
from sim.base.words import counted
from sim.scenario.check import check_scenario
from sim.scenario.check_bounds import check_rates
from sim.scenario.check_levers import check_levers
from sim.scenario.check_parent import check_candidate, check_parent, check_strays, is_template
from sim.scenario.expand import Countries, draft
from sim.scenario.explain import typed
from sim.scenario.fields import Reading
from sim.scenario.happenings import is_happening, with_happenings
from sim.scenario.layers import Layer, read_layers
from sim.scenario.merge import merge_file
from sim.scenario.nodes import BROKEN, Node, Origin, Problems, build, closest, origins, short
from sim.scenario.nodes import Path as TreePath
from sim.scenario.prior_tables import Column, Tables, read_tables, stand_ins, table_path
from sim.scenario.ranges import Columns
from sim.scenario.schema import ScenarioContent
from sim.scenario.setting import SET, OwnNumber, Set, Setting, Unreadable, read_setting, split_changes
from sim.scenario.sources import Source, builtin_folder, builtin_scenarios, open_source
from sim.scenario.takes import laid
from sim.scenario.whose import far_off, far_values, own_numbers, retitled, settled, stand_in

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Origin",
    "Scenario",
    "builtin_scenarios",
    "lay_over",
    "load_scenario",
    "load_text",
    "with_and_without",
    "with_events",
]  # fmt: skip


@dataclass(frozen=True, repr=False)
class Scenario:
    """A scenario that can be compiled, and where each part of it was written."""

    name: str
    """Stem of the file."""
    content: ScenarioContent
    tree: dict[str, Any]
    """Parents and overrides merged, ``everyone`` and ``members`` as written; plain data."""
    origins: Mapping[TreePath, Origin]
    """Path in ``tree`` -> file and line."""
    digest: str
    """SHA-256 (hex) of the resolved content, overrides and tables included, file names not."""
    folder: Path
    """Where the scenario's own tables are."""
    warnings: tuple[str, ...]
    tables: Tables
    """File -> column -> values, shape (rows,), for the priors that come from tables."""
    label: str = ""
    """What messages and origins call its file."""
    source: str = "own"
    """``built-in`` or ``own``: whose file it is."""
    template: bool = False
    """Whether it is about anyone, so that any candidate may stand in a file that extends it."""
    given: frozenset[str] = frozenset()
    """Tables that were given as values and are in no file."""
    changed: Mapping[str, str] = field(default_factory=dict)
    """Parameter -> what it was set to beside the file, as ``--set`` has it: ``0.1``, ``x2``, ``0.01..0.1``."""

    @property
    def title(self) -> str:
        """What it is called."""
        return self.content.title

    @property
    def yours(self) -> tuple[OwnNumber, ...]:
        """The numbers that a user has set, whether in a file or beside it."""
        return own_numbers(self.content.parameters, self._column)

    def _column(self, file: str, name: str) -> Column | None:
        return self.tables.get(file, {}).get(name)

    def far_from(self, name: str, values: Iterable[float], times: bool = False) -> list[str]:
        """A warning for each value (or factor) of a parameter that lies far outside the prior that it has here."""
        return far_values(name, self.content.parameters[name], values, times, self._column)

    def parameters(self) -> pd.DataFrame:
        """One row for each parameter: value (NaN if it has a prior), prior, unit, basis, source."""
        import pandas as pd

        rows = [
            (name, p.value, p.said(), p.unit, p.basis, p.source)
            for name, p in self.content.parameters.items()
        ]
        names = ["name", "value", "prior", "unit", "basis", "source"]
        return pd.DataFrame(rows, columns=names).astype({"value": float})

    def changed_voters(self) -> list[str]:
        """Codes of the single voters that the file itself, laid over a parent, says something of; in its order."""
        files = {str(at.file) for at in self.origins.values()}
        if len(files - {SET}) < 2:
            return []
        found: dict[str, None] = {}
        for path, at in self.origins.items():
            if at.file != self.label:
                continue
            if len(path) > 1 and path[0] == "voters" and path[1] in self.content.voters:
                found[str(path[1])] = None
            elif len(path) == 3 and path[0] == "events" and path[2] == "voter":
                found[self.tree["events"][path[1]]["voter"]] = None
        return list(found)

    def __repr__(self) -> str:
        c = self.content
        return (
            f"{self.name}: {c.title} ({c.candidate}, {c.organisation}), {c.start} to {c.horizon}; "
            f"{counted(len(c.voters), 'voter')}, {counted(len(c.ladder), 'step')}, "
            f"{counted(len(c.parameters), 'parameter')}"
        )

    def _repr_html_(self) -> str:
        table: str = self.parameters().to_html(index=False, border=0, na_rep="")
        return f"<p>{escape(repr(self))}</p>{table}"


def load_scenario(
    source: str | Path | Mapping[str, object],
    overrides: Mapping[str, Setting] | None = None,
    facts: Countries | None = None,
    tables: Mapping[str, Mapping[str, ArrayLike]] | None = None,
    folder: Path | None = None,
) -> Scenario:
    """Loads a built-in scenario by name, a YAML file by path, or a scenario given as plain data.

    ``load_scenario({"schema": 1, "extends": "baseline", "parameters": {"settlement_rate": 0.05}, …})``: errors
    then name the path in the mapping; dates are dates or text such as ``"2027-07-07"``. A name or path may have
    overrides of its own behind it: ``"status-quo:settlement_rate=x2,settled_rate=1"``.

    :param overrides: parameter -> a number, a factor (``"x2"``) or a range (``"0.01..0.1"``), as ``--set`` has them.
    :param facts: known countries and members; read from ``seeds/`` if not given.
    :param tables: table file, as a prior names it -> column -> values, shape (rows,), that stand in for it.
    :param folder: where the parents and tables of a mapping are; the current folder if not given.
    :raises ScenarioError: naming every problem with its file and line.
    """
    if isinstance(source, Mapping):
        opened = Source("scenario", folder or Path(), source)
        return _load(opened, "scenario", overrides, facts, tables)
    if isinstance(source, str):
        source, own = split_changes(source)
        overrides = {**(overrides or {}), **own}
    opened = open_source(source)
    name = opened.path.stem if opened.path is not None else opened.label
    return _load(opened, name, overrides, facts, tables)


def load_text(
    text: str,
    name: str = "scenario",
    folder: Path | None = None,
    overrides: Mapping[str, Setting] | None = None,
    facts: Countries | None = None,
) -> Scenario:
    """Loads a scenario from text, as if it were the file ``<name>.yaml`` in ``folder``.

    :raises ScenarioError: naming every problem with its line.
    """
    return _load(Source(f"{name}.yaml", folder or Path(), text), name, overrides, facts)


def _load(
    source: Source,
    name: str,
    overrides: Mapping[str, Setting] | None,
    facts: Countries | None,
    tables: Mapping[str, Mapping[str, ArrayLike]] | None = None,
) -> Scenario:
    given = stand_ins(tables or {})
    problems = Problems()
    if overrides:
        problems.order(SET)
    layers = read_layers(source, problems)
    check_parent(layers[-1].tree, len(layers) > 1, problems)
    facts = facts or _facts()
    other = check_candidate(layers, facts, problems)
    top = laid(layers, problems)
    # what is missing is missing from the file that the user named
    top = Node(top.value, source.label, 1 if isinstance(source.content, str) else None, ())
    if other:  # told, and nothing follows from it
        top = top.with_value({**dict(top.items()), "candidate": top.with_value(BROKEN)})
    top, settings = _override(top, overrides or {}, problems)
    top = retitled(top, {key: _silent(layers, key) for key in ("title", "question")}, settings)
    own = {SET} if source.builtin else {SET, source.label}
    users = {SET, *(layer.source.label for layer in layers if not layer.source.builtin)}
    made = _finish(top, name, source.label, source.folder, facts, problems, own, given, users)
    return replace(
        made,
        source="built-in" if source.builtin else "own",
        changed={name: setting.said() for name, setting in settings.items()},
        given=frozenset(given),
        template=is_template(layers),
    )


def _silent(layers: list[Layer], key: str) -> list[str]:
    """Names of the user's files that change something and leave out a key that a parent gives."""
    saying = next((i for i, layer in reversed([*enumerate(layers)]) if layer.tree.get(key) is not None), -1)
    return [
        PurePath(layer.source.label).stem
        for layer in layers[saying + 1 :]
        if not layer.source.builtin
        and {name for name, _ in layer.tree.items()} - {"schema", "title", "question"}
    ]


def lay_over(below: Scenario, *layers: str | Path, facts: Countries | None = None) -> Scenario:
    """A loaded scenario with other files' own keys (those of their parents left out) laid over it, one by one.

    It keeps the name and folder of the scenario below; so a table that the layer names must be a built-in one.

    :raises ScenarioError: naming every problem, such as a part that the layer changes and that is not there.
    """
    problems, columns = Problems(), _columns(below.folder)
    label = f"{below.name}.yaml"
    top = build(below.tree, label, None)
    for layer in layers:
        own = read_layers(open_source(layer), problems)[-1].tree
        top = settled(merge_file(top, own), columns, problems)
    return _finish(top, below.name, label, below.folder, facts, problems)


def with_events(below: Scenario, days: Mapping[str, date | None], facts: Countries | None = None) -> Scenario:
    """A loaded scenario in which each named happening is on its day, and on no other; with no day, not at all.

    :param days: ``settlement=comprehensive``, ``GRC.stance=recognises`` or ``UKR joins`` -> its day.
    :raises ScenarioError: a chain, state or voter that is not there, or a day outside the scenario.
    """
    try:
        tree = with_happenings(below.tree, days)
    except ValueError as problem:
        name = next(name for name in days if not is_happening(name))
        raise ScenarioError([f"{name!r}: names no happening; {problem}"]) from None
    label = below.label or f"{below.name}.yaml"
    given = {file: below.tables[file] for file in below.given}
    made = _finish(build(tree, label, None), below.name, label, below.folder, facts, Problems(), given=given)
    kept = {name: getattr(below, name) for name in ("source", "template", "given", "changed")}
    return replace(made, **kept)


def with_and_without(layer: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A scenario's merged tree without the file's own keys, and with them; as written, plain data.

    :raises ScenarioError: a file that cannot be read.
    """
    *parents, own = read_layers(open_source(layer), Problems())
    below = laid(parents, Problems()) if parents else own.tree.with_value({})
    return below.plain(), merge_file(below, own.tree).plain()


def _finish(
    top: Node, name: str, label: str, folder: Path, facts: Countries | None, problems: Problems,
    own: Names[str] = frozenset(), given: Tables | None = None, users: Names[str] = frozenset(),
) -> Scenario:  # fmt: skip
    """From the merged tree to types: checks, ``everyone`` written out, tables read.

    :param own: labels of what the user can change, which warnings are about.
    :param given: tables that stand in for files; each must be named by a prior, else it is a slip.
    :param users: labels of all files that are no built-in ones.
    """
    facts = facts or _facts()
    columns = _columns(folder)
    top = _stood_in(settled(top, columns, problems), given or {}, folder, columns)
    made = draft(top, facts, problems)
    check_strays(made)
    reading = Reading(made.constants(), certain=made.section("parameters").value is not BROKEN)
    scenario = typed(made.resolved(), reading, problems)
    warnings = check_scenario(made, reading.used, own)
    made.report_absent()
    tables, digests = read_tables(made.section("parameters"), folder, builtin_folder(), problems, given or {})
    if scenario is not None:
        check_rates(made, reading.rates, scenario.parameters, tables)
        check_levers(made, reading, scenario.parameters, columns)
    for file in given or ():
        if file not in digests:
            near = closest(file, tables)
            problems.add(top, f"no prior names the table {short(file)}", allowed=tables, near=near)
    problems.raise_if_any()
    warnings += far_off(top, users, columns)
    assert scenario is not None, "a scenario without types has a problem that is noted"
    return Scenario(
        name=name,
        content=scenario,
        tree=top.plain(),
        origins=origins(top),
        digest=_digest(scenario, digests),
        folder=folder,
        warnings=tuple(warnings),
        tables=tables,
        label=label,
    )


def _facts() -> Countries:
    from sim.facts.read import load_facts

    return load_facts()


def _columns(folder: Path) -> Columns:
    """Columns of tables as they are in files, for what is said of priors that are no longer used."""

    @cache
    def column(file: str, name: str) -> Column | None:
        table = build({"it": {"prior": {"table": {"file": file, "column": name}}}}, file, None)
        found, _ = read_tables(table, folder, builtin_folder(), Problems(), {})
        return found.get(file, {}).get(name)

    return column


def _stood_in(top: Node, given: Tables, folder: Path, columns: Columns) -> Node:
    """The tree in which numbers from values that stand in for a file say so."""
    parameters = top.get("parameters")
    if not given or parameters is None:
        return top
    files = {file for file in given if table_path(file, folder, builtin_folder()) is not None}

    def placed(node: Node) -> Node:
        prior = node.get("prior")
        table = prior.get("table") if prior is not None else None
        file = table.text("file") if table is not None else None
        return stand_in(node, columns, file) if file is not None and file in files else node

    made = {name: placed(node) for name, node in parameters.items()}
    return top.with_value({**dict(top.items()), "parameters": parameters.with_value(made)})


def _override(top: Node, overrides: Mapping[str, Setting], problems: Problems) -> tuple[Node, dict[str, Set]]:
    """Lays ``--set NAME=VALUE`` over the scenario; also returns what could be read of it."""
    parameters = top.get("parameters")
    known = [name for name, _ in parameters.items()] if parameters is not None else []
    settings: dict[str, Set] = {}
    for name, given in overrides.items():
        at = Node(None, SET, None, (name,))
        if name not in known:
            near = closest(name, known)
            problems.add(at, f"{short(name)} is not a parameter", allowed=known, near=near)
            continue
        try:
            settings[name] = read_setting(given)
        except Unreadable as error:
            problems.add(at, error.problem, allowed=error.allowed)
            continue
        change = {"parameters": {name: settings[name].tree()}}
        top = merge_file(top, build(change, SET, None))
    return top, settings


def _digest(scenario: ScenarioContent, tables: Mapping[str, str]) -> str:
    """Digest of canonical JSON. Keys stay in file order: the order of chains and moves has a meaning.

    Levers are left out: as long as none is pulled they change nothing, and one that is pulled is an event or a number.
    """
    content = {
        "scenario": scenario.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, exclude={"levers"}
        ),
        "tables": dict(sorted(tables.items())),
    }
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()
