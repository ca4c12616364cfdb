"""accession: paths to NATO membership, simulated with every ally as a voter.

For use in Python: ``import accession`` (docs/api.md). Where everything lives: docs/code.md.
"""

__version__ = "0.1.0"
