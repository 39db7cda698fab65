"""The search: accounts, likeness, stated facts, and the findings that follow."""

from __future__ import annotations

import duckdb

from sync.duplicates import explaining
from sync.duplicates.linkage import link
from sync.duplicates.matching import BLOCKS, CONSIDERED, FIELDS
from sync.findings import Finding
from sync.sql_files import read_sql, run_statements


def find(workspace: duckdb.DuckDBPyConnection, *, live: bool, behind: bool) -> list[Finding]:
    """The duplicates among wanted_person, live_person, held_person and held_trash, the preventable
    first, then by strength. Numbers and decisions are the caller's. Of more than
    ``explaining.MOST`` the least sure are left out, and ``left_out`` says how many.

    ``live`` is true where live_person was filled; ``behind`` where runs have written since it was
    read, so held mends it. The workspace may hold the tables ``birth`` (person, birth: equal where
    two were born on one day), ``live_birth`` (user_name, birth) and ``refused_by_trash`` (key:
    itslearning said it lies in the trash).
    """
    workspace.execute("CREATE TEMP TABLE IF NOT EXISTS birth (person VARCHAR, birth UHUGEINT)")
    workspace.execute(
        "CREATE TEMP TABLE IF NOT EXISTS live_birth (user_name VARCHAR, birth UHUGEINT)"
    )
    workspace.execute("CREATE TEMP TABLE IF NOT EXISTS refused_by_trash (key VARCHAR)")
    values = {"live": live, "behind": behind}
    for name in ("names", "accounts"):
        run_statements(workspace, read_sql(__package__, name), values)
    link(workspace, FIELDS, BLOCKS, considered=CONSIDERED)
    run_statements(workspace, read_sql(__package__, "facts"), values)
    levels = ", ".join(f"{field.sql} AS level_{field.name}" for field in FIELDS)
    workspace.execute(
        f"""CREATE OR REPLACE TEMP TABLE levelled AS
            SELECT s.*, v.* EXCLUDE (of_left, of_right) FROM stated s LEFT JOIN (
              SELECT DISTINCT p.left_id AS of_left, p.right_id AS of_right, {levels}
              FROM stated p JOIN record l ON l.id = p.left_id JOIN record r ON r.id = p.right_id) v
            ON v.of_left = s.left_id AND v.of_right = s.right_id"""
    )
    _let_go(workspace, "record", "sound", "identifier", "stated")
    run_statements(workspace, read_sql(__package__, "found"), values)
    _let_go(workspace, "scored", "levelled", "evidence", "judged")
    return explaining.findings(workspace)


def _let_go(workspace: duckdb.DuckDBPyConnection, *tables: str) -> None:
    """Where nobody has a key every account is in them, and they outweigh the findings."""
    for name in tables:
        workspace.execute(f"DROP TABLE {name}")


def accounts(workspace: duckdb.DuckDBPyConnection) -> int:
    """How many accounts the last search looked at."""
    row = workspace.execute("SELECT count(*) FROM account WHERE place <> 'source'").fetchone()
    return 0 if row is None else int(row[0])


def left_out(workspace: duckdb.DuckDBPyConnection) -> int:
    """How many findings the last search had no room for."""
    row = workspace.execute("SELECT count(*) FROM found").fetchone()
    return 0 if row is None else max(0, int(row[0]) - explaining.MOST)
