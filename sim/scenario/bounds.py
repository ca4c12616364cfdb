"""How much a scenario may hold: generous for any question, and what the engines take within seconds."""

from __future__ import annotations

from datetime import date

MOST_A_YEAR = 1000.0
"""Of a move: its rate, whether written, a parameter's or a product."""
MOST_SCALE = 1000.0
"""Of a factor under ``scaled_by``."""
MOST_YEARS = 200
"""From the start to the horizon."""
LAST_DAY = date(9000, 12, 31)
"""A horizon may not come near the last day that a date can name."""
MOST_STATES = 63
MOST_STEPS = 62
MOST_CALENDARS = 64
MOST_VOTERS = 1000
MOST_CHAINS = 10_000
"""Those of the world and of all voters together."""
MOST_MOVES = 500
"""Of one chain."""
MOST_EVENTS = 2000
MOST_WATCHES = 500
MOST_PARAMETERS = 5000
MOST_DATES = 100_000
"""Of all calendars within the run."""
