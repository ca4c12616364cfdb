"""What is said about a scenario that is wrong: one change to a good one, and the whole message."""

# The texts of scenarios and of messages are kept whole.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from sim.base.errors import ScenarioError
from tests.unit.scenario_samples import SMALL, TOUR, change, line_of, load

STATES = "none, interim, comprehensive"
VOTERS = "ALB, DEU, ESP, GRC, HUN, NOR, ROU, SVK, TUR, USA, BIH"

# what is replaced, by what, the path, the rest of the message (its beginning is enough)
KEYS_AND_TYPES = [
    ("horizon: 2056-12-01", "horizn: 2056-12-01", "horizn", "unknown key 'horizn'; did you mean 'horizon'? allowed: schema, title,"),
    ("title: Grammar tour", "title: 5", "title", "5 is not text; allowed: text (put it in quotes)"),
    ("title: Grammar tour", "title:", "title", "nothing is given; allowed: a value (or no title at all)"),
    ("start: 2026-12-01", "start: soon", "start", "'soon' is not a date; allowed: a date such as 2027-07-07, without quotes"),
    ("start: 2026-12-01", "start: 2026-02-30", "start", "'2026-02-30' is not a date; allowed: a day that exists"),
    ("schema: 1", "schema: 2", "schema", "2; allowed: 1"),
    ("members: {of: NATO, on: 2026-12-01}", "members: {of: NATO, on: 1900-01-01}", "members.on",
     "nobody was a member on 1900-01-01; allowed: a later date, or a list of codes"),
    ("basis: judged\n    source: \"…\"", "basis: guessed\n    source: \"…\"", "parameters.settlement_rate.basis",
     "'guessed'; allowed: fitted, literature, judged"),
    ("{shape: 0.5, rate: 15.7}", "{shape: 0.5}", "parameters.settlement_rate.prior.gamma", "missing key 'rate'"),
    ("prior: {gamma: {shape: 0.5, rate: 15.7}}", "prior: {}", "parameters.settlement_rate.prior",
     "nothing given; allowed: one of gamma, beta,"),
    ("prior: {gamma: {shape: 0.5, rate: 15.7}}", "prior: {gamma: {shape: 1, rate: 1}, beta: {a: 1, b: 1}}",
     "parameters.settlement_rate.prior", "gamma and beta together; allowed: only one of gamma, beta,"),
    ("{from: calm, to: crisis, rate: 0.35}", "{from: calm, to: crisis, rate: true}", "chains.north.moves[0].rate",
     "true is not a number; allowed: 0 or more, per year, or a parameter"),
    ("{from: calm, to: crisis, rate: 0.35}", "{from: calm, to: crisis, rate: '0.35'}", "chains.north.moves[0].rate",
     "'0.35' is not a number; write 0.35, without quotes; allowed: 0 or more, per year, or a parameter"),
    ("{from: calm, to: crisis, rate: 0.35}", "{from: calm, to: crisis}", "chains.north.moves[0]",
     "missing key 'rate'"),
    ("states: [calm, crisis]", "states: [true, crisis]", "chains.north.states[0]", "true is not a state"),
    ("states: [calm, crisis]", "states: calm", "chains.north.states", "'calm' is not a list; allowed: a list of states"),
    ("{shape: 1.0, scale: 100}", "{shape: 1.0, rate: 100}", "voters.everyone.ratification.law.weibull.rate",
     "unknown key 'rate'; allowed: shape, scale"),
    ("{weibull: {shape: 1.0, scale: 100}}", "{gamma: {shape: 1.0}}", "voters.everyone.ratification.law.gamma",
     "neither scale nor rate; allowed: one of scale, rate"),
    ("law: {lognormal: {median: 120, sigma: 0.7}}", "law: {lognormal: {median: 120, sigma: 0.7}}, held: 0.1",
     "ladder[3].held", "'held' belongs to a decision, and this is a wait; allowed: step, kind, law"),
    ("kind: wait", "kind: waiting", "ladder[3].kind", "'waiting'; did you mean 'wait'? allowed: decision, wait, ratification"),
]  # fmt: skip

