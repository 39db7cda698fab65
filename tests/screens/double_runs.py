"""Runs in memory: their changes, filter and problems, read as a sealed plan is."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sync.model import (
    Applied,
    Change,
    ChangeFilter,
    ChangeStatus,
    FilterCell,
    Kind,
    Operation,
    Problem,
    RunState,
    RunSummary,
    Verdict,
)
from sync.stages import STAGES, Stage

NOW = dt.datetime(2026, 11, 21, 19, 40, tzinfo=dt.timezone(dt.timedelta(hours=1)))
SCHOOLS = ("Fjordby Skole", "Havn Skole", "Åkirke Ungdomsskole")
FIRST = ("Sofie", "Victor", "Ea", "Ølga", "Bo", "Liv", "Åse", "Jonas", "Ida Marie", "Nora")
LAST = ("Jensen", "Holm", "Friis Jensen", "Østergård", "Dahl", "Nguyễn", "Kjær", "Sørensen")
TRASH = (
    "comes back from itslearning's trash; once that was emptied, a new account is made and the "
    "old work is lost"
)


def person(seq: int) -> str:
    """A fictional name."""
    return f"{FIRST[seq % len(FIRST)]} {LAST[seq * 7 % len(LAST)]}"


def change(seq: int, kind: Kind, op: Operation, status: ChangeStatus) -> Change:
    """One change with everything a row and the detail pane show."""
    name, key = person(seq), f"fj{104000 + seq}"
    school = SCHOOLS[seq % len(SCHOOLS)]
    before: dict[str, str | None] | None = None
    after: dict[str, str | None] | None = None
    if kind is Kind.PERSON:
        row: dict[str, str | None] = {
            "user_name": key,
            "first_name": name.rsplit(" ", 1)[0],
            "last_name": name.rsplit(" ", 1)[1],
            "role": "Student",
            "email": f"{key}@fjordby.example",
        }
        before = None if op is Operation.CREATE else row
        after = None if op is Operation.DELETE else row
        if op is Operation.UPDATE:
            before = {**row, "email": "", "last_name": "Muller"}
        label = name
    elif kind is Kind.COURSE:
        label, key = f"{seq % 9 + 1}A Dansk", f"UMSCourse_{seq % 9 + 1}A_{seq}"
        after = {"title": label, "parent_key": "UMSCourses"}
    else:
        label, key = f"{name} in {seq % 9 + 1}A", f"{key}@UMSCourse_{seq % 9 + 1}A"
        after = {"role": "Learner"}
        if op is Operation.DELETE:
            before, after = after, None
    reasons = {
        Operation.CREATE: "row counts from 16-11-2026",
        Operation.UPDATE: "name and mail differ",
        Operation.DELETE: "gone from Students since Fri 20 Nov",
        Operation.MOVE: "the class moved under another school",
    }
    loss = TRASH if (kind, op) == (Kind.PERSON, Operation.DELETE) else ""
    return Change(seq, kind, op, key, label, school, reasons[op], status, before, after, loss=loss)


def a_plan(
    *,
    create: int = 14,
    update: int = 37,
    delete: int = 61,
    courses: int = 8,
    members: int = 215,
    held: bool = True,
) -> list[Change]:
    """The changes of one run, in the order of carrying out."""
    wanted: list[tuple[Kind, Operation]] = (
        [(Kind.COURSE, Operation.CREATE)] * courses
        + [(Kind.PERSON, Operation.CREATE)] * create
        + [(Kind.PERSON, Operation.UPDATE)] * update
        + [(Kind.MEMBERSHIP, Operation.CREATE)] * (members - members // 3)
        + [(Kind.MEMBERSHIP, Operation.DELETE)] * (members // 3)
        + [(Kind.PERSON, Operation.DELETE)] * delete
    )  # fmt: skip
    return [
        change(
            seq, kind, op,
            ChangeStatus.HELD if held and (kind, op) == (Kind.PERSON, Operation.DELETE)
            else ChangeStatus.PLANNED,
        )
        for seq, (kind, op) in enumerate(wanted, start=1)
    ]  # fmt: skip


def fold(text: str) -> str:
    """Case and accents away, as the plan reader folds."""
    spelt = text.casefold().replace("ø", "oe").replace("æ", "ae").replace("å", "aa")
    return "".join(c for c in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(c))


def chosen_by(choice: ChangeFilter, row: Change) -> bool:
    """Whether a filter chooses a change."""
    text = fold(f"{row.label} {row.key} {row.school} {row.reason} {row.message}")
    return (
        (not choice.kinds or row.kind in choice.kinds)
        and (not choice.operations or row.op in choice.operations)
        and (not choice.statuses or row.status in choice.statuses)
        and (not choice.seqs or row.seq in choice.seqs)
        and fold(choice.school) in fold(row.school)
        and all(
            (fold(word[1:]) not in text) if word.startswith("!") else fold(word) in text
            for word in choice.words
        )
    )


@dataclass
class StoredRun:
    """A run with its changes; decisions and outcomes are laid over them."""

    summary: RunSummary
    changes: list[Change]
    filter: Sequence[FilterCell] = ()
    problems: Sequence[Problem] = ()

    def __enter__(self) -> StoredRun:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held open."""

    def refresh(self) -> None:
        """Always up to date."""

    def count(self, choice: ChangeFilter) -> int:
        return sum(chosen_by(choice, row) for row in self.changes)

    def page(
        self, choice: ChangeFilter, offset: int, limit: int, order: str = "plan"
    ) -> list[Change]:
        keys = {"name": "label", "school": "school", "key": "key", "reason": "reason"}
        rows = [row for row in self.changes if chosen_by(choice, row)]
        if order != "plan":
            rows.sort(key=lambda row: (getattr(row, keys[order]), row.seq))
        return rows[offset : offset + limit]

    def tally(self, choice: ChangeFilter = ChangeFilter()) -> dict[str, dict[str, int]]:  # noqa: B008
        numbers: dict[str, dict[str, int]] = {}
        for row in self.changes:
            if chosen_by(choice, row):
                numbers.setdefault(row.kind, Counter())[row.op] += 1
        return numbers

    def schools(self) -> list[str]:
        return sorted({row.school for row in self.changes})

    def stages(self) -> list[tuple[Stage, dict[tuple[str, str], int]]]:
        found = []
        for stage in STAGES:
            numbers: Counter[tuple[str, str]] = Counter(
                (row.kind, row.op)
                for row in self.changes
                if row.kind in stage.kinds and row.op in stage.operations
                and row.status in {"planned", "ok", "failed"}
            )  # fmt: skip
            if numbers:
                found.append((stage, dict(numbers)))
        return found


