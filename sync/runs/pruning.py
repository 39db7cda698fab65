"""Run files that are older than ``[snapshots] keep_days`` are taken away, a keyframe and the files
that build on it at a time."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path

from sync.errors import RunFileDamaged
from sync.runs.installation import Installation
from sync.snapshots.run_file import RunFiles, read_header, remove
from sync.state import audit
from sync.state.runs import StateReader

# The runs whose undo stays possible whatever their age; held is rebuilt from the last of them.
RUNS_TO_UNDO = 10


def prune(installation: Installation, reader: StateReader, org: int) -> list[int]:
    """Take away the old run files of an organization; gives their numbers.

    A file goes only together with every file of its keyframe group, and only when all of these are
    old: a later file may build on any of them. Kept are the groups of the last runs that were
    carried out and of the newest run. A file that cannot be read keeps its place: nobody knows what
    builds on it. Each removal of files is an entry of the audit trail.
    """
    files = installation.run_files
    oldest = installation.clock() - dt.timedelta(days=installation.settings.snapshots.keep_days)
    runs = [run for run in reader.runs(org) if files.path(int(run.run)).exists()]
    old = {int(run.run) for run in runs if run.made_at < oldest}
    if not old:
        return []
    started = [run for run in runs if reader.run(run.run).started is not None]
    needed = {int(run.run) for run in (*runs[:1], *started[:RUNS_TO_UNDO])}
    removed = []
    for group in _groups(files, sorted(int(run.run) for run in runs)):
        if group <= old and not group & needed:
            removed += sorted(group)
    gone = [run for run in removed if _removed(files.path(run))]
    if gone:
        audit.record(
            installation.state,
            installation.operator,
            installation.clock(),
            "prune",
            count=len(gone),
            reason=f"run files {gone[0]} to {gone[-1]}, made before {oldest.date()} (keep_days)",
        )
    return gone


def _groups(files: RunFiles, runs: list[int]) -> list[set[int]]:
    """The files by the keyframe they stand on; runs must be in ascending order."""
    groups: dict[int, set[int]] = {}
    keyframe: dict[int, int] = {}
    for run in runs:
        try:
            base = read_header(files, run).base
        except RunFileDamaged:
            continue
        # A file whose base is gone or unreadable stands for itself and is old or not by itself.
        keyframe[run] = run if base is None else keyframe.get(base, run)
        groups.setdefault(keyframe[run], set()).add(run)
    return list(groups.values())


def _removed(path: Path) -> bool:
    with contextlib.suppress(OSError):  # somebody reads it (Windows); the next plan tries again
        remove(path)
        return True
    return False