NUMBERS = [
    ("rate: 0.35", "rate: -0.35", "chains.north.moves[0].rate", "-0.35 is negative; allowed: 0 or more, per year"),
    ("rate: 0.35", "rate: .inf", "chains.north.moves[0].rate", "'.inf' is not finite; allowed: finite numbers"),
    ("rate: 0.35", "rate: 1e999", "chains.north.moves[0].rate", "'1e999' is not finite; allowed: finite numbers"),
    ("rate: 0.35", "rate: settlment_rate", "chains.north.moves[0].rate",
     "'settlment_rate' is not a parameter; did you mean 'settlement_rate'? allowed: a number, settlement_rate, crisis_damping, objection_rate, "
     "never_share, recognition_rate, effect_GRC"),
    ("rate: 0.35", "rate: []", "chains.north.moves[0].rate", "an empty list; allowed: numbers and parameters to multiply"),
    ("rate: 0.35", "rate: [2, -1]", "chains.north.moves[0].rate[1]", "-1 is negative; allowed: 0 or more, per year"),
    ("rate: 0.35", "rate: rest", "chains.north.moves[0].rate", "'rest' without others to be the rest of"),
    ("held: 0.1", "held: 1.5", "ladder[0].held", "1.5 is not a probability; allowed: 0 to 1"),
    ("held: 0.1", "held: [2, 0.8]", "ladder[0].held", "1.6 is not a probability; allowed: 0 to 1"),
    ("{engaged: 0.5, distant: rest}", "{engaged: 0.5, distant: 0.4}", "chains.washington.redrawn.to",
     "the shares add up to 0.9; allowed: 1 in all, or 'rest' for one of them"),
    ("{engaged: 0.5, distant: rest}", "{engaged: rest, distant: rest}", "chains.washington.redrawn.to",
     "2 times 'rest'; allowed: 'rest' once"),
    ("{softer: 0.2, harder: 0.2, same: rest}", "{softer: 0.8, harder: 0.4, same: rest}",
     "voters.GRC.government.redrawn.to", "the shares add up to 1.2; allowed: 1 in all"),
    ("{shape: 1.0, scale: 100}", "{shape: 0, scale: 100}", "voters.everyone.ratification.law.weibull.shape",
     "0; allowed: more than 0"),
    ("{a: 1, b: 2}", "{a: 0, b: 2}", "parameters.never_share.prior.beta.a", "0; allowed: more than 0"),
    ("beta: {a: 1, b: 2}", "uniform: {low: 2, high: 1}", "parameters.never_share.prior.uniform",
     "not in order: low 2 < high 1; allowed: low <= high, low below high"),
    ("beta: {a: 1, b: 2}", "triangular: {low: 0, mode: 3, high: 1}", "parameters.never_share.prior.triangular",
     "not in order: low 0 < mode 3 < high 1; allowed: low <= mode <= high, low below high"),
    ("beta: {a: 1, b: 2}", "table: {file: none.csv, column: x}", "parameters.never_share.prior.table.file",
     "no table 'none.csv'; allowed: a CSV file in the scenario's folder or below, or a built-in table"),
    ("probability: 0.2, by:", "probability: 2, by:", "ladder[4].obstruction.probability",
     "2 is not a probability; allowed: 0 to 1"),
]  # fmt: skip

