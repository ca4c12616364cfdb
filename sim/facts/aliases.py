"""What countries are called elsewhere: which one somebody means by another code, or by a name.

``seeds/aliases.csv`` says so, with the list that each alias is from. It is asked for hints only and enters no
number, so that it is not part of the facts' digest.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Container, Mapping
from difflib import get_close_matches
from functools import cache

from sim.base.data import data_folder
from sim.base.hints import Said

FILE = "aliases.csv"
_NEAR = 0.75
"""How like a country's name a word must be to be taken for it."""


def meant(text: str, names: Mapping[str, str], among: Container[str] | None = None) -> tuple[str, ...]:
    """The codes of the countries that a code or a name may stand for, likeliest first; none if that is not known.

    Certain ones come first and alone: an alias, a country's name, its beginning; then names and codes that are
    one slip away. A code is never taken for another one only because it is near in the alphabet.

    :param names: country code -> name.
    :param among: the codes that may be proposed; all if not given.
    """
    if certain := known_as(text, names, among):
        return certain
    allowed = names.keys() if among is None else [code for code in names if code in among]
    word = folded(text)
    by_name = {folded(names[code]): code for code in names}
    begun = [code for name, code in sorted(by_name.items()) if len(word) > 2 and name.startswith(word)]
    if begun or word in _aliases() or word in by_name:
        return tuple(code for code in begun if code in allowed)
    if len(word) > 3:
        near = get_close_matches(word[:60], list(by_name), n=1, cutoff=_NEAR)
        return tuple(code for name in near if (code := by_name[name]) in allowed)
    return tuple(code for code in allowed if _one_slip(text.upper(), code))[:3] if len(word) == 3 else ()


def known_as(text: str, names: Mapping[str, str], among: Container[str] | None = None) -> tuple[str, ...]:
    """The codes of the countries of which a text is an alias, the name, or the code in small letters."""
    word = folded(text)
    by_code = [code for code in names if word and folded(code) == word and code != text]
    by_name = [code for code in names if word and folded(names[code]) == word]
    found = by_code or _aliases().get(word, ()) or by_name
    return tuple(code for code in found if code in names and (among is None or code in among))


def others(code: str, among: Container[str] | None = None) -> tuple[str, ...]:
    """The countries that a right code stands for in another list, as ``AUS`` for Austria; mostly none."""
    found = _aliases().get(folded(code), ())
    return tuple(other for other in found if other != code and (among is None or other in among))


def proposal(codes: tuple[str, ...], names: Mapping[str, str]) -> Said | None:
    """``'SVN' (Slovenia) or 'SVK' (Slovakia)``: what follows ``did you mean``; ``None`` for no codes."""
    return Said(" or ".join(f"{code!r} ({names[code]})" for code in codes)) if codes else None


def folded(text: str) -> str:
    """Text without case, accents, spaces and marks, so that ``U.K.`` is ``uk``; letters of any script stay."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if letter.isalnum())


@cache
def _aliases() -> Mapping[str, tuple[str, ...]]:
    """Folded alias -> codes, in the order of the file."""
    found: dict[str, list[str]] = {}
    with (data_folder("seeds") / FILE).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(folded(row["alias"]), []).append(row["iso3"])
    return {alias: tuple(dict.fromkeys(codes)) for alias, codes in found.items()}


def _one_slip(text: str, code: str) -> bool:
    """Whether two codes of three letters differ by one letter, or by two that have changed places."""
    if len(text) != 3 or len(code) != 3:
        return False
    wrong = [i for i in range(3) if text[i] != code[i]]
    swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and sorted(text) == sorted(code)
    return swapped or len(wrong) == 1
