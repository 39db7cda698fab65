"""Old run files go, but never one that a later file builds on or that an undo needs."""

from __future__ import annotations

import datetime as dt
import os
import stat
from pathlib import Path

import pytest

import sync.runs.pruning
import sync.runs.storing
from sync.model import RunReport
from sync.runs import apply, audit_trail, compare_runs, confirmation, plan, undo
from sync.snapshots.filling import Header
from sync.snapshots.run_file import RunFiles, read_header, remove, seal
from sync.snapshots.workspace import open_workspace
from tests.runs.synced_school import School


def a_year(synced: School, runs: int) -> None:
    """Carry out some runs, a year apart, each of which renames somebody."""
    for key in synced.pupils(runs):
        synced.now += dt.timedelta(days=365)
        synced.sql("UPDATE Students SET Efternavn = 'Holm-' || ? WHERE StudieNr = ?", key[:3], key)
        report = plan(synced.installation(), as_of=dt.date(2026, 11, 21))
        apply(synced.installation(), report.summary.run, confirm=confirmation(report))


def files(synced: School) -> list[int]:
    """The runs whose files are there."""
    kept = synced.installation().run_files
    return [run for run in range(1, 30) if kept.path(run).exists()]


def planned(synced: School) -> RunReport:
    """A plan long after; planning is what takes old files away."""
    synced.now += dt.timedelta(days=2000)
    return plan(synced.installation(), as_of=dt.date(2026, 11, 21))


def test_files_that_later_ones_build_on_stay_however_old(
    synced: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run after a first load stores what is held whole: else every plan of the next weeks would
    work a million changes out again, and the file of the first load could never go."""
    monkeypatch.setattr(sync.runs.pruning, "RUNS_TO_UNDO", 1)
    a_year(synced, 3)
    planned(synced)
    assert files(synced) == [2, 3, 4, 5]
    kept = synced.installation().run_files
    assert [read_header(kept, run).base for run in files(synced)] == [None, 2, 3, 4]


def test_old_keyframe_groups_go_whole_and_the_trail_says_so(
    synced: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.runs.storing, "STEPS_BETWEEN_KEYFRAMES", 1)
    monkeypatch.setattr(sync.runs.pruning, "RUNS_TO_UNDO", 1)
    a_year(synced, 4)
    kept = synced.installation().run_files
    keyframes = [run for run in files(synced) if read_header(kept, run).base is None]
    assert len(keyframes) > 1, "there is more than one group"
    planned(synced)
    left = files(synced)
    assert left[0] in keyframes, "a group goes as a whole"
    assert 1 not in left
    entries = [e for e in audit_trail(synced.installation()) if e.action == "prune"]
    assert sum(entry.count for entry in entries) == left[0] - 1
    # What is left still works: comparing, and taking the last run back.
    with compare_runs(synced.installation(), str(left[0]), str(left[-1])) as found:
        found.count()
    last = max(run for run in left if run <= 5)
    assert undo(synced.installation(), str(last)).summary.changes == 1


def test_the_last_runs_can_be_taken_back_however_old_they_are(
    synced: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.runs.storing, "STEPS_BETWEEN_KEYFRAMES", 0)
    a_year(synced, 3)
    planned(synced)
    assert files(synced)[:4] == [1, 2, 3, 4], "all of them are among the last runs"
    assert undo(synced.installation(), "2").summary.changes == 1


def test_sealed_files_are_replaced_and_removed_where_the_system_keeps_what_is_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows the folder would grow for ever, and whoever lost the state database could not
    plan beside the files that are left."""
    unlink, replace = Path.unlink, os.replace

    def refuse_read_only(path: Path) -> None:
        if path.exists() and not path.stat().st_mode & stat.S_IWUSR:
            raise PermissionError(13, "Access is denied", str(path))

    def unlink_as_windows_does(path: Path, missing_ok: bool = False) -> None:
        refuse_read_only(path)
        unlink(path, missing_ok=missing_ok)

    def replace_as_windows_does(part: Path, path: Path) -> None:
        refuse_read_only(path)
        replace(part, path)

    monkeypatch.setattr(Path, "unlink", unlink_as_windows_does)
    monkeypatch.setattr(os, "replace", replace_as_windows_does)
    kept, header = RunFiles(tmp_path), Header(1, 1, dt.date(2026, 8, 10), "", "f" * 16, None, 0)
    with open_workspace() as workspace:
        seal(workspace, kept, header)
        seal(workspace, kept, header)
    assert [path.name for path in tmp_path.iterdir()] == [kept.path(1).name]
    remove(kept.path(1))
    assert not list(tmp_path.iterdir())