NAMES = [
    ("start: none                          #", "start: nome  #", "chains.settlement.start",
     f"'nome' is not a state; did you mean 'none'? allowed: {STATES}"),
    ("{from: none, to: comprehensive,", "{from: none, to: comprehensiv,", "chains.settlement.moves[0].to",
     f"'comprehensiv' is not a state; did you mean 'comprehensive'? allowed: {STATES}"),
    ("{from: none, to: comprehensive,", "{from: none, to: none,", "chains.settlement.moves[0].to",
     "a move from 'none' to itself; allowed: interim, comprehensive"),
    ("north: {crisis: crisis_damping}", "north: {crises: crisis_damping}",
     "chains.settlement.moves[0].scaled_by.north.crises",
     "'crises' is not a state of 'north'; did you mean 'crisis'? allowed: calm, crisis"),
    ("scaled_by: {north: {", "scaled_by: {norht: {", "chains.settlement.moves[0].scaled_by.norht",
     "there is no chain 'norht' here; did you mean 'north'? allowed: settlement, north, washington, application, readiness, ladder"),
    ("scaled_by: {north: {crisis:", "scaled_by: {peers: {recognises:", "chains.settlement.moves[0].scaled_by.peers",
     "only a voter has peers; allowed: settlement, north,"),
    ("peers: {recognises: 1.8}", "peers: {recognise: 1.8}", "voters.GRC.stance.moves[0].scaled_by.peers.recognise",
     "'recognise' is not a state of 'peers'; did you mean 'recognises'? allowed: blocks, acquiesces, recognises"),
    ("when: {settlement: [none, interim]}", "when: {peers: blocks}", "voters.GRC.stance.moves[0].when.peers",
     "peers can only scale a rate"),
    ("when: {ladder: [pfp, map]}", "when: {ladder: [pfp, mapp]}", "chains.readiness.moves[0].when.ladder[1]",
     "'mapp' is not a state of 'ladder'; did you mean 'map'? allowed: start, pfp, map, invitation, protocol, membership"),
    ("{settlement: comprehensive}}", "{goverment: softer}}", "voters.GRC.stance.moves[1].when.goverment",
     "there is no chain 'goverment' for GRC; did you mean 'government'? allowed: stance, objection, government, settlement, north, washington, "
     "application, readiness, ladder"),
    ("on: us_inaugurations", "on: us_inauguration", "chains.washington.redrawn.on",
     "there is no calendar 'us_inauguration'; did you mean 'us_inaugurations'? allowed: foreign_ministers, elections_GRC, summit, us_inaugurations"),
    ("meetings: [summit], when", "meetings: [sumit], when", "ladder[2].meetings[0]",
     "there is no calendar 'sumit'; did you mean 'summit'? allowed: foreign_ministers, elections_GRC, summit, us_inaugurations"),
    ("when: {application: filed},", "when: {aplication: filed},", "ladder[0].when.aplication",
     "there is no chain 'aplication' here; did you mean 'application'? allowed: settlement,"),
    ("needs: {stance: acquiesces}, unless: {objection: raised}, rule", "needs: {stance: yes}, unless: {objection: raised}, rule",
     "ladder[0].needs.stance", "'yes' is not a state of 'stance'; allowed: blocks, acquiesces, recognises"),
    ("unless: {objection: raised}, rule", "unless: {objecton: raised}, rule", "ladder[0].unless.objecton",
     "no voter has a chain 'objecton'; did you mean 'objection'? allowed: stance, objection, government"),
    ("unless: {objection: raised}, rule", "unless: {objection: risen}, rule", "ladder[0].unless.objection",
     "'risen' is not a state of 'objection'; did you mean 'raised'? allowed: none, raised"),
    ("{TUR: 0.3, HUN", "{tur: 0.3, HUN", "ladder[4].obstruction.by.tur",
     f"'tur' is not a code: codes have three capital letters; did you mean 'TUR' (Turkey)? allowed: {VOTERS}"),
    ("{TUR: 0.3, HUN", "{TR: 0.3, HUN", "ladder[4].obstruction.by.TR",
     "'TR' is not a code: codes have three letters (ISO 3166-1 alpha-3); did you mean 'TUR' (Turkey)? allowed: "),
    ("{TUR: 0.3, HUN", "{SRB: 0.3, HUN", "ladder[4].obstruction.by.SRB", "SRB (Serbia) is not a voter here; allowed: ALB,"),
    ("{TUR: 0.3, HUN", "{Turkey: 0.3, HUN", "ladder[4].obstruction.by.Turkey",
     f"'Turkey' is not a known ISO code; did you mean 'TUR' (Turkey)? allowed: {VOTERS}"),
    ("{TUR: 0.3, HUN: 0.3, others: rest}", "{TUR: 0, HUN: 0}", "ladder[4].obstruction.by", "nobody has a share"),
    ("{TUR: 0.3, HUN: 0.3, others: rest}", f"{{{', '.join(f'{code}: 0.05' for code in VOTERS.split(', '))}, others: rest}}",
     "ladder[4].obstruction.by.others", "every voter is named, so there are no others; allowed: shares of the voters only"),
    ("  GRC:\n    government:", "  gRC:\n    government:", "voters.gRC",
     "'gRC' is not a code: codes have three capital letters; did you mean 'GRC' (Greece)? allowed:"),
    ("  everyone:", "  everybody:", "voters.everybody", "'everybody' is not a code; did you mean 'everyone'? allowed: everyone, ALB,"),
    ("voter: GRC, stance: recognises}\n  -", "voter: SRB, stance: recognises}\n  -", "events[0].voter",
     "SRB (Serbia) is not a voter here"),
    ("voter: GRC, stance: recognises}\n  -", "voter: GRC, stanse: recognises}\n  -", "events[0].stanse",
     "GRC has no chain 'stanse'; did you mean 'stance'? allowed: stance, objection, government"),
    ("voter: GRC, stance: recognises}\n  -", "voter: GRC, stance: accepts}\n  -", "events[0].stance",
     "'accepts' is not a state of 'stance'; allowed: blocks, acquiesces, recognises"),
    ("{chain: settlement, state: comprehensive}, ", "{chain: setlement, state: none}, ", "watch[0].chain",
     "there is no world chain 'setlement'; did you mean 'settlement'? allowed: settlement, north, washington, application, readiness, ladder"),
    ("{chain: settlement, state: comprehensive}, ", "{chain: GRC.stance, state: none}, ", "watch[0].chain",
     "there is no world chain 'GRC.stance', but voters have one"),
    ("candidate: XKX", "candidate: GRC", "candidate", "GRC (Greece) is a voter; allowed: a country that does not vote"),
    ("candidate: XKX", "candidate: XKY", "candidate", "'XKY' is not a known ISO code; did you mean 'XKX' (Kosovo)? allowed: an ISO code"),
    ("  north: {states", "  peers: {states", "chains.peers", "a chain cannot be called 'peers'"),
    ("  north: {states", "  a.b: {states", "chains.a.b", "'a.b' is not a name"),
    ("    government: {states", "    voter: {states", "voters.GRC.voter", "a voter's chain cannot be called 'voter'"),
    ("{step: map, kind", "{step: how_map, kind", "ladder[1].step", "a step cannot be called 'how_map'"),
]  # fmt: skip

