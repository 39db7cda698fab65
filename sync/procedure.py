"""The words of the clean-up and of what follows it, as plain frozen values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What an installation that still uses the vendor's own program types afterwards (ums.md 2.14).
VENDOR_COMMANDS: tuple[str, ...] = (
    "itslearning.exe ChangeAllPersonIdentifiersToUserName",
    "itslearning.exe usersonly",
    "itslearning.exe usersonly",
)

PARALLEL_IMPORT = (
    "If anything else sends persons to this site under their old keys, such as a file import, it "
    "will take everybody for strangers and make them a second time: stop it first."
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Something that UMS remembers and would not make again after a clean-up.

    ``kind`` is person, course, group or node. ``known`` is true where this program holds it and
    will go on looking after it; else it becomes an orphan.
    """

    kind: str
    key: str
    label: str
    known: bool


@dataclass(frozen=True, slots=True)
class Orphan:
    """A room or group at itslearning with a key that UMS once made and nothing here knows.
    ``found`` says where its key comes from."""

    key: str
    title: str
    kind: str  # course | group
    parent: str
    found: str


@dataclass(frozen=True, slots=True)
class RekeyObstacle:
    """Why a person's key cannot become the user name: no-user-name, key-too-long, user-name-twice,
    course-creator, key-taken or key-in-trash."""

    reason: str
    key: str
    detail: str


@dataclass(frozen=True, slots=True)
class RekeyPreview:
    """What re-keying would do. ``strangers`` are among the persons and neither held here nor in
    Students: some other system made them; ``case_only`` differ in case alone and stay."""

    confirm: str
    persons: int
    memberships: int
    unchanged: int
    case_only: int
    without_key: int
    strangers: int
    obstacles: Sequence[RekeyObstacle]
    sample: Sequence[tuple[str, str, str]]  # old key, new key, name


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What the steps after a clean-up will do, read from the site (rules.md 23 and 24)."""

    rekey: RekeyPreview
    adopted: int
    created: int
    without_key: Sequence[str]


@dataclass(frozen=True, slots=True)
class BackupEntry:
    """A backup of UMS's memory in its folder; ``due`` once it should be removed."""

    name: str
    organization: int | None
    made_at: str
    made_by: str
    remove_after: dt.date | None
    due: bool


@dataclass(frozen=True, slots=True)
class OrganizationMemory:
    """What UMS remembers of one organization."""

    id: int
    name: str
    tables: Mapping[str, int]
    flags: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CleanupPreview:
    """Everything a person sees before a clean-up.

    ``organization`` is None for all of them; ``obstacles`` say why it would be refused now,
    ``calendar`` what of the calendar has to be overridden in so many words.
    """

    confirm: str
    organization: int | None
    tables: Mapping[str, int]
    flags: Mapping[str, int]
    organizations: Sequence[OrganizationMemory]
    forgotten: Sequence[Forgotten]
    obstacles: Sequence[str]
    calendar: Sequence[str]
    backups: Sequence[BackupEntry]
    follow_up: FollowUp | None = None
    unknown: str = ""  # why it cannot be said what is forgotten; empty where it can

    @property
    def rows(self) -> int:
        """How many rows go."""
        return sum(self.tables.values())

    @property
    def orphans(self) -> Sequence[Forgotten]:
        """What nobody will delete any more."""
        return [item for item in self.forgotten if not item.known]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What a clean-up did: the rows it deleted, the flags as they are now."""

    backup: str
    tables: Mapping[str, int]
    flags: Mapping[str, int]
    remove_after: dt.date


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What restoring a backup would do: ``tables`` come back, ``now`` stands in their way."""

    backup: str
    organization: int | None
    made_at: str
    made_by: str
    tables: Mapping[str, int]
    flags: Mapping[int, Mapping[str, int]]
    now: Mapping[str, int]
    obstacles: Sequence[str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the procedure. ``state`` is done, next, open (a run waits) or later."""

    id: str
    title: str
    state: str
    who: str = ""
    when: dt.datetime | None = None
    words: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """Where the clean-up of an organization stands."""

    steps: Sequence[Step]
    without_key: Sequence[str] | None = None

    @property
    def next(self) -> Step | None:
        """The step to be taken now; None where all are done."""
        return next((step for step in self.steps if step.state in {"next", "open"}), None)
