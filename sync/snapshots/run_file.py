"""Run files: one sealed DuckDB file a run, written once, read by everyone.

A file holds the plan's changes with their inverse, its problems, and what was held before the run:
whole in a *keyframe*, else only what differs from the file it builds on. Any two runs compare by
attaching both; a run file is also the evidence that support sends on.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sync.errors import RunFileDamaged
from sync.snapshots.filling import HELD_TABLES, READ_FORMATS, Header, fill

# A day's few differences must not cost blocks of a quarter of a megabyte, a keyframe must not be
# cut into thousands of small ones: that takes twice the time and a quarter more room.
SMALL_BLOCK, LARGE_BLOCK = 16384, 32768
_LARGE_FROM_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The folder of an installation's run files.

    ``fingerprint_of`` says what the plan of a run is, None where that is not known: the files of
    another installation have the same names.
    """

    folder: Path
    fingerprint_of: Callable[[int], str | None] = lambda _: None

    def path(self, run: int) -> Path:
        """Where the file of a run is kept."""
        return self.folder / f"run-{run:06d}.duckdb"


def seal(workspace: duckdb.DuckDBPyConnection, files: RunFiles, header: Header) -> Path:
    """Write the run file of a finished plan and make it read-only.

    The file appears under its name only when it is whole: a kill before that leaves nothing but a
    ``.part`` file that the next plan overwrites. Raises RunFileDamaged where it cannot be written.
    """
    path = files.path(header.run)
    seal_as(path, workspace, header)
    return path


