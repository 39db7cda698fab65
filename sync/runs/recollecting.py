"""A memory of UMS that disagrees with the last run: noticed, said, and believed only as far as
itslearning itself agrees."""

from __future__ import annotations

import duckdb
import sqlalchemy as sa

from sync.model import RunState
from sync.runs.installation import Installation
from sync.runs.storing import Base, nothing_held
from sync.ums.memory import MemoryDifferences, hold_memory, memory_differences, read_memory
from sync.ums.organizations import Organization

REASON = "memory"
Disagreement = tuple[str, int]
"""A sentence, empty where there is none, and how many rows disagree."""
_FINISHED = frozenset({RunState.APPLIED, RunState.APPLIED_WITH_FAILURES})


def recollect(
    organization: Organization, workspace: duckdb.DuckDBPyConnection, told: str, number: int
) -> bool:
    """True where the plan must look at itslearning itself, because UMS's memory and the held tables
    of the workspace disagree, as ``disagreement`` told.

    Then what only memory knows stands among what is held, and ``problem`` says so: neither side is
    believed alone, nobody is created once more. Needs what reading UMS filled.
    """
    if not told:
        return False
    hold_memory(workspace, organization.id)
    told += (
        "; what itslearning itself shows was taken (memberships made there by hand get a key by "
        "being read), carrying out this run puts it right"
    )
    subject = f"organization {organization.id}"
    workspace.execute("INSERT INTO problem VALUES (?, ?, ?, ?)", [REASON, subject, number, told])
    return True


def disagreement(
    installation: Installation,
    source: sa.Engine,
    organization: Organization,
    workspace: duckdb.DuckDBPyConnection,
    base: Base,
) -> Disagreement:
    """One sentence on how UMS's memory disagrees with the held tables, and in how many rows; empty
    where it agrees.

    Another program wrote, memory was cleaned, or what this program knew is lost. While a run is
    being carried out memory lags behind, and is not asked. Raises SchemaMismatch and
    DatabaseUnreachable.
    """
    if base.run is not None and base.run.summary.state not in _FINISHED:
        return "", 0
    read_memory(source, installation.mapping, workspace, organization.id)
    never = nothing_held(workspace)
    found = memory_differences(workspace)
    if found.agree or (never and not found.remembered):
        return "", 0
    number = found.missing + found.extra + found.different + found.flags
    return _told(found, never=never), number


def _told(found: MemoryDifferences, *, never: bool) -> str:
    if never:
        return f"UMS's memory has {found.remembered} rows and nothing is known of them here"
    if not found.remembered:
        return f"UMS's memory is empty where {found.held} rows are held"
    parts = (
        (found.missing, "missing"),
        (found.extra, "too many"),
        (found.different, "different"),
        (found.flags, "flags different"),
    )
    said = ", ".join(f"{number} {word}" for number, word in parts if number)
    return f"UMS's memory disagrees with the last run ({said})"
