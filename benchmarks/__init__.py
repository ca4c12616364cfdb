"""The same scenario written several ways, and how long each takes: ``python -m benchmarks``."""
