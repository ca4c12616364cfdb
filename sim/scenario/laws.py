"""The grammar of numbers: laws of lengths, priors, parameters."""

from __future__ import annotations

from dataclasses import dataclass

from sim.scenario.nodes import Node
from sim.scenario.records import ListOf, Record
from sim.scenario.shapes import Choice, Json, Literal, Number, Shape, Text, Walk

POSITIVE = Number("positive")

_LAWS: dict[str, Shape] = {
    "weibull": Record({"shape": POSITIVE, "scale": POSITIVE}, ("shape", "scale")),
    "exponential": Record({"mean": POSITIVE}, ("mean",)),
    "gamma": Record(dict.fromkeys(("shape", "scale", "rate"), POSITIVE), ("shape",)),
    "lognormal": Record({"median": POSITIVE, "sigma": Number("factor")}, ("median", "sigma")),
    "fixed": Number("factor"),
}


_PARTS = ListOf(
    Record(
        {"weight": Number("probability", rest=True), **_LAWS},
        ("weight",),
        one_of=tuple(_LAWS),
        title="component",
    ),
    "laws with a weight each",
    least=1,
)
_ANY_LAW = Record({**_LAWS, "mixture": _PARTS}, one_of=(*_LAWS, "mixture"), title="law")


class Law:
    """A law of a length in days: one key, the name of the law."""

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        _ANY_LAW.check(node, walk)
        mixture = node.get("mixture")
        parts = mixture.parts() if mixture is not None else []
        for part in [node, *parts]:
            gamma = part.get("gamma")
            if gamma is not None and isinstance(gamma.value, dict):
                given = [key for key in ("scale", "rate") if key in gamma.value]
                if len(given) != 1:
                    both = "scale and rate together" if given else "neither scale nor rate"
                    walk.reject(gamma, both, "one of scale, rate")
        weights = [weight for part in parts if (weight := part.get("weight")) is not None]
        sound = len(weights) == len(parts) and not any(weight in walk.bad for weight in weights)
        if mixture is not None and mixture not in walk.bad and sound:
            walk.shares.append((mixture, weights))

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        return _ANY_LAW.json(defs)


LAW = Law()


def _literals(**roles: str) -> Record:
    return Record({key: Literal(role) for key, role in roles.items()}, tuple(roles))


_PRIORS: dict[str, Shape] = {
    "gamma": _literals(shape="positive", rate="positive"),
    "beta": _literals(a="positive", b="positive"),
    "lognormal": _literals(median="positive", sigma="positive"),
    "normal": _literals(mean="factor", sd="positive"),
    "uniform": _literals(low="factor", high="factor"),
    "triangular": _literals(low="factor", mode="factor", high="factor"),
    "table": Record({"file": Text(), "column": Text()}, ("file", "column")),
}
PRIOR = Record(_PRIORS, one_of=tuple(_PRIORS))
PARAMETER = Record(
    {
        "value": Literal("factor"),
        "prior": PRIOR,
        "unit": Text(),
        "basis": Choice(("fitted", "literature", "judged")),
        "source": Text(),
        "note": Text(empty=True),
    },
    ("unit", "basis", "source"),
    one_of=("value", "prior"),
)


@dataclass(frozen=True)
class Parameter:
    """A parameter in full, or a number alone where a parent has said the rest."""

    def check(self, node: Node, walk: Walk) -> None:
        """See :class:`Shape`."""
        if isinstance(node.value, (dict, list)):
            PARAMETER.check(node, walk)
            return
        Literal("factor").check(node, walk)
        if walk.complete and node not in walk.bad:
            walk.problems.add(
                node,
                "a number alone, but no parent says its unit, basis and source",
                allowed="{value: …, unit: …, basis: …, source: …}",
            )

    def json(self, defs: dict[str, Json]) -> Json:
        """See :class:`Shape`."""
        return {"anyOf": [Literal("factor").json(defs), PARAMETER.json(defs)]}