SENSE = [
    ("horizon: 2056-12-01", "horizon: 2026-12-01", "horizon",
     "2026-12-01 is not after the start; allowed: dates after 2026-12-01"),
    ("dates: [2027-07-07]", "dates: [2028-07-07, 2027-07-07]", "calendar.summit.dates[1]",
     "2027-07-07 comes after 2028-07-07; allowed: dates in order"),
    ("dates: [2027-07-07]", "dates: [2027-07-07, 2027-07-07]", "calendar.summit.dates[1]", "repeated: 2027-07-07, first given"),
    ("from: 2028-07-08", "from: 2026-07-08", "calendar.summit.then.from",
     "2026-07-08 is before the last date; allowed: 2027-07-07 or later"),
    ("every: 4 years}}\n  summit", "every: yearly}}\n  summit", "calendar.elections_GRC.then.every",
     "'yearly'; allowed: 1 year, 6 months, 2 weeks, 10 days and the like"),
    ("{dates: [2029-01-20], then: {every: 4 years}}", "{then: {every: 4 years}}", "calendar.us_inaugurations.then",
     "nothing to repeat from; allowed: 'from', or dates before it"),
    ("{dates: [2029-01-20], then: {every: 4 years}}", "{}", "calendar.us_inaugurations",
     "no dates; allowed: 'dates', 'then' with 'from', or both"),
    ("{on: 2028-06-01, voter: GRC", "{on: 2026-06-01, voter: GRC", "events[0].on",
     "2026-06-01 is before the start; allowed: 2026-12-01 to 2056-12-01"),
    ("{on: 2028-06-01, voter: GRC", "{on: 2066-06-01, voter: GRC", "events[0].on", "2066-06-01 is after the horizon"),
    ("voter: BIH, joins: true", "voter: TUR, joins: true", "events[1]", "TUR (Turkey) joins, but is a member from the start"),
    ("voter: BIH, joins: true", "voter: BIH, joins: false", "events[1].joins", "false; allowed: true"),
    ("voter: BIH, joins: true}", "voter: BIH, joins: true}\n  - {on: 2031-01-01, voter: BIH, joins: true}", "events[2]",
     "BIH (Bosnia and Herzegovina) joins twice; allowed: once"),
    ("voter: BIH, joins: true", "chain: north, state: quiet", "events[1].state",
     "'quiet' is not a state of 'north'; allowed: calm, crisis"),
    ("voter: BIH, joins: true", "chain: north, state: calm, voter: GRC", "events[1]",
     "the keys on, chain, state, voter together; allowed: {on, chain, state}, or {on, voter, one chain: its state}"),
    ("voter: GRC, stance: recognises}\n  -", "voter: GRC, stance: blocks, government: same}\n  -", "events[0]",
     "the keys on, voter, stance, government together"),
    ("rule: consensus, held", "rule: {all_but: 10}, held", "ladder[0].rule.all_but",
     "all but 10: nobody would be asked; allowed: 0 to 9, as there are 10 members"),
    ("rule: consensus, held", "rule: {all_but: -1}, held", "ladder[0].rule.all_but", "-1 is negative"),
    ("rule: consensus, held", "rule: {share: 3/2}, held", "ladder[0].rule.share",
     "'3/2'; allowed: a fraction such as 2/3: more than 0, at most 1"),
    ("rule: consensus, held", "rule: {}, held", "ladder[0].rule", "nothing given; allowed: one of all_but, share"),
    ("rule: consensus, held", "rule: {all_but: 1, share: 2/3}, held", "ladder[0].rule",
     "all_but and share together; allowed: only one of all_but, share"),
    ("rule: consensus, held", "rule: unanimity, held", "ladder[0].rule", "'unanimity'; allowed: consensus"),
    ("step: map, kind: decision, meetings: [summit, foreign_ministers], needs: {stance: acquiesces}, "
     "unless: {objection: raised}, waived: 0.3",
     "step: map, kind: decision, meetings: []", "ladder[1].meetings",
     "'meetings' is empty, so the step can never pass; allowed: calendars under 'meetings', or a chance under"),
    ("    ratification: {law: {weibull: {shape: 1.0, scale: 100}}}", "", "ladder[4]",
     "no 'ratification' law for ALB, DEU, ESP, GRC, HUN, NOR, ROU, SVK, TUR, USA, BIH; allowed:"),
    ("states: [calm, crisis]", "states: [calm, crisis, calm]", "chains.north.states[2]", "repeated: 'calm', first given"),
    ("{from: crisis, to: calm, rate: 2}", "{from: calm, to: crisis, rate: 2}", "chains.north.moves[1]",
     "repeated: calm to crisis, first given on line"),
    ("name: settled", "name: slow", "voters.GRC.stance.moves[1]", "repeated: slow, first given on line"),
    ("{step: map, kind", "{step: pfp, kind", "ladder[1]", "repeated: pfp, first given on line"),
    ("    stance:\n      start:", "    stance:\n      states: [no, recognises]\n      start:", "voters.GRC.stance.states",
     "stances differ from those of ALB, but all voters share them; allowed: [blocks, acquiesces, recognises]"),
]  # fmt: skip

