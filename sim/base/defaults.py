"""What a run does when it is not told otherwise."""

from __future__ import annotations

DEFAULT_WORLDS = 1000
"""Worlds of a model in which something is uncertain; any other model has one."""

DEFAULT_TRAJECTORIES = 200_000

DEFAULT_SEED = 1

FIRST_LOOK = 20
"""Trajectories for each world at which an adaptive run looks first; then at twice as many, and so on."""
