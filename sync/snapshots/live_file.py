"""The last reading of the persons at itslearning, kept so that questions can be asked without it.

One DuckDB file an organization, replaced by every reading; who somebody is, and no address, phone
number or birthday.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import duckdb

from sync.errors import RunFileDamaged

_COLUMNS = "key, user_name, first_name, last_name, role, email, nick"


def live_path(folder: Path, org: int) -> Path:
    """Where the last reading of an organization's site is kept."""
    return folder / f"live-{org:03d}.duckdb"


def keep_live(
    workspace: duckdb.DuckDBPyConnection, folder: Path, org: int, read_at: dt.datetime
) -> None:
    """Keep live_person of the workspace as the last reading. Raises RunFileDamaged."""
    path = live_path(folder, org)
    part = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        workspace.execute(f"ATTACH {_quoted(part)} AS kept_live")
        try:
            workspace.execute(
                f"CREATE TABLE kept_live.person AS SELECT {_COLUMNS} FROM live_person ORDER BY key"
            )
            workspace.execute(
                "CREATE TABLE kept_live.header AS SELECT ? AS read_at", [read_at.isoformat()]
            )
        finally:
            workspace.execute("DETACH kept_live")
        part.chmod(0o600)
        os.replace(part, path)  # noqa: PTH105 (replaces on Windows too)
    except (OSError, duckdb.Error) as error:
        raise RunFileDamaged(
            f"The reading of itslearning could not be kept in {folder}: "
            f"{str(error).splitlines()[0]}. Check free space and rights there."
        ) from error


def load_kept_live(
    workspace: duckdb.DuckDBPyConnection, folder: Path, org: int, *, names: tuple[str, ...] = ()
) -> dt.datetime | None:
    """Fill live_person from the last reading and give its moment; None where there is none.

    ``names`` limits it to those whose key or user name is among them. A reading that cannot be
    read any more counts as none: the next one replaces it.
    """
    path = live_path(folder, org)
    if not path.exists():
        return None
    try:
        workspace.execute(f"ATTACH {_quoted(path)} AS kept_live (READ_ONLY)")
        try:
            row = workspace.execute("SELECT read_at FROM kept_live.header").fetchall()[0]
            folded = [name.casefold() for name in names]
            where = (
                "WHERE lower(key) IN (SELECT unnest($names)) "
                "OR lower(user_name) IN (SELECT unnest($names))"
                if names
                else ""
            )
            workspace.execute(
                f"INSERT INTO live_person BY NAME SELECT * FROM kept_live.person {where}",
                {"names": folded} if names else None,
            )
        finally:
            workspace.execute("DETACH kept_live")
    except (duckdb.Error, IndexError):
        return None
    return dt.datetime.fromisoformat(row[0])


def kept_live_at(folder: Path, org: int) -> dt.datetime | None:
    """When the last reading was made; None where there is none."""
    path = live_path(folder, org)
    if not path.exists():
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return dt.datetime.fromisoformat(
                connection.execute("SELECT read_at FROM header").fetchall()[0][0]
            )
    except (duckdb.Error, IndexError):
        return None


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