CASES = [*KEYS_AND_TYPES, *NUMBERS, *NAMES, *SENSE]


def problems_of(text: str, folder=None) -> list[str]:
    with pytest.raises(ScenarioError) as error:
        load(text, folder)
    return error.value.problems


@pytest.mark.parametrize(("old", "new", "path", "message"), CASES, ids=[f"{c[2]}-{c[3][:20]}" for c in CASES])
def test_a_mistake_is_named_with_file_line_path_value_and_what_is_allowed(old, new, path, message):
    text = change(TOUR, old, new)
    found = problems_of(text)
    wanted = f": {path}: {message}"
    assert any(wanted in problem for problem in found), found
    problem = next(problem for problem in found if wanted in problem)
    first = line_of(TOUR, old if new else "step: membership")
    lines = range(first, first + new.count("\n") + 2)
    assert any(problem.startswith(f"test.yaml:{line}: ") for line in lines), problem


def test_every_problem_is_reported_in_the_order_of_lines():
    text = change(TOUR, "rate: 0.35", "rate: -1")
    text = change(text, "start: none                          #", "start: nome  #")
    text = change(text, "every: 1 year, from", "every: 1 yaer, from")
    text = change(text, "title: Grammar tour", "titel: Grammar tour")
    found = problems_of(text)
    lines = [int(problem.split(":")[1]) for problem in found]
    assert lines == sorted(lines)
    assert [problem.split(": ")[1] for problem in found] == [
        "titel", "chains.settlement.start", "chains.north.moves[0].rate", "calendar.summit.then.every"
    ]  # fmt: skip


