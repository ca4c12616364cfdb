"""The facts load, count up, and every way of breaking a table is answered with its file, line and column."""

from __future__ import annotations

import csv
import pickle
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sim.base.data import data_folder
from sim.base.errors import AccessionError, FactsError
from sim.facts.cells import bounds
from sim.facts.columns import CONFIDENCES, TABLES
from sim.facts.frozen import frozen
from sim.facts.read import Facts, facts_dir, load_facts

HOLDOUTS = {"GRC", "ROU", "SVK", "ESP"}
Rows = list[list[str]]


@pytest.fixture
def loaded() -> Facts:
    return load_facts()


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A copy of the seeds that a test may break."""
    return Path(shutil.copytree(facts_dir(), tmp_path / "seeds"))


def change(seeds: Path, table: str, edit: Callable[[Rows], object]) -> None:
    """Apply ``edit`` to the rows (header first) of one table of the copy."""
    path = seeds / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def put(seeds: Path, table: str, line: int, column: str, value: str) -> None:
    """Write one cell of the copy; ``line`` counts from 1, the header."""

    def edit(rows: Rows) -> None:
        rows[line - 1][rows[0].index(column)] = value

    change(seeds, table, edit)


def refused(seeds: Path) -> FactsError:
    with pytest.raises(FactsError) as caught:
        load_facts(seeds)
    return caught.value


# --- what stands in the tables -------------------------------------------------------------------------


def test_there_are_32_members_and_28_recognise(loaded: Facts) -> None:
    assert len(loaded.members) == 32
    assert {m.iso3 for m in loaded.members if m.recognised is None} == HOLDOUTS
    recognised = [m.recognised for m in loaded.members if m.recognised is not None]
    assert len(recognised) == 28
    assert {day.year for day in recognised} == {2008}


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(1949, 4, 3), 0),
        (date(1949, 4, 4), 12),
        (date(2008, 4, 3), 26),
        (date(2022, 3, 3), 30),
        (date(2023, 4, 3), 30),
        (date(2023, 4, 4), 31),
        (date(2023, 5, 1), 31),
        (date(2024, 3, 7), 32),
        (date(2026, 12, 1), 32),
    ],
)
def test_members_on_a_day(loaded: Facts, day: date, count: int) -> None:
    then = loaded.members_on(day)
    assert len(then) == count
    assert list(then) == [m for m in loaded.members if m in then]


EU, COUNCIL = "European Union", "Council of Europe"


@pytest.mark.parametrize(
    ("of", "day", "count"),
    [
        (EU, date(1957, 12, 31), 0),
        (EU, date(1958, 1, 1), 6),
        (EU, date(1986, 1, 1), 12),
        (EU, date(1995, 1, 1), 15),
        (EU, date(2004, 5, 1), 25),
        (EU, date(2013, 7, 1), 28),
        (EU, date(2020, 1, 31), 28),
        (EU, date(2020, 2, 1), 27),
        (EU, date(2026, 12, 1), 27),
        (COUNCIL, date(1949, 5, 5), 10),
        (COUNCIL, date(1974, 11, 27), 17),
        (COUNCIL, date(1974, 11, 28), 18),
        (COUNCIL, date(2022, 3, 15), 47),
        (COUNCIL, date(2022, 3, 16), 46),
        ("nowhere", date(2026, 12, 1), 0),
    ],
)
def test_members_of_another_organisation_on_a_day(loaded: Facts, of: str, day: date, count: int) -> None:
    assert len(loaded.members_on(day, of)) == len({m.iso3 for m in loaded.members_on(day, of)}) == count
    assert len(frozen(loaded, day).members_on(day, of)) == count


def test_who_does_not_recognise_in_the_other_organisations(loaded: Facts) -> None:
    def without(of: str) -> set[str]:
        return {m.iso3 for m in loaded.members_on(date(2026, 12, 1), of) if m.recognised is None}

    assert without(EU) == HOLDOUTS | {"CYP"}
    assert without(COUNCIL) == HOLDOUTS | {"ARM", "AZE", "BIH", "CYP", "GEO", "MDA", "SRB", "UKR"}
    assert {m.iso3 for m in loaded.members if loaded_eu(loaded, m.iso3)} == {
        row["iso3"] for row in loaded.tables["members"] if row["eu_member"] == "yes"
    }


def loaded_eu(facts: Facts, iso3: str) -> bool:
    return iso3 in {m.iso3 for m in facts.members_on(date(2026, 12, 1), EU)}


def test_memberships_agree_with_the_steps(loaded: Facts) -> None:
    for of, table in ((EU, "eu_steps"), (COUNCIL, "council_of_europe_steps")):
        joined = {(m.iso3, m.joined.isoformat()) for m in loaded.members_on(date(2020, 1, 1), of)}
        entered = {
            (row["country"], row["date"]) for row in loaded.tables[table] if row["step"] == "membership"
        }
        assert entered <= joined, entered - joined
    (kosovo,) = [
        r for r in loaded.tables["eu_steps"] if (r["country"], r["step"]) == ("XKX", "opinion_asked")
    ]
    assert not kosovo["date"]
    assert set(kosovo["blocked_by"].split(";")) == HOLDOUTS | {"CYP"}


def test_every_member_ratified_the_treaty_of_croatia(loaded: Facts) -> None:
    rows = loaded.tables["eu_ratifications"]
    assert {row["member"] for row in rows} == {m.iso3 for m in loaded.members_on(date(2011, 12, 9), EU)}
    assert max(row["deposited"] for row in rows) == "2013-06-21"


def test_a_member_that_leaves_is_gone_from_that_day(seeds: Path) -> None:
    put(seeds, "members", 2, "left", "2030-06-01")
    broken = load_facts(seeds)
    assert broken.member("ALB").left == date(2030, 6, 1)
    assert len(broken.members_on(date(2030, 5, 31))) == 32
    assert len(broken.members_on(date(2030, 6, 1))) == 31


def test_every_row_has_a_source_and_a_confidence(loaded: Facts) -> None:
    assert set(loaded.tables) == set(TABLES)
    for name, rows in loaded.tables.items():
        assert rows, name
        for row in rows:
            assert row["source"].strip(), (name, row.number)
            assert row["confidence"] in CONFIDENCES, (name, row.number)


def test_what_no_source_was_found_for_is_of_low_confidence(loaded: Facts) -> None:
    unsourced = [
        row for rows in loaded.tables.values() for row in rows if row["source"] in ("memory", "none found")
    ]
    assert unsourced
    assert {row["confidence"] for row in unsourced} == {"low"}
    assert set(map(id, unsourced)) <= set(map(id, loaded.low_confidence()))


def test_low_confidence_lists_exactly_the_low_rows(loaded: Facts) -> None:
    low = loaded.low_confidence()
    assert {row["confidence"] for row in low} == {"low"}
    assert len(low) == sum(row["confidence"] == "low" for rows in loaded.tables.values() for row in rows)


def test_rows_know_their_line(loaded: Facts) -> None:
    for name, rows in loaded.tables.items():
        assert [row.number for row in rows] == list(range(2, len(rows) + 2)), name
        assert {row.file for row in rows} == {f"{name}.csv"}
    first = loaded.tables["members"][0]
    assert (first.file, first.number, first["iso3"]) == ("members.csv", 2, "ALB")
    assert list(first)[:2] == ["iso3", "name"]
    assert len(first) == len(TABLES["members"].columns)


def test_members_agree_with_the_other_tables(loaded: Facts) -> None:
    recognitions = {row["state"]: row["recognised"] for row in loaded.tables["recognitions"]}
    acceded = {row["candidate"]: row["acceded"] for row in loaded.tables["protocols"]}
    for member in loaded.members:
        told = member.recognised.isoformat() if member.recognised else None
        assert recognitions.get(member.iso3) == told, member.iso3
        assert acceded.get(member.iso3, "1949-04-04") == member.joined.isoformat(), member.iso3
        assert loaded.country_name(member.iso3) == member.name


def test_ratifications_belong_to_protocols_and_to_the_members_of_their_time(loaded: Facts) -> None:
    protocols = {row["protocol"]: row for row in loaded.tables["protocols"]}
    voters: dict[str, set[str]] = {name: set() for name in protocols}
    for row in loaded.tables["ratifications"]:
        protocol = protocols[row["protocol"]]
        assert (row["candidate"], row["signed"]) == (protocol["candidate"], protocol["signed"])
        voters[row["protocol"]].add(row["member"])
    for name, protocol in protocols.items():
        signed = date.fromisoformat(protocol["signed"])
        allies = {m.iso3 for m in loaded.members_on(signed)} - {protocol["candidate"]}
        assert len(voters[name]) == int(protocol["members_ratifying"]), name
        assert allies <= voters[name], name


def test_elections_cover_the_four_and_the_inaugurations(loaded: Facts) -> None:
    rows = loaded.tables["elections"]
    for country in HOLDOUTS:
        own = [row for row in rows if row["country"] == country]
        assert {row["kind"] for row in own} == {"parliament"}
        assert {row["status"] for row in own} == {"held", "expected", "latest"}
        member = next(row for row in loaded.tables["members"] if row["iso3"] == country)
        assert max(row["date"] for row in own if row["status"] == "held") == member["last_election"]
        assert member["next_election"] in {row["date"] for row in own if row["status"] != "held"}
    days = [date.fromisoformat(row["date"]) for row in rows if row["kind"] == "inauguration"]
    assert days == [date(year, 1, 20) for year in range(2009, 2034, 4)]


def test_the_facts_of_the_question_are_in_sight(loaded: Facts) -> None:
    rows = loaded.tables["kosovo_facts"]

    def one(day: str, words: str) -> dict[str, str]:
        (row,) = [dict(row) for row in rows if row["date"] == day and words in row["fact"]]
        return row

    resolution = one("2022-03-03", "resolution")
    assert (resolution["value"], resolution["unit"]) == ("94", "votes of 120")
    assert one("2018-12-14", "active members")["value"] == "5000"
    assert one("2018-12-14", "reserve")["value"] == "3000"
    assert one("2022-02-25", "sanctions on Russia")["confidence"] == "high"
    assert one("2025-12-05", "Serb-majority north")["value"] == "4"
    assert sum("KFOR troop strength" in row["fact"] for row in rows) >= 10


def test_files_are_utf8_with_line_feeds_and_no_stray_spaces() -> None:
    for name in TABLES:
        content = (facts_dir() / f"{name}.csv").read_bytes()
        assert b"\r" not in content, name
        assert content.endswith(b"\n"), name
        assert not content.startswith(b"\xef\xbb\xbf"), name
        for cells in csv.reader(content.decode("utf-8").splitlines()):
            assert all(cell == cell.strip() for cell in cells), (name, cells)


# --- countries -----------------------------------------------------------------------------------------


def test_countries_are_the_iso_codes_and_kosovo(loaded: Facts) -> None:
    assert len(loaded.countries) == 250
    assert "XKX" in loaded.countries
    assert {m.iso3 for m in loaded.members} < loaded.countries
    assert loaded.country_name("XKX") == "Kosovo"


def test_an_unknown_country_or_member_is_a_user_error_with_a_hint(loaded: Facts) -> None:
    with pytest.raises(FactsError, match=r"'GRE' is not a country code.*Did you mean 'GRC'"):
        loaded.country_name("GRE")
    with pytest.raises(FactsError, match=r"'germ' is not a country code.*Did you mean 'DEU'"):
        loaded.country_name("germ")
    with pytest.raises(AccessionError, match=r"'rou' is not a member.*Did you mean 'ROU'"):
        loaded.member("rou")
    assert loaded.member("ESP").name == "Spain"


# --- loading -------------------------------------------------------------------------------------------


def test_the_default_directory_is_read_once(loaded: Facts, seeds: Path) -> None:
    assert load_facts() is loaded
    assert load_facts(seeds) is not load_facts(seeds)
    assert load_facts(seeds).digest == loaded.digest


def test_facts_travel_to_other_processes(loaded: Facts) -> None:
    copy = pickle.loads(pickle.dumps(loaded))
    assert copy.members == loaded.members
    assert dict(copy.tables["members"][0]) == dict(loaded.tables["members"][0])


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_digest_changes_with_one_byte_of_any_table(loaded: Facts, seeds: Path, table: str) -> None:
    path = seeds / f"{table}.csv"
    content = path.read_bytes()
    assert content.count(b"http") > 0
    path.write_bytes(content.replace(b"http", b"httq", 1))
    changed = load_facts(seeds).digest
    assert len(changed) == 64
    assert changed != loaded.digest


def test_an_installed_package_reads_its_own_copy(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "sim"
    tables = package / "data" / "seeds"
    tables.mkdir(parents=True)
    assert data_folder("seeds", package) == tables
    tables.rmdir()
    assert data_folder("seeds", package) == tmp_path / "site-packages" / "seeds"


# --- every way to break a table ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "line", "column", "value", "problem"),
    [
        ("members", 3, "iso3", "BGX", "not a country code.*Did you mean .*'BGR'"),
        ("members", 3, "iso3", "Belgium", "'Belgium' is not a country code"),
        ("members", 11, "iso3", "Germany", "not a country code"),
        ("blocks", 5, "blocker", "ESP;GRE", "'GRE' is not a country code"),
        ("blocks", 5, "blocker", "ESP;", "'' is not a country code"),
        ("members", 4, "joined", "2023-02-30", "'2023-02-30' is not a date of the calendar"),
        ("members", 4, "joined", "2004-03", "must be a full day"),
        ("members", 4, "joined", "29.3.2004", "not a date of the form"),
        ("members", 4, "joined", "", "must not be empty"),
        ("members", 4, "left", "1999-01-01", "lies before joined, which is 2004-03-29"),
        ("members", 4, "recognised_kosovo", "2008", "must be a full day"),
        ("members", 4, "source", "", "must not be empty"),
        ("members", 4, "source", "   ", "must not be empty"),
        ("members", 4, "confidence", "hihg", "not one of high, medium, low.*Did you mean 'high'"),
        ("members", 4, "confidence", "", "must not be empty"),
        ("members", 4, "term_years", "four", "not a number"),
        ("elections", 9, "date", "2027-13", "not a date of the calendar"),
        ("elections", 9, "status", "hold", "not one of held, expected, latest.*Did you mean 'held'"),
        ("council_meetings", 7, "kind", "sumit", "Did you mean 'summit'"),
        ("recognitions", 2, "withdrawn", "2007", "lies before recognised, which is 2008-02-17"),
        ("blocks", 3, "end", "2008-03", "lies before start"),
        ("blocks", 3, "last_seen", "2018", "must be empty where end is not"),
        ("blocks", 4, "last_seen", "", "must not be empty where end is: the last day"),
        ("blocks", 4, "last_seen", "2003", "lies before start"),
        ("settlements", 2, "last_seen", "", "must not be empty where end is: the last day"),
        ("votes", 2, "vote", "absent", "not one of for, abstain, against, missing"),
        ("protocols", 6, "acceded", "1997-12-15", "lies before entry_into_force"),
        ("ratifications", 40, "deposited", "1900", "lies before"),
        ("milestones", 2, "milestone", "pfP", "not one of"),
        ("holdout_evidence", 2, "direction", "3", "not one of"),
        ("kosovo_facts", 2, "value", "-1", "not a number of zero or more"),
        ("applications_consensus_orgs", 2, "decided", "2007-01-01", "lies before applied"),
        ("countries", 2, "iso3", "abw", "not three capital letters"),
        ("countries", 2, "source", "", "must not be empty"),
    ],
)
def test_a_bad_cell(seeds: Path, table: str, line: int, column: str, value: str, problem: str) -> None:
    put(seeds, table, line, column, value)
    error = refused(seeds)
    assert (error.file, error.row, error.column) == (f"{table}.csv", line, column)
    with pytest.raises(FactsError, match=problem):
        raise error


def test_a_partial_end_inside_the_span_of_its_start_is_not_out_of_order(seeds: Path) -> None:
    put(seeds, "blocks", 3, "start", "2008-04-03")
    put(seeds, "blocks", 3, "end", "2008")
    load_facts(seeds)


@pytest.mark.parametrize(
    ("old", "new", "column", "problem"),
    [
        ("confidence", None, "confidence", "column is missing"),
        ("confidence", "confidense", "confidense", "unexpected column. Did you mean 'confidence'"),
        ("note", "source", "source", "more than once"),
    ],
)
def test_a_bad_header(seeds: Path, old: str, new: str | None, column: str, problem: str) -> None:
    def edit(rows: Rows) -> None:
        at = rows[0].index(old)
        if new is None:
            for row in rows:
                del row[at]
        else:
            rows[0][at] = new

    change(seeds, "members", edit)
    error = refused(seeds)
    assert (error.row, error.column) == (1, column)
    assert problem in error.problem


@pytest.mark.parametrize(
    ("edit", "row", "problem"),
    [
        (
            lambda rows: rows[6].append("more"),
            7,
            "16 cells, where the header has 15; allowed: one cell for each of iso3, ",
        ),
        (lambda rows: rows[6].pop(), 7, "14 cells, where the header has 15"),
        (lambda rows: rows.append(list(rows[3])), 34, "repeats row 4"),
    ],
)
def test_a_bad_row(seeds: Path, edit: Callable[[Rows], object], row: int, problem: str) -> None:
    change(seeds, "members", edit)
    error = refused(seeds)
    assert (error.file, error.row) == ("members.csv", row)
    assert problem in error.problem


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_repeated_row_in_any_table(seeds: Path, table: str) -> None:
    change(seeds, table, lambda rows: rows.append(list(rows[1])))
    error = refused(seeds)
    assert error.file == f"{table}.csv"
    assert error.column == ", ".join(TABLES[table].key)
    assert "repeats row 2" in error.problem


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_missing_file(seeds: Path, table: str) -> None:
    (seeds / f"{table}.csv").unlink()
    error = refused(seeds)
    assert Path(error.file).name == f"{table}.csv"
    assert "cannot be read" in error.problem


def test_an_empty_file(seeds: Path) -> None:
    (seeds / "members.csv").write_bytes(b"")
    assert refused(seeds).problem == "the file is empty; allowed: a header row, and rows under it."


def test_text_that_is_not_utf8_names_its_line(seeds: Path) -> None:
    path = seeds / "members.csv"
    path.write_bytes(path.read_bytes().replace("Türkiye".encode(), "Türkiye".encode("latin-1")))
    error = refused(seeds)
    assert error.row == 31
    assert error.problem.startswith(
        "byte 0xfc is not UTF-8, and looks like 'ü' in Latin-1 (Windows-1252); allowed: "
    )


def test_a_byte_order_mark_and_windows_lines_are_no_trouble(seeds: Path, loaded: Facts) -> None:
    path = seeds / "members.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_facts(seeds).members == loaded.members


def test_an_open_quote_is_an_error_of_the_file(seeds: Path) -> None:
    path = seeds / "members.csv"
    path.write_bytes(path.read_bytes() + b'"open')
    error = refused(seeds)
    assert error.file == "members.csv"
    assert error.problem == "a quote that is never closed; allowed: quotes in pairs."


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("2026-07-07", date(2026, 7, 7), date(2026, 7, 7)),
    ],
)
def test_bounds_of_a_partial_date(text: str, first: date, last: date) -> None:
    assert bounds(text) == (first, last)


@pytest.mark.parametrize("text", ["", "24", "2024-1", "2024-00", "2024-02-30", "0000", "2024-01-01x", "٢٠٢٤"])
def test_bounds_refuses_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        bounds(text)
