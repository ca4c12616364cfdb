"""How blocks of paths are counted."""

from __future__ import annotations

import numpy as np

from sim.estimates.tally import _places


def test_places_are_those_of_a_stable_sort() -> None:
    """With equal times, and with several that never happen."""
    times = np.random.default_rng(1).choice([0.0, 1.5, 2.0, np.inf], (6, 500))
    expected = np.argsort(np.argsort(times, axis=0, kind="stable"), axis=0, kind="stable")
    np.testing.assert_array_equal(_places(times), expected)


def test_places_of_many_columns() -> None:
    """More than a byte can number."""
    times = np.random.default_rng(1).random((150, 3))
    np.testing.assert_array_equal(_places(times), np.argsort(np.argsort(times, axis=0), axis=0))
