"""The replay: one SimPy process for each agent, independent of the compiled engine and equal to it bit by bit."""

from sim.engines.replay.engine import Replay, replay, simulate

__all__ = ["Replay", "replay", "simulate"]
