"""Identity churn: the keys have changed, not the people (readings.md 48).

Many objects leave and as many come with the same names when a source starts to number them anew.
Carried out, every account would be deleted and made again, empty.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from sync.guard.limits import judge
from sync.guard.verdicts import Churn, Rekeying
from sync.model import THIS_RUN, FilterCell, Kind, Verdict
from sync.settings import Filter, Limit

SHOWN = 1000  # pairs that a finding lists; it counts all of them

_PERSON_NAME = "lower(trim(first_name || ' ' || last_name))"
# A room that vanished from the source leaves by way of the archive (readings.md 2).
_LEAVING = "('delete', 'forget', 'archive')"
_COMING = "('create', 'restore')"

# What the keys of rooms are made of (rules.md 10, 11, 18, 20): undone there, the old ones stay.
_CUT = "NodeStartIndex, NodeLength, NodeAddShortDescription"
_MADE_OF: dict[str, str] = {
    Kind.NODE: "the sub account settings or the values of their columns",
    Kind.GROUP: f"the names of activities, the templates, or the cut of keys ({_CUT})",
    Kind.COURSE: f"the names of activities or the cut of keys ({_CUT})",
}
# What stands under a node moves to the new one; what was made in a room does not.
_LOST: dict[str, str] = {
    Kind.NODE: "",
    Kind.GROUP: ": the new ones begin without what was made in the old ones",
    Kind.COURSE: ": the new ones begin without what was made in the old ones",
}


def find_churn(
    workspace: duckdb.DuckDBPyConnection,
    held: Mapping[tuple[str, str | None], int],
    settings: Filter,
) -> tuple[list[Churn], list[FilterCell]]:
    """The kinds whose keys seem to have changed, and the filter lines that hold the run for it.

    A kind is found where pairs of equal names make up more than ``churn_percent`` of what is held
    and at least half of what leaves.
    """
    limit = Limit(percent=settings.churn_percent)
    findings: list[Churn] = []
    cells: list[FilterCell] = []
    for kind, (leaving, coming) in _candidates(workspace).items():
        of = held.get((kind, None), 0)
        if judge(min(leaving, coming), of, limit, settings).level is not Verdict.HOLD:
            continue
        _pair(workspace, kind)
        row = workspace.execute(
            "SELECT coalesce(sum(least(len(old_keys), len(new_keys))), 0) FROM guard_pair"
        ).fetchone()
        assert row is not None
        pairs = int(row[0])
        judgement = judge(pairs, of, limit, settings)
        if judgement.level is not Verdict.HOLD or pairs * 2 < leaving:
            continue
        proposals = tuple(
            Rekeying(*found)
            for found in workspace.execute(
                "SELECT old_keys[1], new_keys[1], name FROM guard_pair "
                f"WHERE len(old_keys) = 1 AND len(new_keys) = 1 ORDER BY name LIMIT {SHOWN}"
            ).fetchall()
        )
        findings.append(Churn(kind, leaving, coming, pairs, proposals))
        cells.append(
            FilterCell(
                kind=kind,
                op="churn",
                scope="site",
                count=pairs,
                of=of,
                limit=judgement.limit,
                level=Verdict.HOLD,
                reason=_words(kind, leaving, coming, pairs, proposals),
            )
        )
    return findings, cells


def _candidates(workspace: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    rows = workspace.execute(
        f"SELECT kind, count(*) FILTER (op IN {_LEAVING}), count(*) FILTER (op IN {_COMING}) "
        "FROM change WHERE status = 'planned' GROUP BY kind"
    ).fetchall()
    churning = {Kind.PERSON, Kind.NODE, Kind.GROUP, Kind.COURSE}
    return {kind: (leaving, coming) for kind, leaving, coming in rows if kind in churning}


def _pair(workspace: duckdb.DuckDBPyConnection, kind: str) -> None:
    if kind == Kind.PERSON:
        old, new, old_name = "held_person", "wanted_person", _PERSON_NAME
    else:
        old, new, old_name = "held_group", "wanted_group", "lower(trim(title))"
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE guard_pair AS SELECT * FROM "
        f"(SELECT {old_name} AS name, list(c.key ORDER BY c.key) AS old_keys "
        f"FROM change c JOIN {old} o ON o.key = c.key WHERE c.kind = $kind "
        f"AND c.op IN {_LEAVING} AND c.status = 'planned' GROUP BY ALL) "
        f"JOIN (SELECT {old_name} AS name, list(c.key ORDER BY c.key) AS new_keys "
        f"FROM change c JOIN {new} n ON n.key = c.key WHERE c.kind = $kind "
        f"AND c.op IN {_COMING} AND c.status = 'planned' GROUP BY ALL) USING (name)",
        {"kind": kind},
    )


def _words(
    kind: str, leaving: int, coming: int, pairs: int, proposals: tuple[Rekeying, ...]
) -> str:
    words = (
        f"the keys seem to have changed: {leaving:,} {kind}s would leave and {coming:,} "
        f"would be created, {pairs:,} of them with equal names"
    )
    if proposals:
        first = proposals[0]
        such = f"such as {first.old_key} -> {first.new_key} ({first.name})"
        if kind == Kind.PERSON:
            return (
                f"{words}. Proposed: give the old ones the new keys, {such}; "
                f"`umstui rekey --from-run {THIS_RUN} preview` says how"
            )
        words += f", {such}"
    if kind == Kind.PERSON:
        return words
    return (
        f"{words}. Only persons can be given new keys: where it is not meant, undo in UMS what "
        f"changed {_MADE_OF[kind]}, and plan again; where it is, approve the run{_LOST[kind]}"
    )
