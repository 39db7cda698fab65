"""Was the source read to its end, and does it look like itself? Asked before any difference.

The costliest failure of this kind of program is a failed or partial reading taken for "everybody
has left" (peers.md 5.1). A reading that stopped early or found nothing is FAILED: nothing may be
derived from it and nobody can approve it (readings.md 57). One that was read to its end and is much
smaller or emptier than the last good one is DOUBTFUL: a new school year looks like that as well,
so a person may approve it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import duckdb

from sync.model import FilterCell, Verdict

# A source that shrinks by more than this share of the last good reading is doubted; the failsafe
# of UMS itself stops at the same share (itslearning-operations.md 8.7).
SHRINK_PERCENT = 20
# A column that is empty in this many more rows of a hundred than last time is doubted.
EMPTIED_PERCENT = 20
# Fewer than this many rows or keys gone are never doubted; the filter looks at them anyway.
SMALL_LOSS = 5

# Columns of Students that rules.md 1 to 21 read. Those that criteria name are added by the caller.
RULE_COLUMNS = (
    "StudieNr",
    "Fornavne",
    "Efternavn",
    "StartDato",
    "SlutDato",
    "AktivitetsID",
    "Aktivitet",
    "ActivityDisplayName",
    "Kort_Betegnelse",
    "Aktiviteter_StartDato",
    "Aktiviteter_SlutDato",
    "Skolefag",
    "Skolekode",
    "WorkMail",
    "PrivateMail",
    "PhoneNumber",
    "MobilePhone",
    "Adresse",
    "PostNummer",
    "City",
)


class ReadLevel(StrEnum):
    """How far a reading can be trusted."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReadingFacts:
    """What one reading found, in rows. A good one is kept as the measure of the next.

    ``counted`` is the COUNT taken before reading; ``empty`` says per column in how many rows it
    holds nothing.
    """

    rows: int
    counted: int
    keys: int
    empty: Mapping[str, int] = field(default_factory=dict)
    finished: bool = True


@dataclass(frozen=True, slots=True)
class ReadVerdict:
    """What is to be thought of a reading, in words. ``rule`` names the check that decided."""

    level: ReadLevel
    rule: str
    words: str
    count: int = 0
    of: int = 0


def source_facts(
    workspace: duckdb.DuckDBPyConnection,
    *,
    counted: int,
    columns: Iterable[str] = RULE_COLUMNS,
    finished: bool = True,
) -> ReadingFacts:
    """The facts of a reading of Students, from the ``student`` table of the workspace."""
    return _facts(workspace, "student", "StudieNr", counted, tuple(columns), finished)


def live_facts(
    workspace: duckdb.DuckDBPyConnection, *, counted: int, finished: bool = True
) -> ReadingFacts:
    """The facts of a reading of itslearning's persons, from ``live_person``.

    ``counted`` is the number of persons that itslearning announced.
    """
    columns = ("key", "user_name", "first_name", "last_name", "role")
    return _facts(workspace, "live_person", "key", counted, columns, finished)


def check_reading(
    now: ReadingFacts,
    last: ReadingFacts | None,
    *,
    what: str = "Students",
    may_be_empty: bool = False,
) -> ReadVerdict:
    """Judge a reading against the count before it and against the last good reading.

    ``what`` names the source in the words. ``may_be_empty`` is for a live site, which may well
    hold nobody yet.
    """
    if not now.finished:
        return ReadVerdict(
            ReadLevel.FAILED,
            "unfinished",
            f"Reading {what} broke off after {now.rows:,} rows. Mend the connection, plan again.",
            now.rows,
            now.counted,
        )
    if now.rows != now.counted:
        return ReadVerdict(
            ReadLevel.FAILED,
            "incomplete",
            f"{what}: {now.rows:,} rows were read where {now.counted:,} were counted before. "
            "Plan again when nothing else writes there.",
            now.rows,
            now.counted,
        )
    if now.rows == 0 and not (may_be_empty and (last is None or last.rows == 0)):
        before = f"; the last good reading had {last.rows:,}" if last and last.rows else ""
        return ReadVerdict(
            ReadLevel.FAILED,
            "empty",
            f"{what} has 0 rows: the source is empty{before}. An empty source is never taken for "
            "everybody having left. Fill it and plan again.",
            0,
            last.rows if last else 0,
        )
    if now.keys == 0 and not may_be_empty:
        return ReadVerdict(
            ReadLevel.FAILED,
            "no-keys",
            f"None of the {now.rows:,} rows of {what} has a key: the source is empty of persons. "
            "Mend it and plan again.",
            0,
            now.rows,
        )
    if last is not None:
        doubt = _shrunk(now, last, what) or _emptied(now, last, what)
        if doubt:
            return doubt
    return ReadVerdict(
        ReadLevel.GOOD, "complete", f"{what}: all {now.rows:,} rows were read.", now.rows, now.rows
    )


