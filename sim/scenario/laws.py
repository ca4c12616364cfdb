"""The numbers of a scenario: laws of lengths, priors and parameters. Part of the grammar (``schema.py``).

A law of a length is one field of :class:`SimpleLaw`; a prior is one field of :class:`Prior`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from sim.scenario.amounts import Amount, Written, add_up
from sim.scenario.fields import Choice, Items, Text, fault
from sim.scenario.part import Part
from sim.scenario.setting import Unreadable, read_setting

Word = Annotated[str, Text()]

Positive = Annotated[float, Written("positive")]
NotNegative = Annotated[float, Written("factor")]
Inside = Annotated[float, Written("inside")]

Number = float | str | list[float | str]
"""A literal, the name of a parameter, or a list of these that stands for their product."""
Factor = Annotated[Number, Amount("factor")]
Rate = Annotated[Number, Amount("rate")]
Scale = Annotated[Number, Amount("scale")]
PositiveNumber = Annotated[Number, Amount("positive")]
Chance = Annotated[Number, Amount("probability")]
PartOfOne = Annotated[Number, Amount("probability", rest=True)]

Basis = Literal["fitted", "literature", "judged", "yours"]
"""Whose a number is; ``yours`` is what a user has set (``whose.py``)."""


# --- laws and priors: a mapping with one key, the name of the law ---------------------------------------


class Shapes(Part):
    """Shape and scale (days) of a Weibull law."""

    shape: PositiveNumber
    scale: PositiveNumber


class Mean(Part):
    """Mean (days) of an exponential law."""

    mean: PositiveNumber


class GammaDays(Part):
    """Shape of a gamma law, and its scale (days) or its rate (per day)."""

    shape: PositiveNumber
    scale: PositiveNumber | None = None
    rate: PositiveNumber | None = None

    @classmethod
    def faults(cls, data: Mapping[str, object], complete: bool) -> Iterator[PydanticCustomError]:
        """See :class:`Part`."""
        if ("scale" in data) == ("rate" in data):
            both = "scale and rate together" if "scale" in data else "neither scale nor rate"
            yield fault(both, "one of scale, rate")


class MedianSigma(Part):
    """Median (days) of a lognormal law, and the standard deviation of its logarithm."""

    median: PositiveNumber
    sigma: Factor


class SimpleLaw(Part):
    """A law that is no mixture; exactly one key."""

    weibull: Shapes | None = None
    exponential: Mean | None = None
    gamma: GammaDays | None = None
    lognormal: MedianSigma | None = None
    fixed: Factor | None = None

    @classmethod
    def one_of(cls) -> tuple[str, ...]:
        """See :class:`Part`."""
        return tuple(name for name in cls.model_fields if name != "weight")


class Component(SimpleLaw):
    """One part of a mixture: a law and its weight (a probability, or ``rest``)."""

    weight: PartOfOne


def _weights_add_up(parts: list[Component], info: ValidationInfo) -> list[Component]:
    add_up([part.weight for part in parts], info.context)
    return parts


class Law(SimpleLaw):
    """A length of time in days; exactly one key."""

    mixture: Annotated[
        list[Component] | None,
        Items("laws with a weight each", least=1), AfterValidator(_weights_add_up),
    ] = None  # fmt: skip


class ShapeRate(Part):
    """A gamma prior; its mean is shape / rate."""

    shape: Positive
    rate: Positive


class AB(Part):
    """A beta prior; its mean is a / (a + b)."""

    a: Positive
    b: Positive


class PriorMedianSigma(Part):
    """A lognormal prior: median, and the standard deviation of the logarithm."""

    median: Positive
    sigma: Positive


class LogitMedianSigma(Part):
    """A logit-normal prior of a probability: median, and the standard deviation of its logit."""

    median: Inside
    sigma: Positive


class MeanSd(Part):
    """A normal prior: mean and standard deviation."""

    mean: NotNegative
    sd: Positive


class LowHigh(Part):
    """A uniform prior between two bounds."""

    low: NotNegative
    high: NotNegative


class LowModeHigh(Part):
    """A triangular prior: bounds and the most likely value."""

    low: NotNegative
    mode: NotNegative
    high: NotNegative


class TableColumn(Part):
    """One row per world, the same row for every column of the file: keeps correlations."""

    file: Word
    column: Word


class Prior(Part):
    """What is not known about a parameter; exactly one key."""

    gamma: ShapeRate | None = None
    beta: AB | None = None
    lognormal: PriorMedianSigma | None = None
    normal: MeanSd | None = None
    uniform: LowHigh | None = None
    triangular: LowModeHigh | None = None
    logitnormal: LogitMedianSigma | None = None
    table: TableColumn | None = None

    @classmethod
    def one_of(cls) -> tuple[str, ...]:
        """See :class:`Part`."""
        return tuple(cls.model_fields)

    def __str__(self) -> str:
        """``gamma(shape 0.5, rate 15.7)``."""
        ((law, numbers),) = self.model_dump(exclude_none=True).items()
        return f"{law}({', '.join(f'{name} {_short(value)}' for name, value in numbers.items())})"


def _short(value: object) -> str:
    """A number of a prior; one made from a range has more digits than anybody reads."""
    text = str(value)
    return f"{value:.6g}" if isinstance(value, float) and len(text) > _MOST_DIGITS else text


_MOST_DIGITS = 10


class Parameter(Part):
    """A named number: either ``value`` or ``prior`` (which ``times`` scales), always with unit, basis and source."""

    value: NotNegative | None = None
    prior: Prior | None = None
    times: Positive | None = None
    """Factor of every draw from the prior."""
    unit: Word
    basis: Annotated[Basis, Choice()]
    source: Word
    note: Annotated[str, Text(empty=True)] = ""

    @classmethod
    def one_of(cls) -> tuple[str, ...]:
        """See :class:`Part`."""
        return ("value", "prior")

    @classmethod
    def faults(cls, data: Mapping[str, object], complete: bool) -> Iterator[PydanticCustomError]:
        """See :class:`Part`."""
        if "times" in data and (complete or len(data.keys() & set(cls.one_of()))):
            yield from cls._times_alone(data)
        else:
            yield from super().faults(data, complete)

    @classmethod
    def _times_alone(cls, data: Mapping[str, object]) -> Iterator[PydanticCustomError]:
        given = [key for key in cls.one_of() if key in data]
        if not given:
            alone = "times, but no parent has a value or prior of that name to scale"
            yield fault(alone, "a value or a prior, or a parameter of the parent", kind="nothing given")
        elif given != ["prior"]:
            yield fault(f"{' and '.join(given)} with times", "times over a prior, or over what a parent has")

    def in_short(self) -> str:
        """``0.03 (fitted)``, ``gamma(shape 0.5, rate 15.7) (judged)``."""
        return f"{self.said() if self.value is None else f'{self.value:.6g}'} ({self.basis})"

    def said(self) -> str:
        """The prior in words, with its factor: ``2 x gamma(shape 0.5, rate 15.7)``; empty if there is none."""
        if self.prior is None:
            return ""
        return str(self.prior) if self.times in (None, 1.0) else f"{self.times:.6g} x {self.prior}"

    @classmethod
    def not_a_mapping(cls, value: object) -> PydanticCustomError:
        """See :class:`Part`."""
        if isinstance(value, list):
            return super().not_a_mapping(value)
        alone = "a number alone, but no parent says its unit, basis and source"
        return fault(alone, "{value: …, unit: …, basis: …, source: …}", breaks=False)


class Alone(Written):
    """A number in place of a parameter that a parent explains; what ``--set`` would take is told how to write."""

    def check(self, value: Any) -> Any:
        """See :class:`Value`."""
        if isinstance(value, str):
            try:
                tree = read_setting(value).tree()
            except Unreadable:
                return super().check(value)
            key, numbers = next(iter(tree.items()))
            raise fault(f"{value!r} is not a number in a file; write {{{key}: {numbers}}}", "0 or more")
        return super().check(value)


def _rising(ends: list[float]) -> list[float]:
    if len(ends) != 2:
        raise fault(f"{len(ends)} numbers", "two: the 5 % and the 95 % end, such as [0.01, 0.1]")
    if not ends[0] < ends[1]:
        raise fault(f"{ends[0]:.6g} is not below {ends[1]:.6g}", "the lower end first")
    return ends


class WrittenParameter(Parameter):
    """A parameter as a file may give it: also by a range, which becomes a prior (``ranges.py``)."""

    between: Annotated[list[Positive] | None, Items("two numbers"), AfterValidator(_rising)] = None
    """The 5 % and the 95 % quantile of what is thought possible, on the scale of what the parent has."""

    @classmethod
    def one_of(cls) -> tuple[str, ...]:
        """See :class:`Part`."""
        return ("value", "prior", "between")
