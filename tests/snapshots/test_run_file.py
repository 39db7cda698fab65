"""Run files are the evidence of every run; a wrong or broken one must be named, never believed."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import duckdb
import pytest

from sync.errors import RunFileDamaged
from sync.snapshots.filling import COUNTED, FORMAT, Header
from sync.snapshots.held import apply_outcome, load_held
from sync.snapshots.run_file import RunFiles, open_run_file, seal
from sync.snapshots.workspace import open_workspace


def header(run: int, base: int | None = None, steps: int = 0) -> Header:
    """A run file's header."""
    return Header(run, 1, dt.date(2026, 8, 10), "2026-08-10T06:00:00", "f", base, steps)


def test_a_run_file_is_never_written_again(tmp_path: Path) -> None:
    with open_workspace() as workspace:
        seal(workspace, RunFiles(tmp_path), header(1))
    connection = open_run_file(RunFiles(tmp_path), 1)
    assert connection.execute(f"FROM {COUNTED[FORMAT]}").fetchall() == []
    with pytest.raises(duckdb.Error, match="read-only"):
        connection.execute("DELETE FROM change_row")
    connection.close()
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize("content", [b"", b"not a database", None])
def test_a_damaged_or_missing_file_is_named_with_what_to_do(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        RunFiles(tmp_path).path(7).write_bytes(content)
    with pytest.raises(RunFileDamaged, match=r"run-000007\.duckdb.*umstui plan"):
        open_run_file(RunFiles(tmp_path), 7)


def test_a_renamed_file_is_not_taken_for_another_run(tmp_path: Path) -> None:
    with open_workspace() as workspace:
        path = seal(workspace, RunFiles(tmp_path), header(1))
    path.rename(RunFiles(tmp_path).path(2))
    with pytest.raises(RunFileDamaged, match="run 1, not 2"):
        open_run_file(RunFiles(tmp_path), 2)


def test_held_is_not_rebuilt_from_a_file_that_was_put_in_the_place_of_another(
    tmp_path: Path,
) -> None:
    with open_workspace() as workspace:
        seal(workspace, RunFiles(tmp_path), header(1))
        apply_outcome(workspace, RunFiles(tmp_path), 1, [], [])
        seal(workspace, RunFiles(tmp_path), header(2, 1, 1))
        RunFiles(tmp_path).path(1).unlink()
        shutil.copy(RunFiles(tmp_path).path(2), RunFiles(tmp_path).path(1))
        with pytest.raises(RunFileDamaged, match="run 2, not 1"):
            load_held(workspace, RunFiles(tmp_path), 2)
        RunFiles(tmp_path).path(1).unlink()
        seal(workspace, RunFiles(tmp_path), header(1))
        load_held(workspace, RunFiles(tmp_path), 2)  # put right, it is read by the same connection


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with open_workspace() as workspace, pytest.raises(RunFileDamaged, match="plan again"):
        seal(workspace, RunFiles(blocked), header(1))


def test_what_a_days_file_says_of_itself_takes_one_block(tmp_path: Path) -> None:
    """A second one makes a year of files six megabytes larger."""
    operations = ("create", "update", "delete")
    with open_workspace() as workspace:
        workspace.executemany(
            "INSERT INTO change (seq, stage, depth, kind, op, key, label, school, person_key, "
            "group_key) VALUES (?, 1, 0, ?, ?, 'k', 'x', '', 'p', 'g')",
            [
                (3 * number + place, kind, op)
                for number, kind in enumerate(("person", "node", "course", "membership"))
                for place, op in enumerate(operations, start=1)
            ],
        )
        seal(workspace, RunFiles(tmp_path), header(1))
        apply_outcome(workspace, RunFiles(tmp_path), 1, [], [])
        seal(workspace, RunFiles(tmp_path), header(2, 1, 1))
    with open_run_file(RunFiles(tmp_path), 2) as file:
        assert len(file.execute("FROM pragma_metadata_info()").fetchall()) == 1
        assert len(file.execute(f"FROM {COUNTED[FORMAT]}").fetchall()) == 12
