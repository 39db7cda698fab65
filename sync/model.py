"""The words of the field as plain frozen values; the lowest floor, importing nothing of ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a change is about (cli.md, JSON of plan)."""

    PERSON = "person"
    NODE = "node"
    GROUP = "group"
    COURSE = "course"
    MEMBERSHIP = "membership"
    EVENT = "event"


class Operation(StrEnum):
    """What happens to it. Adopt, restore, move, archive, forget and re-key stand for themselves,
    they are never shown as a delete and a create."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADOPT = "adopt"  # a person without key, or with an itsla- key, gets the wanted key
    RESTORE = "restore"  # a create whose key lies in itslearning's trash
    REKEY = "rekey"  # the sync key of a person, or of a membership, changes
    MOVE = "move"  # another parent in the hierarchy
    ARCHIVE = "archive"  # a move under UMS Courses archive
    FORGET = "forget"  # no longer ours, untouched at itslearning: DeleteSites = Manual, or a person
    # whom another organization on the same site has too
    NOTE = "note"  # only our own memory changes (WhenEmpty, ...); never counted, never sent


class ChangeStatus(StrEnum):
    """Where one change stands (cli.md, runs export)."""

    PLANNED = "planned"
    POSTPONED = "postponed"
    HELD = "held"
    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class RunState(StrEnum):
    """Where a run stands (cli.md)."""

    PLANNED = "planned"
    HELD = "held"
    APPROVED = "approved"
    APPLYING = "applying"
    APPLIED = "applied"
    APPLIED_WITH_FAILURES = "applied_with_failures"
    REJECTED = "rejected"
    FAILED = "failed"


class Verdict(StrEnum):
    """What the guard says of a whole run."""

    PASS = "pass"  # noqa: S105 (the verdict, not a password)
    WARN = "warn"
    HOLD = "hold"
    FROZEN = "frozen"


class OutcomeStatus(StrEnum):
    """What became of one item that was sent."""

    OK = "ok"
    FAILED = "failed"  # itslearning refused it; never blindly sent again
    UNKNOWN = "unknown"  # the answer was lost and a second look did not settle it


@dataclass(frozen=True, slots=True)
class Person:
    """A person as itslearning is told of it (rules.md 7, readings.md 16 and 17).

    In the contact fields None leaves alone what itslearning has, an empty text clears it.
    """

    key: str
    user_name: str
    first_name: str
    last_name: str
    role: str
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A hierarchy node, a group or a course (imses-protocol.md 5).

    ``type`` is an itslearning group type: Unspecified, School, Course, ...; ``course`` is true
    where the group carries a course with its own key; ``template_key`` and ``creator_key`` count
    at creation only (rules.md 15); ``extension`` holds further fields as (name, value).
    """

    key: str
    title: str
    parent_key: str
    type: str = "Unspecified"
    course: bool = False
    template_key: str | None = None
    creator_key: str | None = None
    extension: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    """One person in one group (imses-protocol.md 6). ``key`` is the membership's own sync key."""

    key: str
    person_key: str
    group_key: str
    role: str


@dataclass(frozen=True, slots=True)
class Event:
    """A timetable block as a calendar event (imses-protocol.md 8.3). Times are UTC."""

    key: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    title: str
    description: str
    course_key: str


@dataclass(frozen=True, slots=True)
class LivePerson:
    """A person as itslearning shows it; ``key`` is None for one that was made by hand."""

    key: str | None
    user_name: str
    first_name: str
    last_name: str
    role: str
    email: str = ""
    phone: str = ""
    mobile: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    nick: str = ""
    born: str = field(default="", repr=False)  # never stored: only Births looks at it

    @property
    def administrator(self) -> bool:
        """True for the profile that is never touched (rules.md 8, readings.md 4)."""
        return self.role.casefold() == "administrator"


@dataclass(frozen=True, slots=True)
class LiveGroup:
    """A hierarchy node, group or course as itslearning shows it; ``parent_key`` is None where the
    parent has no key. ``course`` is true where it carries a course."""

    key: str | None
    title: str
    parent_key: str | None
    type: str
    course: bool = False


@dataclass(frozen=True, slots=True)
class LiveMembership:
    """One person in one group as itslearning shows it. ``role`` is the literal name of the role,
    also where itslearning answers with its number (imses-protocol.md 6.2)."""

    key: str | None
    person_key: str
    group_key: str
    role: str


