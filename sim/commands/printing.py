"""What several verbs print."""

from __future__ import annotations


def print_json(record: object, indent: int = 1) -> None:
    """A record, or plain data, as JSON on standard output: every digit of a number, and no infinities."""
    import json

    from sim.base.records import plain

    print(json.dumps(plain(record), indent=indent, ensure_ascii=False, allow_nan=False))
