"""The way back is worked out before anything is sent; else a wrong run could not be mended."""

from __future__ import annotations

import pytest

from sync.errors import WriterBusy
from sync.model import RunReport, RunState
from sync.runs import apply, approve, confirmation, plan, report, run_rekey, undo
from sync.settings import Filter
from sync.snapshots.run_file import RunFiles, open_run_file
from sync.state.claims import claimed
from tests.runs.synced_school import OPEN, School

LENIENT = Filter(
    person=OPEN, membership=OPEN, group=OPEN, course=OPEN, node=OPEN, churn_percent=100
)
Operations = set[tuple[str, str, str]]


def carry_out(school: School, found: RunReport) -> RunReport:
    installation = school.installation(limits=LENIENT)
    if found.summary.state is RunState.HELD:
        approve(installation, found.summary.run, reason="looked at, one by one")
    return apply(installation, found.summary.run, confirm=confirmation(found))


def inverse_of(school: School, run: str) -> Operations:
    """What the sealed file of a run says an undo would do."""
    with open_run_file(RunFiles(school.folder / "snapshots"), int(run)) as file:
        return {
            *file.execute(
                "SELECT c.kind, i.op, c.key FROM inverse i JOIN change c ON c.seq = i.seq "
                "WHERE i.op IS NOT NULL"
            ).fetchall(),
            *file.execute(
                "SELECT 'membership', 'create', person_key || '@' || group_key FROM goes_along"
            ).fetchall(),
        }


def changes_of(school: School, run: str) -> Operations:
    """What a plan does."""
    with open_run_file(RunFiles(school.folder / "snapshots"), int(run)) as file:
        rows = file.execute("SELECT kind, op, key FROM change WHERE op <> 'note'").fetchall()
        return set(rows)


def lively(school: School) -> RunReport:
    """A plan with leavers, newcomers, a new name, a moved pupil and a class that is renamed."""
    keys = school.pupils(6)
    school.sql("DELETE FROM Students WHERE StudieNr IN (?, ?)", *keys[:2])
    school.sql("UPDATE Students SET Efternavn = 'Nyt-Navn' WHERE StudieNr = ?", keys[2])
    school.sql("UPDATE Students SET StudieNr = 'ny01' WHERE StudieNr = ?", keys[3])
    school.sql(
        "UPDATE Students SET Aktivitet = 'Ny klasse', AktivitetsID = 'ny-1' WHERE StudieNr = ?",
        keys[4],
    )
    return plan(school.installation(limits=LENIENT))


def test_the_inverse_stands_before_anything_is_sent_and_is_what_an_undo_does(
    synced: School,
) -> None:
    before = synced.content()
    found = lively(synced)
    promised = inverse_of(synced, found.summary.run)
    assert synced.content() == before, "nothing was sent yet"
    assert {op for _, op, _ in promised} >= {"create", "delete", "restore", "update"}
    carry_out(synced, found)
    back = undo(synced.installation(limits=LENIENT), found.summary.run)
    assert changes_of(synced, back.summary.run) == promised
    assert carry_out(synced, back).summary.state is RunState.APPLIED
    after = synced.content()
    # A course that the run made cannot be deleted by any call: it stays, detached.
    assert after.pop("courses") >= before.pop("courses")
    assert after == before


def test_what_cannot_come_back_is_said_before_and_again_with_the_undo(synced: School) -> None:
    found = lively(synced)
    words = {(loss.kind, loss.words.split(":")[0].split(";")[0]) for loss in found.losses}
    assert ("person", "comes back from itslearning's trash") in words
    assert ("course", "the course itself stays at itslearning, detached") in words
    assert report(synced.installation(), found.summary.run).losses == found.losses
    carry_out(synced, found)
    back = undo(synced.installation(limits=LENIENT), found.summary.run)
    said = [problem for problem in back.problems if problem.reason == "not-undone"]
    assert len(said) == sum(loss.count for loss in found.losses)
    assert all(problem.key and problem.detail for problem in said)


def test_no_way_back_is_planned_from_a_run_that_is_half_done(synced: School) -> None:
    """What is sent in the next minute would be missing from it."""
    installation = synced.installation(limits=LENIENT)
    found = carry_out(synced, lively(synced)).summary.run
    runs = len(installation.reader().runs())
    with claimed(
        installation.state, 1, run=int(found), doing=f"apply of run {found}",
        operator=installation.operator, clock=installation.clock,
    ):  # fmt: skip
        with pytest.raises(WriterBusy, match=f"apply of run {found}"):
            undo(installation, found)
        with pytest.raises(WriterBusy, match=f"apply of run {found}"):
            run_rekey(installation, confirm="ums")
    assert len(installation.reader().runs()) == runs, "nothing was stored"
