"""What several verbs print."""

from __future__ import annotations

import json
from typing import Any


def print_json(data: Any, indent: int = 1) -> None:
    """Plain data on standard output, every digit of a number, and no infinities."""
    print(json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False))
