"""What each file of ``seeds/`` holds: its columns, what their cells may say, and what makes a row unique."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CONFIDENCES = ("high", "medium", "low")


@dataclass(frozen=True)
class Column:
    """What the cells of one column may hold: a kind of ``cells.KINDS``, or one of the words ``allowed``."""

    kind: str
    required: bool
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """What one file must hold.

    ``key`` names the columns that make a row unique; of each pair in ``order`` the second column may not
    lie before the first; of each pair in ``either`` exactly one is filled.
    """

    columns: Mapping[str, Column]
    key: tuple[str, ...]
    order: tuple[tuple[str, str], ...] = ()
    either: tuple[tuple[str, str], ...] = ()
    """What ended, and the last day on which what may have ended since was seen to last."""


def _table(
    key: str,
    order: tuple[tuple[str, str], ...] = (),
    words: Mapping[str, tuple[str, ...]] | None = None,
    either: tuple[tuple[str, str], ...] = (),
    **kinds: str,
) -> Table:
    """A table from its columns by kind (``!`` marks a column that is never empty) and its columns of words.

    Of the columns of words ``?`` marks one that may be empty. Every table also has a source, a confidence and a note.
    """
    columns = {"source": Column("text", True), "confidence": Column("word", True, CONFIDENCES)}
    columns["note"] = Column("text", False)
    for name, allowed in (words or {}).items():
        columns[name.removesuffix("?")] = Column("word", not name.endswith("?"), allowed)
    for kind, names in kinds.items():
        columns |= {name.removesuffix("!"): Column(kind, name.endswith("!")) for name in names.split()}
    return Table(columns, tuple(key.split()), order, either)


_MILESTONES = (
    "independence application_pfp pfp ipap intensified_dialogue map_requested map membership_applied "
    "invitation protocol_signed acceded suspended withdrawn"
)

_EU_STEPS = (
    "application opinion_asked opinion candidate talks_opened clusters_opened talks_closed treaty membership "
    "frozen withdrawn"
)
_COUNCIL_OF_EUROPE_STEPS = "application opinion_asked pace_opinion committee_invites membership left"
_BLOCKS = ("recognition", "identity", "conditions", "caution", "leverage")

TABLES: dict[str, Table] = {
    "countries": _table("iso3", words={"united_nations": ("yes", "no")}, code="iso3!", text="name!"),
    "members": _table(
        "iso3",
        order=(("joined", "left"), ("last_election", "next_election")),
        words={
            "eu_member": ("yes", "no"),
            "parliament": ("unicameral", "bicameral"),
            "elections_confidence": CONFIDENCES,
        },
        country="iso3!",
        text="name!",
        day="joined! left recognised_kosovo",
        date="last_election! next_election!",
        number="population_millions! term_years!",
    ),
    "memberships": _table(
        "organisation country joined",
        order=(("joined", "left"),),
        words={"organisation": ("European Union", "Council of Europe")},
        country="country!",
        day="joined! left",
    ),
    "eu_steps": _table(
        "country step date",
        words={"step": tuple(_EU_STEPS.split())},
        country="country!",
        countries="blocked_by",
        date="date",
    ),
    "eu_ratifications": _table(
        "candidate member",
        order=(("signed", "deposited"),),
        country="candidate! member!",
        day="signed!",
        date="deposited",
    ),
    "council_of_europe_steps": _table(
        "country step date",
        words={"step": tuple(_COUNCIL_OF_EUROPE_STEPS.split())},
        country="country!",
        date="date",
    ),
    "elections": _table(
        "country kind date status",
        words={"kind": ("parliament", "inauguration"), "status": ("held", "expected", "latest")},
        country="country!",
        date="date!",
    ),
    "council_meetings": _table(
        "date kind",
        words={"kind": ("summit", "foreign_ministers", "special")},
        date="date!",
        text="place! decisions",
    ),
    "holdout_evidence": _table(
        "iso3 date event",
        words={
            "direction": ("-2", "-1", "0", "1", "2"),
            "gate_relevance": ("recognition", "practical", "pfp", "nato", "coe", "eu"),
        },
        country="iso3!",
        date="date!",
        text="event!",
    ),
    "kosovo_facts": _table("date fact", date="date!", text="fact! unit", number="value"),
    "recognitions": _table(
        "state", order=(("recognised", "withdrawn"),), country="state!", date="recognised! withdrawn"
    ),
    "milestones": _table(
        "country milestone date",
        words={"milestone": tuple(_MILESTONES.split())},
        country="country!",
        date="date",
    ),
    "protocols": _table(
        "protocol",
        order=(("invited", "signed"), ("signed", "entry_into_force"), ("entry_into_force", "acceded")),
        country="candidate!",
        text="protocol! candidate_name!",
        day="invited! signed! entry_into_force! acceded!",
        number="members_ratifying!",
    ),
    "ratifications": _table(
        "protocol member",
        order=(
            ("approved", "deposited"),
            ("signed", "deposited"),
            ("not_before", "not_after"),
            ("signed", "not_before"),
        ),
        country="candidate! member!",
        text="protocol!",
        day="signed!",
        date="approved deposited not_before not_after",
    ),
    "blocks": _table(
        "organisation candidate blocker gate start",
        order=(("start", "end"), ("start", "last_seen")),
        either=(("end", "last_seen"),),
        words={"kind": _BLOCKS},
        country="candidate!",
        countries="blocker",
        text="organisation! gate! decision! reason! resolved_by",
        date="start! end last_seen",
    ),
    "partnership_entries": _table(
        "country eligible_from",
        order=(
            ("eligible_from", "entered"),
            ("wished", "entered"),
            ("decided", "entered"),
            ("blocked_from", "blocked_until"),
            ("eligible_from", "last_seen"),
        ),
        either=(("entered", "last_seen"),),
        words={"kind?": _BLOCKS},
        country="country!",
        countries="blocked_by",
        text="reason",
        date="eligible_from! wished decided entered last_seen blocked_from blocked_until",
    ),
    "applications_consensus_orgs": _table(
        "organisation",
        order=(("applied", "decided"),),
        text="organisation! outcome! rule vote_GRC vote_ROU vote_SVK vote_ESP",
        date="applied decided",
        number="votes_for votes_against abstentions",
    ),
    "settlements": _table(
        "dispute",
        order=(("start", "end"), ("talks", "end"), ("start", "last_seen")),
        either=(("end", "last_seen"),),
        words={
            "kind_of_end": ("settlement", "normalisation", "absorption", "lapse", "open"),
            "left_state": ("yes", "no"),
            "no_war": ("yes", "no"),
            "membership": ("yes", "no"),
            "similar": ("target", "close", "partial", "distant"),
        },
        text="dispute! parties! family!",
        date="start! talks end last_seen",
    ),
    "votes": _table(
        "country date body",
        words={"kind": ("state", "delegates", "council"), "vote": ("for", "abstain", "against", "missing")},
        country="country!",
        date="date!",
        text="body!",
    ),
    "covariates": _table(
        "covariate country start",
        order=(("start", "end"),),
        words={
            "covariate": ("washington", "north", "settlement", "government"),
            "state": ("engaged", "crisis", "interim", "softer", "harder"),
        },
        country="country",
        date="start! end",
        number="share!",
    ),
    "normalisations": _table(
        "text country",
        order=(("agreed", "recognised"), ("agreed", "last_seen")),
        either=(("recognised", "last_seen"),),
        country="country!",
        text="text! dispute!",
        day="agreed!",
        date="recognised last_seen",
    ),
}
