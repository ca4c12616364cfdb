"""The replay: one SimPy process for each agent, independent of the compiled engine and equal to it bit by bit."""

from sim.engines.replay.engine import Replay, blocks, replay, simulate

__all__ = ["Replay", "blocks", "replay", "simulate"]
