"""The Monte Carlo engine: compiled, and the workhorse."""

from sim.engines.montecarlo.engine import BLOCK, blocks, processors, simulate
from sim.engines.montecarlo.ground import Ground

__all__ = ["BLOCK", "Ground", "blocks", "processors", "simulate"]
