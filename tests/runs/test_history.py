"""When did she leave 7B, in which run, and who approved it: years later somebody asks."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from sync.model import ChangeFilter, ChangeStatus, Kind, Operation
from sync.runs import apply, approve, confirmation, history, open_plan, plan
from tests.runs.synced_school import School
from umstui.cli.differences import write_history


@pytest.fixture
def left(synced: School) -> tuple[School, str, str]:
    """A school in which a pupil left a class in run 2, which was approved."""
    (key,) = synced.pupils(1)
    old, new = synced.rows(
        "SELECT DISTINCT AktivitetsID, Aktivitet FROM Students WHERE UserTypes_ID = 1 "
        f"AND (StudieNr = '{key}' OR AktivitetsID NOT IN "
        f"(SELECT AktivitetsID FROM Students WHERE StudieNr = '{key}')) "
        f"AND Aktiviteter_SlutDato LIKE '%2027' ORDER BY StudieNr <> '{key}' LIMIT 2"
    )
    synced.sql(
        "UPDATE Students SET AktivitetsID = ?, Aktivitet = ? WHERE StudieNr = ? "
        "AND AktivitetsID = ?", new[0], new[1], key, old[0],
    )  # fmt: skip
    installation = synced.installation(operator="kari")
    report = plan(installation)
    report = approve(installation, report.summary.run, reason="she moved to Odense")
    apply(installation, report.summary.run, confirm=confirmation(report))
    with open_plan(installation, "2") as run:
        gone = [c for c in run.changes() if c.op is Operation.DELETE]
    return synced, key, str(gone[0].before["group"] if gone[0].before else "")


def test_the_history_says_when_she_left_in_which_run_why_and_who_approved(
    left: tuple[School, str, str],
) -> None:
    school, key, room = left
    found = history(school.installation(), key.upper(), room=room)
    leaves = found.entries[0]
    assert leaves.run.run == "2"
    assert (leaves.change.kind, leaves.change.op) == (Kind.MEMBERSHIP, Operation.DELETE)
    assert leaves.change.status is ChangeStatus.OK
    assert leaves.change.reason
    assert leaves.decision is not None
    assert (leaves.decision.operator, leaves.decision.reason) == ("kari", "she moved to Odense")
    # She came in the first run, which nobody had to approve.
    assert {e.change.op for e in found.entries if e.run.run == "1"} == {"create"}
    assert {e.run.run for e in found.entries} == {"1", "2"}


def test_a_room_tells_who_left_with_their_account(synced: School) -> None:
    (key,) = synced.pupils(1)
    synced.sql("DELETE FROM Students WHERE StudieNr = ?", key)
    report = plan(synced.installation())
    apply(synced.installation(), report.summary.run, confirm=confirmation(report))
    person = history(synced.installation(), key).entries
    deleted = next(e.change for e in person if e.change.kind is Kind.PERSON)
    assert deleted.op is Operation.DELETE
    along = [e.change for e in person if e.run.run == "2" and e.change.kind is Kind.MEMBERSHIP]
    assert along
    room = str(along[0].before["group"] if along[0].before else "")
    told = [e.change for e in history(synced.installation(), room).entries if e.run.run == "2"]
    assert [change.key for change in told] == [f"{key}@{room}"]
    assert "went along" in told[0].reason
    with open_plan(synced.installation(), "2") as run:
        (shown,) = run.page(ChangeFilter(kinds=frozenset({"person"})), 0, 10)
    assert shown.along == len(along)


@pytest.mark.parametrize("keeps", [5000, 24_000])  # behind its beginning it shows only when read
def test_a_damaged_or_foreign_file_is_named_and_the_rest_is_told(
    left: tuple[School, str, str], keeps: int
) -> None:
    school, key, _ = left
    installation = school.installation()
    path = installation.run_files.path(2)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:keeps])
    found = history(installation, key)
    assert [entry.run.run for entry in found.entries if entry.run.run != "1"] == []
    assert found.entries
    assert "run-000002.duckdb" in found.unreadable[0]


def test_plans_that_were_never_carried_out_stay_out_unless_asked_for(synced: School) -> None:
    (key,) = synced.pupils(1)
    synced.sql("UPDATE Students SET Efternavn = 'Holm-Ny' WHERE StudieNr = ?", key)
    for _ in range(2):
        plan(synced.installation())
        synced.now += dt.timedelta(hours=1)
    runs = [e.run.run for e in history(synced.installation(), key).entries]
    assert "3" in runs, "the newest plan is the one under way"
    assert "2" not in runs
    runs = [e.run.run for e in history(synced.installation(), key, every_run=True).entries]
    assert {"1", "2", "3"} <= set(runs)


def test_the_command_line_tells_it_in_sentences_and_as_json(
    left: tuple[School, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    school, key, room = left
    found = history(school.installation(), key, room=room)
    write_history(found, key, json=False)
    told = " ".join(capsys.readouterr().out.split())
    assert "approved by kari" in told
    assert "she moved to Odense" in told
    write_history(found, key, json=True)
    written = json.loads(capsys.readouterr().out)
    assert written["entries"][0]["decision"]["by"] == "kari"
