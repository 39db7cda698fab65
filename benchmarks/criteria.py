"""Hostile criteria: how many are refused and what they cost (`python -m benchmarks.criteria`).

The list is that of tests/ums/hostile_criteria.py; the harmless ones in it are carried out over
20,000 rows.
"""

from __future__ import annotations

import datetime as dt
import resource
import time

from sync.errors import CriteriaRefused
from sync.ums import tables
from sync.ums.criteria import translate
from tests.ums.databases import new_workspace
from tests.ums.hostile_criteria import HARMLESS, HOSTILE, REFUSED

COLUMNS = [column.name for column in tables.STUDENTS.columns]
DAY = dt.date(2026, 8, 10)


def used(text: str) -> tuple[str | None, float]:
    """The translation, None where it is refused, and the processor seconds that took."""
    before = time.process_time()
    try:
        return translate(text, COLUMNS, DAY), time.process_time() - before
    except CriteriaRefused:
        return None, time.process_time() - before


def main() -> None:
    """Try them all."""
    tried = list(dict.fromkeys(text for text, _ in REFUSED + HOSTILE))
    refused = {text: seconds for text in tried for sql, seconds in (used(text),) if sql is None}
    slowest = max(refused, key=lambda text: refused[text])
    print(f"hostile criteria: {len(refused)} refused of {len(tried)} tried")
    print(f"slowest refusal: {refused[slowest]:.2f} s of processor, {slowest[:40]!r}")
    with new_workspace() as workspace:
        workspace.execute(
            "INSERT INTO student (row_number, UserTypes_ID, StudieNr, City) "
            "SELECT i, 1, 's' || i, repeat('a', 255) FROM range(20000) t(i)"
        )
        longest = (0.0, "")
        for text in HARMLESS:
            sql, seconds = used(text)
            before = time.process_time()
            workspace.execute(f"SELECT count(*) FROM student WHERE {sql}").fetchall()
            longest = max(longest, (seconds + time.process_time() - before, text))
    print(f"harmless ones that look like them: {len(HARMLESS)} carried out")
    print(f"slowest over 20,000 rows: {longest[0]:.2f} s of processor, {longest[1][:40]!r}")
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