UNKNOWN_OBJECT = "unknownobject"
"""itslearning's minor code where it has no such thing, or has it in the trash."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for one item of a batch, in the order of the batch."""

    status: OutcomeStatus
    message: str = ""
    code: str = ""  # itslearning's minor code, or one of sync.itslearning.refusals

    @property
    def ok(self) -> bool:
        """True where itslearning confirmed the item."""
        return self.status is OutcomeStatus.OK

    @property
    def unknown_object(self) -> bool:
        """True where itslearning has no such thing, or has it in the trash."""
        return self.code == UNKNOWN_OBJECT


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a plan, with everything the screens, the export and the executor need.

    ``before`` and ``after`` are whole rows (None where there was or will be none).
    """

    seq: int
    kind: Kind
    op: Operation
    key: str
    label: str
    school: str
    reason: str
    status: ChangeStatus
    before: Mapping[str, str | None] | None
    after: Mapping[str, str | None] | None
    message: str = ""
    loss: str = ""  # what an undo of it would not bring back
    along: int = 0  # memberships that go with it and are counted here once (readings.md 55)

    @property
    def fields(self) -> dict[str, tuple[str | None, str | None]]:
        """What differs, field by field, as (old, new)."""
        before, after = self.before or {}, self.after or {}
        names = dict.fromkeys((*before, *after))
        pairs = {name: (before.get(name), after.get(name)) for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


THIS_RUN = "RUN"
"""Stands for a run's number in what the guard says before the run has one."""


@dataclass(frozen=True, slots=True)
class FilterCell:
    """One limit and what it says: a kind and operation over the site or one school."""

    kind: str
    op: str
    scope: str  # "site", or a school
    count: int
    of: int
    limit: str  # "5%", "12", "5% or 12"
    level: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the source that a person should mend (readings.md 50)."""

    reason: str
    key: str
    count: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """How far the carrying out of a run has come, in items."""

    ok: int = 0
    failed: int = 0
    skipped: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as the lists show it (cli.md, runs list)."""

    run: str
    org: int
    as_of: dt.date
    state: RunState
    verdict: Verdict
    fingerprint: str
    counts: Mapping[str, Mapping[str, int]]
    applied: Applied
    made_at: dt.datetime
    made_by: str
    users_only: bool = False
    takes_back: str | None = None  # the run that this one undoes
    message: str = ""  # why it ended as it did, where the state alone does not say it
    confirm: str = ""  # what must be typed to carry it out; empty: how many it deletes, if any

    @property
    def changes(self) -> int:
        """How many changes the plan holds, postponed ones left out."""
        return sum(
            number
            for operations in self.counts.values()
            for operation, number in operations.items()
            if operation != "postpone"
        )

    @property
    def deletes(self) -> int:
        """The number in the confirmation ``delete N`` (readings.md 41)."""
        return sum(operations.get("delete", 0) for operations in self.counts.values())

    @property
    def typed(self) -> str:
        """What must be typed before it is carried out; empty where nothing must."""
        return self.confirm or (f"delete {self.deletes}" if self.deletes else "")


@dataclass(frozen=True, slots=True)
class Loss:
    """What an undo of a run would not bring back, in words, and how many changes it concerns."""

    kind: str
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run with its filter verdicts and problems (cli.md, JSON of plan)."""

    summary: RunSummary
    filter: Sequence[FilterCell] = ()
    problems: Sequence[Problem] = ()
    without_key: Sequence[str] | None = None  # users-only runs end with this list (rules.md 24)
    losses: Sequence[Loss] = ()


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of ``umstui check``: ok, warning or error, about what, and what to do."""

    level: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts: operating-system user, host, and the SSH client where there is one."""

    name: str
    host: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long step has come. ``total`` is 0 while it is not known."""

    step: str
    done: int = 0
    total: int = 0


ProgressListener = Callable[[Progress], None]


def ignore_progress(_: Progress) -> None:
    """The listener of those who do not watch."""


# What changes can be sorted by; plan is the order of carrying out.
CHANGE_ORDERS = ("plan", "name", "school", "key", "reason")


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Filter words over a plan; empty fields choose everything (console.md 6.2)."""

    kinds: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    school: str = ""
    words: tuple[str, ...] = ()
    seqs: frozenset[int] = field(default_factory=frozenset)
