"""The text of ``awkward.yaml``: a small scenario in which everything happens often, some of it in the same instant."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from sim.scenario.amounts import ROLES
from sim.scenario.expand import Countries
from sim.scenario.load import Scenario, load_text

AWKWARD = Path(__file__).with_suffix(".yaml").read_text()


@contextmanager
def beyond_bounds() -> Iterator[None]:
    """What is loaded here may have rates and horizons beyond the bounds.

    These are there for users, whose runs should end. Engines must keep the order of what happens in one instant,
    and closed forms speak of the whole of a law.
    """
    rate = replace(ROLES["rate"], most=None)
    with patch.dict(ROLES, rate=rate), patch("sim.scenario.bounds.MOST_YEARS", 5000):
        yield


def load_awkward(
    text: str = AWKWARD,
    name: str = "awkward",
    facts: Countries | None = None,
    overrides: Mapping[str, float] | None = None,
) -> Scenario:
    """Loads a scenario in which a move may come in the instant in which it can."""
    with beyond_bounds():
        return load_text(text, name, overrides=overrides, facts=facts)