def counts_of(changes: Sequence[Change]) -> dict[str, dict[str, int]]:
    """Counts as a run's summary has them."""
    numbers: dict[str, dict[str, int]] = {}
    for row in changes:
        numbers.setdefault(row.kind, Counter())[row.op] += 1
    return numbers


def a_run(
    run: str,
    changes: list[Change],
    state: RunState = RunState.PLANNED,
    *,
    verdict: Verdict = Verdict.PASS,
    made_at: dt.datetime = NOW - dt.timedelta(minutes=31),
    applied: Applied | None = None,
    made_by: str = "mk",
) -> StoredRun:
    """A stored run."""
    sent = applied or Applied(pending=len(changes))
    summary = RunSummary(
        run, 1, made_at.date(), state, verdict, f"{run}c0ffee", counts_of(changes), sent, made_at,
        made_by,
    )  # fmt: skip
    deletes = sum(
        row.kind == "person" and row.op == "delete" for row in changes
    )  # fmt: skip
    cells: list[FilterCell] = [
        FilterCell("person", "create", "site", 14, 1004, "25%", Verdict.PASS, ""),
        FilterCell("person", "update", "site", 37, 1004, "75%", Verdict.PASS, ""),
        FilterCell("membership", "delete", "site", 71, 9411, "20%", Verdict.PASS, ""),
        FilterCell(
            "person", "delete", "site", deletes, 1004, "5%",
            Verdict.HOLD if deletes > 50 else Verdict.PASS, "",
        ),
    ]  # fmt: skip
    if verdict is Verdict.HOLD:
        cells.append(FilterCell("person", "delete", "Havn Skole", 21, 300, "5%", Verdict.HOLD, ""))
    problems = [Problem("date", "fj104999", 3, "StartDato 31-02-2026"),
                Problem("name-conflict", "fj104998", 2, "two names for one StudieNr")]  # fmt: skip
    return StoredRun(summary, changes, cells, problems)
