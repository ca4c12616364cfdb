"""The text of ``awkward.yaml``: a small scenario in which everything happens often, some of it in the same instant."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from sim.scenario.amounts import ROLES
from sim.scenario.expand import Countries
from sim.scenario.load import Scenario, load_text

AWKWARD = Path(__file__).with_suffix(".yaml").read_text()


def load_awkward(text: str = AWKWARD, name: str = "awkward", facts: Countries | None = None) -> Scenario:
    """Loads a scenario that may have rates beyond the bound, so that a move comes in the instant in which it can.

    The bound is there for users, whose runs should end; the engines must keep the order of what happens at once.
    """
    with patch.dict(ROLES, rate=replace(ROLES["rate"], most=None)):
        return load_text(text, name, facts=facts)