def test_a_mistake_in_everyone_is_reported_once():
    text = change(
        TOUR,
        "objection: {states: [none, raised], start: none",
        "objection: {states: [none, raised], start: non",
    )
    assert problems_of(text) == [
        f"test.yaml:{line_of(TOUR, 'objection: {states')}: voters.everyone.objection.start: 'non' is not a state; "
        "did you mean 'none'? allowed: none, raised"
    ]
    text = change(TOUR, ", rate: objection_rate}", ", rate: 0.1, when: {goverment: same}}")
    assert len(problems_of(text)) == 1
    text = change(
        TOUR, "objection: {states: [none, raised], start: none,", "objection: {states: [none, raised],"
    )
    assert len(problems_of(text)) == 1


def test_at_most_twenty_problems_are_listed():
    wrong = "".join(f"  p{i}: -1\n" for i in range(30))
    found = problems_of(change(SMALL, "parameters:\n", "parameters:\n" + wrong))
    assert len(found) == 21
    assert found[-1] == "and 10 more"


def test_what_is_broken_makes_no_second_error():
    text = change(TOUR, "north: {states: [calm, crisis], start: calm,", "north: {states: 5, start: calm,")
    assert [problem.split(": ")[1] for problem in problems_of(text)] == ["chains.north.states"]
    text = change(
        TOUR, "us_inaugurations: {dates: [2029-01-20], then: {every: 4 years}}", "us_inaugurations: 5"
    )
    assert [problem.split(": ")[1] for problem in problems_of(text)] == ["calendar.us_inaugurations"]


def test_a_parameter_alone_needs_a_parent_that_explains_it():
    text = change(SMALL, "rate: {value: 0.5, unit: per year, basis: judged, source: made up}", "rate: 0.5")
    assert problems_of(text) == [
        "test.yaml:10: parameters.rate: a number alone, but no parent says its unit, basis and source; "
        "allowed: {value: …, unit: …, basis: …, source: …}"
    ]