def seal_as(
    path: Path,
    workspace: duckdb.DuckDBPyConnection,
    header: Header,
    more: Sequence[str] = (),
) -> None:
    """Write a run file under any name, with the tables ``more`` of the workspace besides. Raises
    RunFileDamaged where it cannot be written."""
    part = path.with_suffix(f"{path.suffix}.part" if more else ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove(part)
        size = LARGE_BLOCK if _rows(workspace, header) > _LARGE_FROM_ROWS else SMALL_BLOCK
        workspace.execute(f"ATTACH {_quoted(part)} AS sealed (BLOCK_SIZE {size})")
        try:
            fill(workspace, header)
            for table in more:
                workspace.execute(f"CREATE TABLE sealed.{table} AS FROM {table}")
        finally:
            workspace.execute("DETACH sealed")
        part.chmod(stat.S_IRUSR | stat.S_IRGRP)
        try:
            os.replace(part, path)  # noqa: PTH105 (replaces on Windows too)
        except PermissionError:
            remove(path)
            os.replace(part, path)  # noqa: PTH105
    except (OSError, duckdb.Error) as error:
        raise RunFileDamaged(
            f"The run file {path.name} could not be written to {path.parent}: "
            f"{_first_line(error)}. Check free space and rights there, then plan again; nothing "
            "was sent."
        ) from error


def remove(path: Path) -> None:
    """Take a run file away, where it is there. Raises OSError."""
    try:
        path.unlink(missing_ok=True)
    except PermissionError:  # Windows neither removes nor replaces what is read-only
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        path.unlink(missing_ok=True)


def _rows(workspace: duckdb.DuckDBPyConnection, header: Header) -> int:
    tables = ["change", *(table.name for table in HELD_TABLES if header.base is None)]
    counts = " + ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    rows = workspace.execute(f"SELECT {counts}").fetchall()
    return int(rows[0][0])


def open_run_file(files: RunFiles, run: int) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the file of a run. Raises RunFileDamaged where it is not whole."""
    path = files.path(run)
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise damaged(path, error) from error
    try:
        connection.execute("SET enable_progress_bar = false")
        _header_of(connection, files, run, "")
    except RunFileDamaged:
        connection.close()
        raise
    return connection


def read_header(files: RunFiles, run: int) -> Header:
    """The header of a run's file. Raises RunFileDamaged."""
    connection = open_run_file(files, run)
    try:
        return _header_of(connection, files, run, "")
    finally:
        connection.close()


def attach(connection: duckdb.DuckDBPyConnection, files: RunFiles, run: int, name: str) -> Header:
    """Attach the file of a run read-only under ``name`` and give its header. Raises RunFileDamaged,
    and then nothing is left attached."""
    path = files.path(run)
    try:
        connection.execute(f"ATTACH {_quoted(path)} AS {name} (READ_ONLY)")
    except duckdb.Error as error:
        raise damaged(path, error) from error
    try:
        return _header_of(connection, files, run, f"{name}.")
    except RunFileDamaged:
        connection.execute(f"DETACH {name}")
        raise


def load_changes(workspace: duckdb.DuckDBPyConnection, files: RunFiles, run: int) -> None:
    """Put the changes of a run's file into ``change`` of the workspace. Raises RunFileDamaged."""
    attach(workspace, files, run, "loaded")
    try:
        workspace.execute("INSERT INTO change BY NAME FROM loaded.change")
    finally:
        workspace.execute("DETACH loaded")


def damaged(path: Path, error: Exception) -> RunFileDamaged:
    """The sentence for a run file that cannot be used."""
    if not path.exists():
        return RunFileDamaged(
            f"The run file {path} is missing: lost, or older than [snapshots] keep_days. {_WAY_ON}"
        )
    return RunFileDamaged(
        f"The run file {path} is cut off, damaged or not one of umstui's "
        f"({_first_line(error)}). {_WAY_ON}"
    )


@contextmanager
def whole(files: RunFiles, run: int) -> Iterator[None]:
    """While the file of a run is read: what is cut off or damaged behind its beginning shows only
    then. Raises RunFileDamaged."""
    try:
        yield
    except duckdb.Error as error:
        if _says_damage(error):
            raise damaged(files.path(run), error) from error
        raise


@contextmanager
def all_whole() -> Iterator[None]:
    """While several attached files are read, as :func:`whole`. Raises RunFileDamaged, which names
    the file as far as DuckDB does."""
    try:
        yield
    except duckdb.Error as error:
        if _says_damage(error):
            raise RunFileDamaged(
                f"A run file that is needed is cut off or damaged ({_first_line(error)}). {_WAY_ON}"
            ) from error
        raise


def name_damaged(files: RunFiles, run: int) -> None:
    """Read all of a run's file and of those it builds on, to find the one that is not whole: of
    several attached files DuckDB does not say which it was. Raises RunFileDamaged, which names it.
    """
    current: int | None = run
    while current is not None:
        connection = open_run_file(files, current)
        try:
            with whole(files, current):
                tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
                for (table,) in tables:
                    connection.execute(f"SELECT bit_xor(hash(t)) FROM {table} t").fetchall()
                current = _header_of(connection, files, current, "").base
        finally:
            connection.close()


def _says_damage(error: duckdb.Error) -> bool:
    return any(words in str(error) for words in _SAID_OF_DAMAGE)


_SAID_OF_DAMAGE = ("Could not read enough bytes", "Corrupt database file")
_WAY_ON = (
    "Put it back from a backup, or plan again with `umstui plan`; where that asks for it too, "
    "`umstui plan --live` goes on from UMS's memory and from what itslearning shows."
)


def _header_of(
    connection: duckdb.DuckDBPyConnection, files: RunFiles, run: int, prefix: str
) -> Header:
    """The header of an open file. Raises RunFileDamaged where it is not that of the run."""
    path = files.path(run)
    try:
        row = connection.execute(f"SELECT * FROM {prefix}header").fetchone()
        if row is None or row[0] not in READ_FORMATS:
            raise duckdb.Error("its format is not known to this version of umstui")
    except duckdb.Error as error:
        raise damaged(path, error) from error
    form, said_run, org, as_of, made_at, fingerprint, base, steps, first, last = row[:10]
    if said_run != run:
        raise RunFileDamaged(
            f"{path} says it is run {said_run}, not {run}: it was renamed or copied. "
            f"Put the right file back, or plan again."
        )
    if files.fingerprint_of(run) not in (None, fingerprint):
        raise RunFileDamaged(
            f"{path} holds another plan than run {run} of this installation: it came from another "
            f"one. {_WAY_ON}"
        )
    return Header(
        run=run,
        org=org,
        as_of=as_of,
        made_at=made_at,
        fingerprint=fingerprint,
        base=base,
        steps=steps,
        arrived=None if first is None else (first, last),
        form=form,
    )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
