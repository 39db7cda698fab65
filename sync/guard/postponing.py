"""Which changes of a plan wait: for the end of a window, of an exception, or for the school year.

``postponement`` (a temporary table of the workspace) says for every postponed change since when it
is due and what holds it; the ledger and the forecast read it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import duckdb

from sync.guard.calendar import ONE_DAY, last_window, spoken_day
from sync.guard.dependents import keep_dependents_back
from sync.windows import KeepException, Window, WindowType

# Moving a room under the archive is no delete: what a window of delayed deletes protects is who can
# get at what, and that is decided by memberships.
DELETES = ("delete", "forget")

# The role of a change itself and, for a membership, that of its person.
ROLES = """
  SELECT c.seq, lower(coalesce(c.before ->> '$.role', c.after ->> '$.role', '')) AS role,
    CASE WHEN c.kind = 'membership' THEN lower(coalesce(hp.role, wp.role, '')) ELSE '' END
      AS person_role
  FROM change c
  LEFT JOIN held_person hp ON hp.key = c.person_key
  LEFT JOIN wanted_person wp ON wp.key = c.person_key
"""


def postpone(
    workspace: duckdb.DuckDBPyConnection,
    *,
    day: dt.date,
    windows: Sequence[Window] = (),
    exceptions: Iterable[KeepException] = (),
    school_year_starts: dt.date | None = None,
) -> None:
    """Give status ``postponed`` and the reason to the planned changes that have to wait on ``day``.

    Of several things that hold a change the one that lasts longest counts.
    """
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE postponement "
        "(seq BIGINT, due DATE, window_id INTEGER, exception_id INTEGER, message VARCHAR)"
    )
    if any(window.covers(day) for window in windows):
        _by_window(workspace, day, windows)
    keeps = [exception for exception in exceptions if day <= exception.until]
    if keeps:
        _by_exception(workspace, day, keeps)
    if school_year_starts is not None and day < school_year_starts:
        _by_school_year(workspace, day, school_year_starts)
    found = workspace.execute("SELECT 1 FROM postponement LIMIT 1").fetchone()
    if found is None:
        return
    if keeps:  # windows and the school year alone find a change once
        workspace.execute(
            "CREATE OR REPLACE TEMP TABLE postponement AS SELECT * FROM postponement "
            "QUALIFY row_number() OVER (PARTITION BY seq "
            "ORDER BY due DESC, exception_id DESC NULLS LAST, window_id) = 1"
        )
    workspace.execute(
        "UPDATE change SET status = 'postponed', message = p.message FROM postponement p "
        "WHERE change.seq = p.seq"
    )
    keep_dependents_back(workspace, "postponed")


def _by_window(
    workspace: duckdb.DuckDBPyConnection, day: dt.date, windows: Sequence[Window]
) -> None:
    with_roles = any(window.role is not None for window in windows)
    # Windows tell changes apart by kind, school and role only, so each scope is asked once.
    columns = "kind, school, deletes, role, person_role"
    roles = "JOIN guard_role r USING (seq)" if with_roles else ""
    if with_roles:
        workspace.execute(f"CREATE OR REPLACE TEMP TABLE guard_role AS {ROLES}")
    names = "r.role, r.person_role" if with_roles else "'' AS role, '' AS person_role"
    workspace.execute(
        "CREATE OR REPLACE TEMP VIEW guard_scoped AS "
        f"SELECT c.seq, c.kind, c.school, c.op IN {DELETES} AS deletes, {names} "
        f"FROM change c {roles} WHERE c.status = 'planned' AND c.op <> 'note'"
    )
    scopes = []
    for kind, school, deletes, role, person_role in workspace.execute(
        f"SELECT DISTINCT {columns} FROM guard_scoped"
    ).fetchall():
        window = last_window(windows, day, kind, school, (role, person_role), delete=deletes)
        if window is not None:
            word = "frozen" if window.type is WindowType.FREEZE and not deletes else "held"
            message = f"{word} until {spoken_day(window.ends, day)}, on purpose"
            scopes.append(
                (
                    kind,
                    school,
                    deletes,
                    role,
                    person_role,
                    window.ends + ONE_DAY,
                    window.id,
                    message,
                )
            )
    if not scopes:
        return
    workspace.execute(
        "INSERT INTO postponement SELECT c.seq, s.due, s.window_id, NULL, s.message "
        "FROM guard_scoped c JOIN (SELECT unnest(?::VARCHAR[]) AS kind, "
        "unnest(?::VARCHAR[]) AS school, unnest(?::BOOLEAN[]) AS deletes, "
        "unnest(?::VARCHAR[]) AS role, unnest(?::VARCHAR[]) AS person_role, "
        "unnest(?::DATE[]) AS due, unnest(?::INTEGER[]) AS window_id, "
        f"unnest(?::VARCHAR[]) AS message) s USING ({columns})",
        [list(column) for column in zip(*scopes, strict=True)],
    )


def _by_exception(
    workspace: duckdb.DuckDBPyConnection, day: dt.date, keeps: Sequence[KeepException]
) -> None:
    rows = [
        (
            keep.target.value,
            keep.key.casefold() if keep.target == "person" else keep.key,
            keep.until + ONE_DAY,
            keep.id,
            f"kept until {spoken_day(keep.until, day)}: {keep.reason}",
        )
        for keep in keeps
    ]
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE guard_keep AS SELECT unnest(?::VARCHAR[]) AS target, "
        "unnest(?::VARCHAR[]) AS key, unnest(?::DATE[]) AS due, unnest(?::INTEGER[]) AS id, "
        "unnest(?::VARCHAR[]) AS message",
        [list(column) for column in zip(*rows, strict=True)],
    )
    # A kept room also stays where it is: it is not moved under the archive.
    leaving = f"c.status = 'planned' AND c.op IN {(*DELETES, 'archive')}"
    workspace.execute(
        f"""
        INSERT INTO postponement SELECT c.seq, k.due, NULL, k.id, k.message
        FROM change c JOIN guard_keep k ON k.target = 'person' AND k.key = lower(c.person_key)
        WHERE c.kind IN ('person', 'membership') AND {leaving}
        UNION ALL
        SELECT c.seq, k.due, NULL, k.id, k.message
        FROM change c JOIN guard_keep k ON k.target = 'room' AND k.key = c.key
        WHERE c.kind IN ('node', 'group', 'course') AND {leaving}
        UNION ALL
        SELECT c.seq, k.due, NULL, k.id, k.message
        FROM change c JOIN guard_keep k ON k.target = 'room' AND k.key = c.group_key
        WHERE c.kind = 'membership' AND {leaving}
        UNION ALL
        SELECT c.seq, k.due, NULL, k.id, k.message
        FROM change c JOIN guard_keep k ON k.target = 'school' AND k.key = c.school
        WHERE {leaving}"""
    )


def _by_school_year(
    workspace: duckdb.DuckDBPyConnection, day: dt.date, school_year_starts: dt.date
) -> None:
    # Courses of the coming year that arrive before it starts join the year that is ending.
    workspace.execute(
        "INSERT INTO postponement SELECT c.seq, ?::DATE, NULL, NULL, ? "
        "FROM change c JOIN room_start r ON r.key = c.key WHERE c.kind = 'course' "
        "AND c.op = 'create' AND c.status = 'planned' AND r.starts >= ?::DATE",
        [
            school_year_starts,
            f"waits for the school year, which starts on {spoken_day(school_year_starts, day)}",
            school_year_starts,
        ],
    )
