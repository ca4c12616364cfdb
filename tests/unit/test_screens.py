"""Words and tables in the width of a terminal: nothing beyond it, nothing that runs into its neighbour."""

from __future__ import annotations

from sim.report.screens.wrapping import WIDTH, joined, tables, wrapped

NARROW = [["step", "2031", "2036"], ["pfp", "2 %", "16 %"], ["membership", "<1 %", "(99 to >99 %)"]]


def test_a_narrow_table_stays_one_and_its_columns_stay_apart() -> None:
    assert tables(NARROW) == [
        ["step        2031  2036", "pfp         2 %   16 %", "membership  <1 %  (99 to >99 %)"]
    ]
    assert tables(NARROW, right={2})[0][1] == "pfp         2 %            16 %"


def test_headings_are_broken_where_one_table_then_has_room() -> None:
    names = ["settlement_rate", "difference (error)", *(f"a_long_name_{k}" for k in range(4))]
    (lines,) = tables([names, ["0.1"] * 6])
    assert lines[:2] == ["", ""] or lines[0].strip()
    assert max(map(len, lines)) <= WIDTH
    assert lines[-1].split() == ["0.1"] * 6
    assert "settlement_" in "\n".join(lines)


def test_a_table_that_is_still_too_wide_becomes_several_with_the_same_first_columns() -> None:
    rows = [["rate", *(f"step-number-{k}" for k in range(9))], *([f"0.{i}", *["12 %"] * 9] for i in range(3))]
    found = tables(rows)
    assert len(found) == 2
    assert (
        [line.split()[0] for line in found[0]]
        == [line.split()[0] for line in found[1]]
        == [r[0] for r in rows]
    )
    assert [name for block in found for name in block[0].split()[1:]] == rows[0][1:]
    lines = joined(found)
    assert max(map(len, lines)) <= WIDTH
    assert lines.count("") == 1


def test_a_number_and_its_sign_stay_on_one_line() -> None:
    for letters in range(60, 90):
        lines = wrapped("x" * letters + " 12 % and more")
        assert "12 %" in " ".join(line for line in lines if "12" in line)
        assert max(map(len, lines)) <= max(WIDTH, letters)
    assert wrapped("one two", "  ") == ["  one two"]
