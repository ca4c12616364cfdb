"""Lines at which a map of numbers passes a level: straight between neighbouring cells, from linear interpolation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Cells = Sequence[Sequence[float | None]]
Spot = tuple[float, float]
Segment = tuple[Spot, Spot]


def lines(cells: Cells, level: float) -> list[list[Spot]]:
    """The lines of a level, each as points (x, y) in units of cells, whose middles are at whole numbers.

    :param cells: rows upwards, along x; None where nothing is known, and no line passes.
    """
    found: list[list[Spot]] = []
    ends: dict[Spot, list[Spot]] = {}
    for segment in _segments(cells, level):
        _join(found, ends, segment)
    return found


def _join(found: list[list[Spot]], ends: dict[Spot, list[Spot]], segment: Segment) -> None:
    """Adds a segment to the lines that end where it begins or ends."""
    first, last = segment
    one, other = ends.pop(first, None), ends.pop(last, None)
    if one is None and other is None:
        made = [first, last]
        found.append(made)
    elif one is not None and other is None:
        made = one
        made.append(last) if made[-1] == first else made.insert(0, last)
    elif one is None and other is not None:
        made = other
        made.append(first) if made[-1] == last else made.insert(0, first)
    elif one is other:  # it closes a ring
        assert one is not None
        one.append(one[0])
        return
    else:
        assert one is not None
        assert other is not None
        if one[-1] != first:
            one.reverse()
        if other[0] != last:
            other.reverse()
        one += other
        found[:] = [line for line in found if line is not other]
        made = one
    ends[made[0]] = made
    ends[made[-1]] = made


def _segments(cells: Cells, level: float) -> Iterator[Segment]:
    for y in range(len(cells) - 1):
        for x in range(len(cells[0]) - 1):
            corners = (cells[y][x], cells[y][x + 1], cells[y + 1][x + 1], cells[y + 1][x])
            known = [corner for corner in corners if corner is not None]
            if len(known) == 4:
                yield from _within(x, y, known, level)


_EDGES = ((0, 1), (1, 2), (2, 3), (3, 0))
_PLACES = ((0, 0), (1, 0), (1, 1), (0, 1))


def _within(x: int, y: int, corners: Sequence[float], level: float) -> Iterator[Segment]:
    """The parts of a line between the middles of four cells."""
    above = [corner >= level for corner in corners]
    crossed = [edge for edge in _EDGES if above[edge[0]] != above[edge[1]]]
    spots = [_crossing(x, y, corners, edge, level) for edge in crossed]
    if len(spots) == 2:
        yield spots[0], spots[1]
    elif len(spots) == 4:  # a saddle: the middle says which corners go together
        together = (sum(corners) / 4 >= level) == above[0]
        pairs = ((0, 1), (2, 3)) if together else ((3, 0), (1, 2))
        yield from ((spots[a], spots[b]) for a, b in pairs)


def _crossing(x: int, y: int, corners: Sequence[float], edge: tuple[int, int], level: float) -> Spot:
    # from the lower place to the higher one, so that neighbours find the same point to the bit
    a, b = sorted(edge, key=lambda corner: _PLACES[corner])
    share = (level - corners[a]) / (corners[b] - corners[a])
    (xa, ya), (xb, yb) = _PLACES[a], _PLACES[b]
    return x + xa + share * (xb - xa), y + ya + share * (yb - ya)
