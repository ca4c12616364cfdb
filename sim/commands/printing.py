"""What several verbs print."""

from __future__ import annotations

import sys


def print_json(record: object, indent: int = 1) -> None:
    """A record, or plain data, as JSON on standard output: every digit of a number, and no infinities.

    Where the encoding is not one of Unicode, letters are escaped, which is the same data.
    """
    import json

    from sim.base.records import plain

    unicode = str(getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    print(json.dumps(plain(record), indent=indent, ensure_ascii=not unicode, allow_nan=False))
