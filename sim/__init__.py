"""accession: paths to NATO membership, simulated with every ally as a voter."""

__version__ = "0.1.0"
