"""Composes YAML 1.2 text into the parser's nodes: tags, values, and the line of each.

ruamel.yaml is what says what a text is and what is wrong with it. libyaml, which PyYAML brings, takes a tenth of its
time and reads most texts alike: it is asked first, ruamel.yaml's resolver tells it what a plain word is (so ``NO`` is
text), and what the two could read differently, or libyaml does not read at all, goes to ruamel.yaml.
``tests/unit/test_compose_yaml.py`` holds them to one another.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeGuard

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

_KINDS = {yaml.ScalarNode: ScalarNode, yaml.MappingNode: MappingNode, yaml.SequenceNode: SequenceNode}
_RESOLVER = YAML(typ="safe", pure=True).resolver
_NULL = "tag:yaml.org,2002:null"

_READ_DIFFERENTLY = re.compile(
    "[\t\r\x85\u2028\u2029\ufeff!]"  # tabs within words; what ends a line; tags
    r"|^%|[>|]#|(?:^|[\s,\[{])\?",  # directives; a comment at the head of a block; keys of several lines
    re.MULTILINE,
)


class _OtherLine(Exception):
    """A value that is not written at all: the two put it on different lines."""


def compose(text: str) -> Any:
    """The top node of one document, with ``tag``, ``value`` and ``start_mark``; None if there is none.

    :raises ruamel.yaml.error.YAMLError: text that is not YAML.
    """
    if hasattr(yaml, "CLoader") and not _READ_DIFFERENTLY.search(text):
        try:
            return _Quick(text).get_single_node()
        except (yaml.YAMLError, _OtherLine, UnicodeError, RecursionError):
            pass  # ruamel.yaml says what it is
    # composing gives the resolved nodes and their marks; the round-trip parser would give the same, but
    # leaves marks of its own in folded text
    return YAML(typ="safe", pure=True).compose(text)


def is_mapping(node: Any) -> TypeGuard[MappingNode]:
    """Whether a node of either parser is a mapping."""
    return isinstance(node, MappingNode | yaml.MappingNode)


def is_sequence(node: Any) -> TypeGuard[SequenceNode]:
    """Whether a node of either parser is a list."""
    return isinstance(node, SequenceNode | yaml.SequenceNode)


def is_scalar(node: Any) -> TypeGuard[ScalarNode]:
    """Whether a node of either parser is a single value."""
    return isinstance(node, ScalarNode | yaml.ScalarNode)


@lru_cache(maxsize=4096)
def _tag(kind: type, value: str | None, implicit: Any) -> Any:
    """Kept, since most words of a scenario stand in it several times."""
    tag = _RESOLVER.resolve(_KINDS[kind], value, implicit)
    if value == "" and str(tag) == _NULL:
        raise _OtherLine
    return tag


if hasattr(yaml, "CLoader"):

    class _Quick(yaml.cyaml.CParser):  # type: ignore[misc]
        """libyaml with the resolver of ruamel.yaml, by YAML 1.2."""

        def resolve(self, kind: type, value: Any, implicit: Any) -> Any:
            """The tag of what stands without one."""
            return _tag(kind, value, implicit)

        def descend_resolver(self, parent: Any, index: Any) -> None:
            """Tags do not depend on the path to a value."""

        def ascend_resolver(self) -> None:
            """As above."""
