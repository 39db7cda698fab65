"""Who is who as a double: findings, decisions and answers, as the verbs give them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sync.errors import UmstuiError
from sync.findings import (
    Account,
    Comparison,
    Decided,
    Diagnosis,
    Fact,
    Finding,
    FindingClass,
    Resolution,
    Search,
    Strength,
)
from sync.model import Progress, ProgressListener

READ = dt.datetime(2026, 11, 21, 17, 40, tzinfo=dt.timezone(dt.timedelta(hours=1)))


def a_finding(
    number: int, cls: FindingClass, strength: Strength, given: str, family: str, user: str
) -> Finding:
    """Two accounts of somebody."""
    short = f"{given.split(maxsplit=1)[0]} {family}"
    by_hand = Account("", user, short, "Student", f"{user}@fjordby.example",
                      "", "itslearning", f"u:{user}")  # fmt: skip
    place = "ums" if cls is FindingClass.KEY_MISSING else "itslearning"
    key = f"fj{118200 + number}"
    wanted = Account(key, key, f"{given} {family}", "Student", f"{user}@fjordby.example",
                     "Fjordby Skole", place, f"k:{key}")  # fmt: skip
    keep = user if place == "ums" else key
    return Finding(
        number, cls, strength, (by_hand, wanted), keep,
        ("a given name is equal", "the family names are equal", "a mail address is the same"),
        (f"Give the key {key} to {user} before the next run.",),
        (
            Comparison("name", by_hand.name, wanted.name, "~"),
            Comparison("sync key", "(none)", key, "!"),
            Comparison("user name", user, key, "!"),
            Comparison("mail", by_hand.email, wanted.email, "="),
            Comparison("school", "", "Fjordby Skole", "!"),
            Comparison("where", "at itslearning", "not made yet", " "),
            Comparison("rooms", "0", "0", " "),
        ),
        place == "ums", f"k:{key} + u:{user}", (f"k:{key}",),
    )  # fmt: skip


def some_findings() -> list[Finding]:
    """One of most classes."""
    return [
        a_finding(1, FindingClass.KEY_MISSING, Strength.CERTAIN, "Nora Kjær", "Ølgaard", "noraol"),
        a_finding(2, FindingClass.KEY_MISSING, Strength.STRONG, "Aksel", "[b]Holm", "akselh"),
        a_finding(3, FindingClass.PAIR, Strength.STRONG, "Minh Anh", "Nguyễn", "minhn"),
        a_finding(4, FindingClass.DOUBLE_SYNC, Strength.MEDIUM, "Ida Marie", "Sørensen", "fj99"),
    ]


@dataclass
class DoublePeople:
    """Answers as the real verbs do."""

    written: list[tuple[object, ...]]
    findings: list[Finding] = field(default_factory=some_findings)
    dismissed: int = 0
    error: UmstuiError | None = None
    searched: bool = True
    overtaken: bool = False  # whether something is known since the last search
    searches: list[bool] = field(default_factory=list)  # whether each asked the site
    asked: list[tuple[str, str, bool]] = field(default_factory=list)

    def last_search(self, org: int) -> Search | None:
        self._fail()
        return replace(self._found(), overtaken=self.overtaken) if self.searched else None

    def search(self, org: int, progress: ProgressListener, *, live: bool) -> Search:
        progress(Progress("reading persons at itslearning", 412, 1204))
        self.searches.append(live)
        self._fail()
        self.searched, self.overtaken = True, False
        return self._found()

    def _found(self) -> Search:
        return Search(1, tuple(self.findings), 1204, READ, None, self.dismissed)

    def resolve(self, org: int, number: int, keep: str, progress: ProgressListener) -> Resolution:
        self.written.append(("resolve", number, keep))
        self._fail()
        finding = self._decide(number, "keep", f"keep {keep}", "314")
        return Resolution(finding, keep, "314", ("Look at run 314 and carry it out.",))

    def dismiss(self, org: int, number: int, reason: str) -> Finding:
        self.written.append(("dismiss", number, reason))
        finding = self._decide(number, "different", reason)
        self.findings.remove(finding)
        self.dismissed += 1
        return finding

    def put_off(self, org: int, number: int, reason: str) -> Finding:
        self.written.append(("put off", number, reason))
        return self._decide(number, "later", reason)

    def support_pack(self, org: int, numbers: Sequence[int]) -> str:
        return f"Duplicate users: request to itslearning support\n{list(numbers)}\n"

    def diagnose(self, org: int, person: str, room: str, *, live: bool) -> Diagnosis:
        self._fail()
        self.asked.append((person, room, live))
        at = "itslearning, asked 2026-11-21 19:40" if live else "itslearning, as read 17:40"
        if person and room:
            summary = (
                f"Sofie [b]Jensen ({person}) is in itslearning, but not in 3b Math: its row on 3b "
                "ended 12 August 2026."
            )
        else:
            summary = f"Sofie [b]Jensen ({person or room}) is in itslearning as UMS has it."
        return Diagnosis(
            summary,
            (
                Fact("UMS row", "3b, Math, student, from 1 August 2026 to 12 August 2026: does not "
                     "count today", "Students, read 2026-11-21 19:40"),
                Fact("UMS row", "3b, Dansk, student, from 1 August 2026 to 31 July 2027: counts "
                     "today", "Students, read 2026-11-21 19:40"),
                Fact("held", "yes, since run 310 of 2026-11-18", "held after run 313"),
                Fact("at itslearning", "yes, key fj104001", at),
            ),
            ("If that is wrong, correct the row in the administrative system, then plan again.",),
        )  # fmt: skip

    def _decide(self, number: int, answer: str, reason: str, run: str = "") -> Finding:
        for place, finding in enumerate(self.findings):
            if finding.id == number:
                said = Decided(answer, "mk", READ, reason, "", run)
                self.findings[place] = replace(finding, decided=said)
                return self.findings[place]
        raise AssertionError(number)

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error
