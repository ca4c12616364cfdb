"""A scenario at every point of a design: ``study`` asks, ``running`` hands out, ``work`` runs, ``files`` writes."""
