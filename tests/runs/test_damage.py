"""Disks fill up, files get lost, databases lock: nothing is half done, and there is a way on."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
import sqlalchemy as sa

from sync.errors import NoRoom, RunFileDamaged, StateUnusable
from sync.model import RunReport, RunState
from sync.runs import (
    Installation,
    apply,
    approve,
    carried_out_by,
    check,
    compare_runs,
    confirmation,
    list_runs,
    plan,
    report,
    synchronize,
    verify_audit,
)
from sync.snapshots.run_file import RunFiles
from tests.runs.synced_school import School
from tests.runs.waiting import LENIENT, installed


def changed(school: School, many: int = 6) -> RunReport:
    """A plan with a few new names and a leaver."""
    keys = school.pupils(many + 1)
    for key in keys[1:]:
        school.sql("UPDATE Students SET Efternavn = 'Nyt-Navn' WHERE StudieNr = ?", key)
    school.sql("DELETE FROM Students WHERE StudieNr = ?", keys[0])
    return plan(school.installation(limits=LENIENT))


def carry_out(school: School, found: RunReport) -> RunReport:
    installation = school.installation(limits=LENIENT)
    if found.summary.state is RunState.HELD:
        approve(installation, found.summary.run, reason="looked at")
    return apply(installation, found.summary.run, confirm=confirmation(found))


def file_of(school: School, run: str) -> Path:
    return RunFiles(school.folder / "snapshots").path(int(run))


def spoil(file: Path, how: str) -> None:
    file.chmod(0o600)
    if how == "missing":
        file.unlink()
    elif how == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    elif how == "foreign":  # as another installation would have written it under the same name
        with closing(duckdb.connect(str(file))) as other:
            other.execute(
                "CREATE TABLE own AS SELECT * REPLACE ('another' AS fingerprint) FROM header"
            )
            other.execute("CREATE OR REPLACE VIEW header AS FROM own")
    else:  # scratched behind its beginning: it opens, and what is wrong shows when it is read
        content = bytearray(file.read_bytes())
        for place in range(len(content) // 2, len(content) * 4 // 5, 500):
            content[place] ^= 0xFF
        file.write_bytes(content)


@pytest.mark.parametrize("how", ["missing", "cut", "foreign"])
def test_a_plan_whose_file_is_lost_is_not_begun(synced: School, how: str) -> None:
    before = synced.content()
    found = changed(synced)
    spoil(file_of(synced, found.summary.run), how)
    with pytest.raises(RunFileDamaged, match="umstui plan"):
        apply(synced.installation(limits=LENIENT), found.summary.run, confirm=confirmation(found))
    assert synced.content() == before
    assert report(synced.installation(), found.summary.run).summary.state is RunState.PLANNED
    assert carried_out_by(synced.installation(), found.summary.run) is None
    again = plan(synced.installation(limits=LENIENT))
    assert again.summary.changes == found.summary.changes


@pytest.mark.parametrize("how", ["missing", "cut", "scratched", "foreign"])
def test_where_the_files_of_what_is_held_are_lost_a_live_plan_goes_on(
    synced: School, how: str
) -> None:
    """Without it a lost disk would mean to start over, with everybody created once more."""
    found = changed(synced)
    spoil(file_of(synced, "1"), how)
    with pytest.raises(RunFileDamaged, match=r"run-000001\.duckdb.*umstui plan --live"):
        plan(synced.installation(limits=LENIENT))
    live = plan(synced.installation(limits=LENIENT), live=True)
    counts = live.summary.counts
    assert counts["person"]["create"] == 0
    assert counts["person"]["delete"] == found.summary.counts["person"]["delete"] == 1
    assert counts["node"]["create"] == counts["course"]["create"] == 0
    assert counts["node"]["delete"] == counts["course"]["delete"] == 0
    assert counts["membership"]["create"] == 0
    done = carry_out(synced, live)
    assert done.summary.state is RunState.APPLIED
    assert plan(synced.installation(limits=LENIENT)).summary.changes == 0


def test_a_file_of_another_installation_is_neither_compared_nor_overlooked(synced: School) -> None:
    """Its numbers would be shown as what was done here, under the name of whoever approved it."""
    found = changed(synced)
    spoil(file_of(synced, "1"), "foreign")
    with (
        pytest.raises(RunFileDamaged, match=r"run-000001\.duckdb .* of this installation"),
        compare_runs(synced.installation(), "1", found.summary.run),
    ):
        pass
    lines = {line.subject: line for line in check(synced.installation())}
    assert lines["run files"].level == "ok"
    assert lines["run 1"].level == "warning"


def test_a_run_that_was_cut_off_and_whose_file_is_lost_stands_in_nobodys_way(
    synced: School,
) -> None:
    found = changed(synced)
    writer = synced.installation().recorder()
    writer.begin(int(found.summary.run), 7)
    spoil(file_of(synced, found.summary.run), "missing")
    with pytest.raises(RunFileDamaged, match="umstui plan --live"):
        synchronize(synced.installation(limits=LENIENT))
    live = plan(synced.installation(limits=LENIENT), live=True)
    ended = report(synced.installation(), found.summary.run).summary
    assert ended.state is RunState.APPLIED_WITH_FAILURES
    assert "lost" in ended.message
    carry_out(synced, live)
    assert synchronize(synced.installation(limits=LENIENT)).summary.state is RunState.APPLIED


def in_small_pages(file: Path) -> None:
    """Lay a database out anew, so that it needs another page after every few rows."""
    with closing(sqlite3.connect(file, isolation_level=None)) as state:
        for statement in ("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"):
            state.execute(statement).fetchall()


@contextmanager
def no_room_left(installation: Installation) -> Iterator[None]:
    """The state database may grow by a few pages and no more, as on a disk that is full."""

    def limit(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {size}")

    with closing(sqlite3.connect(installation.settings.folder / "umstui-state.db")) as state:
        size = state.execute("PRAGMA page_count").fetchone()[0]
    installation.state.dispose()
    sa.event.listen(installation.state, "connect", limit)
    try:
        yield
    finally:
        sa.event.remove(installation.state, "connect", limit)
        installation.state.dispose()


def test_a_disk_that_fills_up_while_the_journal_is_written_loses_nothing(
    synced: School,
) -> None:
    in_small_pages(synced.folder / "umstui-state.db")
    found = changed(synced, many=80)
    confirm, run = confirmation(found), found.summary.run
    small = installed(synced, itslearning=_small_batches(synced))
    with (
        no_room_left(small),
        pytest.raises(StateUnusable, match=r"full.*`umstui apply`"),
    ):
        apply(small, run, confirm=confirm)
    assert report(synced.installation(), run).summary.state is RunState.APPLYING
    done = apply(synced.installation(limits=LENIENT), run, confirm=confirm)
    assert done.summary.state is RunState.APPLIED
    assert plan(synced.installation(limits=LENIENT)).summary.changes == 0
    assert verify_audit(synced.installation())[1] is None


def test_a_state_database_that_another_holds_is_said_and_nothing_is_sent(
    synced: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup program, or a colleague's editor, that keeps it locked."""
    monkeypatch.setattr("sync.state.database.SECONDS_TO_WAIT", 0.2)
    before, found = synced.content(), changed(synced)
    with closing(sqlite3.connect(synced.folder / "umstui-state.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateUnusable, match="locked"):
            apply(synced.installation(), found.summary.run, confirm=confirmation(found))
        assert synced.content() == before
        # Who only looks need not wait for who writes.
        assert report(synced.installation(), found.summary.run).summary.state is RunState.PLANNED
    assert carry_out(synced, found).summary.state is RunState.APPLIED


def test_a_state_database_that_may_not_be_written_is_said_and_nothing_is_sent(
    synced: School,
) -> None:
    before, found = synced.content(), changed(synced)
    frozen = synced.installation()
    frozen.state.dispose()
    sa.event.listen(
        frozen.state, "connect", lambda c, _: c.execute("PRAGMA query_only = ON") and None
    )
    with pytest.raises(StateUnusable, match="readonly"):
        apply(frozen, found.summary.run, confirm=confirmation(found))
    assert synced.content() == before
    assert carry_out(synced, found).summary.state is RunState.APPLIED


def test_a_disk_that_is_full_when_the_plan_is_sealed_leaves_no_half_plan(synced: School) -> None:
    synced.sql("UPDATE Students SET Efternavn = 'Nyt-Navn' WHERE StudieNr = ?", synced.pupils(1)[0])
    folder = synced.folder / "snapshots"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises((RunFileDamaged, NoRoom), match=r"(Free|free).*nothing was sent"):
            plan(synced.installation(limits=LENIENT))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    files = {file.name for file in folder.iterdir()}
    assert files <= {"run-000001.duckdb", "run-000002.part", "live-001.duckdb"}
    assert all(
        run.state in {RunState.APPLIED, RunState.FAILED} for run in list_runs(synced.installation())
    )
    assert carry_out(synced, plan(synced.installation(limits=LENIENT))).summary.state is (
        RunState.APPLIED
    )


def _small_batches(school: School) -> Any:
    return msgspec.structs.replace(
        school.installation().settings.itslearning, batch_size=1, max_in_flight=1
    )