def read_cells(verdicts: Sequence[ReadVerdict], *, deletes: int) -> list[FilterCell]:
    """The filter lines of readings that are not good.

    A shrunken reading with no delete to send holds nothing back, it warns.
    """
    cells = []
    for verdict in verdicts:
        if verdict.level is ReadLevel.GOOD:
            continue
        harmless = verdict.rule == "shrunk" and deletes == 0
        cells.append(
            FilterCell(
                kind="reading",
                op=verdict.rule,
                scope="site",
                count=verdict.count,
                of=verdict.of,
                limit=_LIMITS[verdict.rule],
                level=Verdict.WARN if harmless else Verdict.HOLD,
                reason=verdict.words,
            )
        )
    return cells


_LIMITS = {
    "unfinished": "complete",
    "incomplete": "complete",
    "empty": "not empty",
    "no-keys": "not empty",
    "shrunk": f"-{SHRINK_PERCENT}%",
    "emptied": f"+{EMPTIED_PERCENT}%",
}


def _facts(
    workspace: duckdb.DuckDBPyConnection,
    table: str,
    key: str,
    counted: int,
    columns: tuple[str, ...],
    finished: bool,
) -> ReadingFacts:
    shares = ", ".join(
        f"count(*) FILTER (coalesce(trim(\"{name}\"::VARCHAR), '') = '')" for name in columns
    )
    row = workspace.execute(
        f"SELECT count(*), count(DISTINCT lower(nullif(trim({key}), ''))), {shares} FROM {table}"
    ).fetchone()
    assert row is not None
    return ReadingFacts(
        rows=row[0],
        counted=counted,
        keys=row[1],
        empty=dict(zip(columns, row[2:], strict=True)),
        finished=finished,
    )


def _shrunk(now: ReadingFacts, last: ReadingFacts, what: str) -> ReadVerdict | None:
    for name, new, old in (("rows", now.rows, last.rows), ("different keys", now.keys, last.keys)):
        lost = old - new
        if lost > SMALL_LOSS and lost * 100 > SHRINK_PERCENT * old:
            return ReadVerdict(
                ReadLevel.DOUBTFUL,
                "shrunk",
                f"{what} has {new:,} {name} where the last good reading had {old:,}: "
                f"-{_percent(lost, old)} %. More than -{SHRINK_PERCENT} % lets no delete through. "
                "If the source is right, approve; else mend it and plan again.",
                lost,
                old,
            )
    return None


def _emptied(now: ReadingFacts, last: ReadingFacts, what: str) -> ReadVerdict | None:
    for name, empty in now.empty.items():
        if name not in last.empty or not now.rows or not last.rows:
            continue
        more = empty * last.rows - last.empty[name] * now.rows  # over now.rows * last.rows
        scale = now.rows * last.rows
        if more * 100 > EMPTIED_PERCENT * scale and more > SMALL_LOSS * last.rows:
            return ReadVerdict(
                ReadLevel.DOUBTFUL,
                "emptied",
                f"{what}: the column {name} is empty in {_percent(empty, now.rows)} % of the rows, "
                f"at the last good reading in {_percent(last.empty[name], last.rows)} %. "
                "If the source is right, approve; else mend it and plan again.",
                empty,
                now.rows,
            )
    return None


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}".removesuffix(".0")
