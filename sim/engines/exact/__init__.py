"""The exact engine: no sampling, for models whose joint state is a Markov chain of bounded size.

Between two dates the joint chain is carried by uniformisation (Jensen 1953; Grassmann 1977): its law after a
time is a Poisson mixture of the powers of one matrix, cut off where the Poisson mass left is below a bound.
"""

from sim.engines.exact.solver import BOUND, Exact, Solver, blocks

__all__ = ["BOUND", "Exact", "Solver", "blocks"]
