"""Duplicate users and answers of the diagnosis as plain frozen values; beside the model, importing
nothing of ours."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class FindingClass(StrEnum):
    """What kind of duplicate it is (cli.md), in the order in which they are shown."""

    KEY_MISSING = "key-missing"  # made by hand, UMS has the person, not yet made: preventable
    PAIR = "pair"  # made by hand, and once more by a sync
    DOUBLE_SYNC = "double-sync"  # two sync keys, one person
    USERNAME_TAKEN = "username-taken"  # another account has the user name that UMS wants
    KEY_IN_TRASH = "key-in-trash"  # the key that UMS wants lies in itslearning's trash
    SOURCE_DUPLICATE = "source-duplicate"  # one person twice in Students
    ADMIN_WITH_KEY = "admin-with-key"  # an administrator that a sync could reach


class Strength(StrEnum):
    """How sure it is, the surest first; ``MEANINGS`` says what each rests on."""

    CERTAIN = "certain"
    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


MEANINGS: dict[Strength, str] = {
    Strength.CERTAIN: "a sync key or a user name itself says so",
    Strength.STRONG: "the name and a mail address, an identifier or the birth date agree",
    Strength.MEDIUM: (
        "the name and one more fact agree: class, user name, part of the mail, or in UMS the birth "
        "date"
    ),
    Strength.WEAK: "only the name agrees: it may be somebody else of that name",
}


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a finding. ``place`` is where it is: itslearning, ums (the next run would
    make it), trash, or source (rows of Students that make nobody). ``identity`` is what it is
    known by from one search to the next."""

    key: str
    user_name: str
    name: str
    role: str
    email: str
    school: str
    place: str
    identity: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of a side-by-side view. ``mark`` is = ~ ! or a blank, as in a diff."""

    field: str
    left: str
    right: str
    mark: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody said of a finding: ``different``, ``later`` or ``keep``, with who, when and
    why; for ``keep`` also which account, and the run that does it where one is needed."""

    answer: str
    operator: str
    decided_at: dt.datetime
    reason: str
    keep: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Accounts that seem to be one person's, or stand in one's way.

    ``keep`` is the key (the user name, where there is none) of the account to keep, empty where
    none can be suggested; ``because`` is the evidence in words; ``advice`` what to do about it;
    ``prevents`` is true where the next run would make the duplicate; ``wanted`` names the
    identities of the accounts that UMS wants.
    """

    id: int
    cls: FindingClass
    strength: Strength
    accounts: tuple[Account, ...]
    keep: str
    because: tuple[str, ...]
    advice: tuple[str, ...]
    comparison: tuple[Comparison, ...]
    prevents: bool
    identity: str
    wanted: tuple[str, ...] = ()
    decided: Decided | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """The findings of one search. ``read_at`` is when the persons at itslearning were read, None
    where they never were; ``overtaken`` where a run ended, or itslearning was read, after it;
    ``next_run`` when the scheduler is expected to sync, where it is known;
    ``dismissed`` counts pairs that somebody called different people."""

    org: int
    findings: tuple[Finding, ...]
    accounts: int
    read_at: dt.datetime | None
    next_run: dt.datetime | None
    dismissed: int
    remarks: tuple[str, ...] = ()
    overtaken: bool = False

    def time_left(self, now: dt.datetime) -> str:
        """How long something can still be prevented: ``3 h 20 min``; empty where nobody knows."""
        if self.next_run is None:
            return ""
        hours, minutes = divmod(max(0, int((self.next_run - now).total_seconds() // 60)), 60)
        return f"{hours} h {minutes} min" if hours else f"{minutes} min"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the diagnosis looked at, and where it stands: a row, a rule or a run."""

    what: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The answer to a support question: one sentence, what it rests on, what to do."""

    summary: str
    facts: tuple[Fact, ...]
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What resolving a finding came to: the run that gives the key to the account to keep, empty
    where nothing is to be sent, and what else is to be done."""

    finding: Finding
    keep: str
    run: str
    next: tuple[str, ...]
