"""The Monte Carlo engine: compiled, and the workhorse."""

from sim.engines.montecarlo.engine import BLOCK, blocks, processors, simulate

__all__ = ["BLOCK", "blocks", "processors", "simulate"]
