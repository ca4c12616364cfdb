"""What a run does when it is not told otherwise, and the most that it may be told."""

from __future__ import annotations

DEFAULT_WORLDS = 1000
"""Worlds of a model in which something is uncertain; any other model has one."""

DEFAULT_TRAJECTORIES = 200_000

DEFAULT_SEED = 1

FIRST_LOOK = 20
"""Trajectories for each world at which an adaptive run looks first; then at twice as many, and so on."""

MOST = {
    "trajectories": 10**10,
    "worlds": 10**6,
    "seed": 2**63 - 1,
    "threads": 1024,
    "processes": 256,
    "bound": 10**9,
}
"""What no machine of today takes more of, by option; of others, what a file of results can hold."""
