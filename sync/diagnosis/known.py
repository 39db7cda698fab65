"""What a diagnosis starts from, as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.findings import Finding
from sync.model import LiveGroup, LivePerson
from sync.windows import KeepException, PostponedDelete


@dataclass(frozen=True, slots=True)
class Asked:
    """What the whole answer rests on. ``ums`` and ``live`` say where UMS's rows and itslearning's
    part come from; ``away`` are reasons why a source was not asked."""

    day: dt.date
    ums: str
    live: str
    held: str
    away: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of Students as the rules read it. ``trouble`` says in words why it is not valid, empty
    where it is; ``counts`` whether it counts today (rules.md 6)."""

    activity: str
    course: str
    starts: dt.date | None
    ends: dt.date | None
    employee: bool
    templates: tuple[str, ...]
    trouble: str
    counts: bool
    school: str

    @property
    def where(self) -> str:
        """``3b, Dansk``."""
        return ", ".join(part for part in (self.activity, self.course) if part) or "no activity"


@dataclass(frozen=True, slots=True)
class Said:
    """A change of a run about what is asked: what would happen, or happened, to what, and why."""

    run: str
    op: str
    kind: str
    key: str
    label: str
    status: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """All that is known of one person. ``reason`` is the rules' word on why UMS wants the person
    or not; ``since`` where it was made; ``live_known`` is false where nobody asked itslearning."""

    key: str
    name: str
    rows: Sequence[Row]
    wanted: bool
    reason: str
    held: bool
    since: str
    rooms: Sequence[tuple[str, str, str]]  # key, title, role: what was last sent
    live: LivePerson | None
    live_known: bool
    changes: Sequence[Said] = ()
    error: Said | None = None
    postponed: PostponedDelete | None = None
    exceptions: Sequence[KeepException] = ()
    findings: Sequence[Finding] = ()
    trashed: bool = False
    kept: bool = False  # only faulty rows stand for the person: everything stays as it is
    other_key: str = ""  # under which user name UMS has the same administrative id
    old_key: str = ""  # under which key somebody with the same administrative id is held

    @property
    def change(self) -> Said | None:
        """What the last plan does to the person itself."""
        return next((one for one in self.changes if one.kind == "person"), None)


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """All that is known of one room, group or place. ``rows`` counts the rows of UMS it stands
    for; ``path`` leads from the root, each part with the setting that decided it; ``staying`` are
    the learners for whom a room that has ended is not deleted (rules.md 14); ``problems`` are those
    of the last plan, ``problems_then`` of the run that made it."""

    key: str
    title: str
    kind: str
    rows: int
    wanted: bool
    reason: str
    held: bool
    since: str
    starts: dt.date | None
    ends: dt.date | None
    archived: dt.date | None
    empty_since: dt.date | None
    members: int
    path: Sequence[str]
    decided_by: str
    live: LiveGroup | None
    live_known: bool
    staying: Sequence[str] = ()
    changes: Sequence[Said] = ()
    error: Said | None = None
    problems: Sequence[str] = ()
    problems_then: Sequence[str] = ()
    exceptions: Sequence[KeepException] = field(default_factory=tuple)

    @property
    def change(self) -> Said | None:
        """What the last plan does to the room itself."""
        return next((one for one in self.changes if one.key == self.key), None)