def test_voters_without_any_chain_are_one_problem():
    text = change(SMALL, "  everyone:\n    stance: {states: [blocks, recognises], start: recognises}\n", "")
    assert (
        "test.yaml:11: voters: no stance is given for DEU; allowed: an entry for each voter, or 'everyone'"
        in (problems_of(text))
    )


def test_too_many_states():
    states = ", ".join(["blocks", "recognises", *(f"s{i}" for i in range(62))])
    text = change(SMALL, "states: [blocks, recognises]", f"states: [{states}]")
    assert problems_of(text) == [
        "test.yaml:13: voters.everyone.stance.states: 64 states; allowed: at most 63"
    ]


def test_a_table_needs_its_column_and_numbers(tmp_path):
    text = change(SMALL, "value: 0.5", "prior: {table: {file: t.csv, column: rate}}")
    for content, message in [
        ("rates\n1\n", "t.csv: no column 'rate'; did you mean 'rates'? allowed: rates"),
        ("rate,rate\n1,1\n", "t.csv: more than one column 'rate'; allowed: rate, rate"),
        ("rate\n1\n-1\n", "t.csv: row 3, column 'rate': '-1'; allowed: finite numbers, 0 or more"),
        ("rate,x\n1,1\n,1\n", "t.csv: row 3, column 'rate': ''; allowed: finite numbers, 0 or more"),
        ("rate\nnan\n", "t.csv: row 2, column 'rate': 'nan'; allowed: finite numbers, 0 or more"),
        ("rate\n", "t.csv: no rows; allowed: one row or more"),
        ("", "t.csv: the file is empty; allowed: a header row, and rows under it"),
    ]:
        (tmp_path / "t.csv").write_text(content)
        found = problems_of(text, tmp_path)
        assert len(found) == 1
        assert message in found[0]


def test_a_table_outside_the_folder_is_not_read(tmp_path):
    (tmp_path / "t.csv").write_text("rate\n1\n")
    (tmp_path / "below").mkdir()
    text = change(SMALL, "value: 0.5", "prior: {table: {file: ../t.csv, column: rate}}")
    assert "no table '../t.csv'" in problems_of(text, tmp_path / "below")[0]


def test_a_known_country_without_a_vote_is_told_from_an_unknown_code():
    text = change(TOUR, "members: {of: NATO, on: 2026-12-01}", "members: [DEU, GRC, TUR]")
    line = line_of(TOUR, "HUN: 0.3")
    assert problems_of(text) == [
        f"test.yaml:{line}: ladder[4].obstruction.by.HUN: HUN (Hungary) is not a voter here; allowed: DEU, GRC, TUR, BIH"
    ]
    text = change(SMALL, "members: [DEU, GRC]", "members: [DEU, GRC, GER]")
    assert "members[2]: 'GER' is not a known ISO code" in problems_of(text)[0]


def test_a_change_of_a_step_or_move_that_no_parent_has_offers_the_right_name(tmp_path):
    (tmp_path / "tour.yaml").write_text(TOUR)
    child = "schema: 1\nextends: tour.yaml\nladder:\n  - {step: invitatin, held: 0.2}\nvoters:\n  GRC:\n    stance:\n"
    child += "      moves: [{name: setled, rate: 2}]\n"
    step, move, to = problems_of(child, tmp_path)
    assert step == (
        "test.yaml:4: ladder[0]: missing key 'kind', and no parent has a step 'invitatin'; "
        "did you mean 'invitation'? allowed: decision, wait, ratification"
    )
    assert move == (
        "test.yaml:8: voters.GRC.stance.moves[0]: missing key 'from', and no parent has a move 'setled'; "
        "did you mean 'settled'?"
    )
    assert to == "test.yaml:8: voters.GRC.stance.moves[0]: missing key 'to'"
