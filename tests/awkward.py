"""The text of ``awkward.yaml``: a small scenario in which everything happens often."""

from pathlib import Path

AWKWARD = Path(__file__).with_suffix(".yaml").read_text()
