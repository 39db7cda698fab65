"""Decisions, claims and audit outlive every session; lost, nobody knows who let what through."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from sync.errors import NotFound, StateUnusable, WriterBusy
from sync.model import (
    ChangeFilter,
    FilterCell,
    Operator,
    Outcome,
    OutcomeStatus,
    Problem,
    RunState,
    Verdict,
)
from sync.state import audit
from sync.state.claims import claimed, holder
from sync.state.database import open_state
from sync.state.journal import Batch, Journal
from sync.state.runs import NewRun, StateReader, StateWriter
from sync.state.schema import AUDIT, CLAIM

NOW = dt.datetime(2026, 8, 10, 6, 0, tzinfo=dt.UTC)
OPERATOR = Operator("mk", "school-server", "10.0.0.7")


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    """A fresh state database."""
    return open_state("sqlite:///state.db", tmp_path)


@pytest.fixture
def writer(engine: sa.Engine) -> StateWriter:
    """The object that writes."""
    return StateWriter(engine, OPERATOR)


def new_run(**values: object) -> NewRun:
    """A plan as the planner stores it."""
    given: dict[str, object] = {
        "org": 1,
        "as_of": dt.date(2026, 8, 10),
        "users_only": False,
        "takes_back": None,
        "state": RunState.HELD,
        "verdict": Verdict.HOLD,
        "fingerprint": "f00d",
        "source_digest": "s",
        "settings_digest": "t",
        "base": None,
        "base_settled": 0,
        "counts": {"person": {"create": 3, "delete": 2, "postpone": 4}},
        "filter": [FilterCell("person", "delete", "site", 2, 10, "5%", Verdict.HOLD, "2 of 10")],
        "problems": [Problem("date", "anna01", 2)],
        "without_key": None,
        "unapprovable": False,
        "reading": {"rows": 10},
        **values,
    }
    return NewRun(**given)  # type: ignore[arg-type]


def test_a_stored_run_comes_back_as_it_was(writer: StateWriter) -> None:
    run = writer.store_run(new_run(), NOW)
    stored = writer.run(run)
    assert stored.summary.run == str(run)
    assert stored.summary.deletes == 2
    assert stored.summary.changes == 5, "postponed changes are not part of what would be sent"
    assert stored.report.filter[0].level is Verdict.HOLD
    assert stored.report.problems == (Problem("date", "anna01", 2),)
    assert stored.summary.made_at == NOW


def test_an_unknown_run_is_named(writer: StateWriter) -> None:
    with pytest.raises(NotFound, match="umstui runs list"):
        writer.run("99")
    with pytest.raises(NotFound, match="numbers"):
        writer.run("latest")
    with pytest.raises(NotFound, match="numbers"):
        writer.run("9" * 20)  # more than a database can count


def test_a_decision_keeps_filter_count_reason_and_name(writer: StateWriter) -> None:
    run = writer.store_run(new_run(), NOW)
    choice = ChangeFilter(kinds=frozenset({"person"}), school="Havn", seqs=frozenset({4, 9}))
    writer.decide(run, "approve", choice=choice, count=57, reason="class 9 left", now=NOW)
    (decision,) = writer.decisions(run)
    assert (decision.choice, decision.count, decision.reason) == (choice, 57, "class 9 left")
    assert (decision.operator, decision.decided_at) == ("mk", NOW)


def test_the_journal_counts_what_arrived_failed_and_is_left(
    engine: sa.Engine, writer: StateWriter
) -> None:
    run = writer.store_run(new_run(), NOW)
    writer.begin(run, 6)
    journal = Journal(engine, run)
    sent, lost = Batch(1, 3, [1, 2, 3]), Batch(2, 3, [4])
    journal.turn(NOW, begun=[sent, lost])
    assert writer.unsettled_items(run) == [1, 2, 3, 4]
    sent.outcomes = [
        Outcome(OutcomeStatus.OK),
        Outcome(OutcomeStatus.FAILED, "taken", "x"),
        Outcome(OutcomeStatus.OK),
    ]
    skip = Batch(3, 0, [5], settled=True)
    journal.turn(NOW, begun=[skip], settled=[sent], skipped=[(5, "its parent is missing")])
    applied = writer.run(run).summary.applied
    assert (applied.ok, applied.failed, applied.skipped, applied.pending) == (2, 1, 1, 2)
    assert writer.unsettled_items(run) == [4]
    journal.forget_unsettled()
    assert journal.next_number() == 4


def test_a_stop_is_seen_at_the_next_turn(engine: sa.Engine, writer: StateWriter) -> None:
    run = writer.store_run(new_run(), NOW)
    journal = Journal(engine, run)
    assert not journal.turn(NOW)
    writer.request_stop(run)
    assert journal.turn(NOW)
    writer.begin(run, 1)
    assert not journal.turn(NOW), "going on withdraws the wish to stop"


def test_only_one_may_write_and_the_other_learns_who(engine: sa.Engine) -> None:
    with claimed(
        engine, 1, run=7, doing="apply of run 7", operator=OPERATOR, clock=lambda: NOW
    ) as lapsed:
        assert lapsed is None
        other = Operator("kari", "school-server")
        with (
            pytest.raises(WriterBusy, match=r"mk \(10\.0\.0\.7\) on school-server.*run 7"),
            claimed(engine, 1, run=8, doing="x", operator=other, clock=lambda: NOW),
        ):
            pass
        with claimed(engine, 2, run=9, doing="x", operator=other, clock=lambda: NOW):
            pass
    assert holder(engine, 1, "school-server", NOW) is None


@pytest.mark.parametrize(
    ("host", "silent_minutes", "lapses"),
    [
        ("school-server", 0, True),
        ("elsewhere", 4, False),
        ("elsewhere", 6, True),
        ("elsewhere", -20, False),  # two machines whose clocks differ
        ("elsewhere", -2000, True),  # a clock that was wrong, and was put back
    ],
)
def test_the_claim_of_the_dead_lapses_and_is_named(
    engine: sa.Engine, host: str, silent_minutes: int, lapses: bool
) -> None:
    """On this host a dead process is known at once, on another one by its silence."""
    with engine.begin() as connection:
        connection.execute(
            CLAIM.insert().values(
                org=1,
                run=7,
                doing="apply of run 7",
                operator="ole",
                host=host,
                origin="",
                process=2**22 + 1,
                process_started=1.0,
                since=NOW,
                heartbeat=NOW - dt.timedelta(minutes=silent_minutes),
            )
        )
    found = holder(engine, 1, OPERATOR.host, NOW)
    assert found is not None
    assert found.lapsed is lapses
    if lapses:
        with claimed(
            engine, 1, run=8, doing="x", operator=OPERATOR, clock=lambda: NOW
        ) as taken_over:
            assert taken_over is not None
            assert taken_over.operator == "ole"


def test_a_process_number_used_again_is_not_the_old_holder(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            CLAIM.insert().values(
                org=1,
                run=7,
                doing="x",
                operator="ole",
                host=OPERATOR.host,
                origin="",
                process=os.getpid(),
                process_started=1.0,
                since=NOW,
                heartbeat=NOW,
            )
        )
    found = holder(engine, 1, OPERATOR.host, NOW)
    assert found is not None
    assert found.lapsed


def test_a_claim_that_was_entered_in_the_meantime_is_not_pushed_aside(engine: sa.Engine) -> None:
    """On a server two can look at one moment and both find nobody: one of them must give way."""
    entered: list[int] = []

    def another_is_faster(connection: Any, _: Any, statement: str, *__: Any) -> None:
        if statement.startswith(("INSERT INTO claim", "DELETE FROM claim")) and not entered:
            entered.append(1)
            connection.exec_driver_sql(
                "INSERT INTO claim VALUES (1, 8, 'apply of run 8', 'kari', 'elsewhere', '', 5, 1.0,"
                " '2026-08-10 06:00:00', '2026-08-10 06:00:00')"
            )

    sa.event.listen(engine, "before_cursor_execute", another_is_faster)
    with (
        pytest.raises(StateUnusable),
        claimed(engine, 1, run=7, doing="x", operator=OPERATOR, clock=lambda: NOW),
    ):
        pytest.fail("two hold one claim")
    assert entered == [1]


def test_a_holder_whose_site_keeps_it_waiting_is_not_taken_for_dead(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else another machine starts to write while this one still does."""
    monkeypatch.setattr("sync.state.claims.SECONDS_BETWEEN_BEATS", 0.01)
    moments = iter(NOW + dt.timedelta(minutes=number) for number in range(10_000))
    with claimed(
        engine, 1, run=7, doing="apply of run 7", operator=OPERATOR, clock=lambda: next(moments)
    ):
        deadline = time.monotonic() + 10
        while (beaten := heartbeat(engine)) < NOW + dt.timedelta(minutes=3):
            assert time.monotonic() < deadline, beaten
            time.sleep(0.01)


def heartbeat(engine: sa.Engine) -> dt.datetime:
    with engine.connect() as connection:
        return connection.execute(sa.select(CLAIM.c.heartbeat)).scalar_one()


def test_whoever_lost_the_claim_sends_nothing_more(engine: sa.Engine, writer: StateWriter) -> None:
    """A laptop that slept for an hour must not go on beside the server that took over."""
    run = writer.store_run(new_run(), NOW)
    journal = Journal(engine, run, holder=("laptop", 17))
    with pytest.raises(WriterBusy, match="taken run 1 over"):
        journal.turn(NOW, begun=[Batch(1, 3, [1, 2])])
    assert writer.unsettled_items(run) == []


def test_setting_the_clock_makes_nobody_a_dead_holder(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """psutil tells the start of a process by a boot time that moves with the clock."""
    with claimed(engine, 1, run=7, doing="x", operator=OPERATOR, clock=lambda: NOW):
        real = psutil.Process.create_time
        monkeypatch.setattr(psutil.Process, "create_time", lambda self: real(self) + 3600)
        monkeypatch.setattr(psutil, "boot_time", lambda: 0.0)
        found = holder(engine, 1, OPERATOR.host, NOW - dt.timedelta(hours=5))
        assert found is not None
        assert not found.lapsed


def test_every_change_to_the_audit_trail_shows(engine: sa.Engine) -> None:
    for number in range(4):
        audit.record(engine, OPERATOR, NOW, "approve", run=number, count=number, reason="because")
    assert audit.first_broken(audit.entries(engine)) is None
    with engine.begin() as connection:
        connection.execute(AUDIT.update().where(AUDIT.c.id == 2).values(reason="another"))
    broken = audit.first_broken(audit.entries(engine))
    assert broken is not None
    assert broken.number == 2
    with engine.begin() as connection:
        connection.execute(AUDIT.delete().where(AUDIT.c.id == 1))
    assert audit.first_broken(audit.entries(engine)) is not None


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///no/such/folder/state.db",
        "nonsense",
        "postgresql+nonsense://u@h/d",
        "mysql+oursql://u@h/d",
    ],
)
def test_a_place_that_cannot_be_used_is_said_with_what_to_do(tmp_path: Path, url: str) -> None:
    with pytest.raises(StateUnusable, match="state"):
        open_state(url, tmp_path)


def test_two_sessions_that_take_the_same_number_both_get_into_the_audit(
    engine: sa.Engine,
) -> None:
    """On a server nothing locks the trail between looking for the last number and writing."""
    audit.record(engine, OPERATOR, NOW, "plan")
    waiting = [1, 2]

    def another_was_faster(connection: Any, _: Any, statement: str, *__: Any) -> None:
        if statement.startswith("INSERT INTO audit") and waiting:
            waiting.pop()
            connection.exec_driver_sql(
                "INSERT INTO audit SELECT 2, at, operator, host, origin, action, run, count, "
                "reason, previous, hash FROM audit WHERE id = 1"
            )

    sa.event.listen(engine, "before_cursor_execute", another_was_faster)
    audit.record(engine, OPERATOR, NOW, "approve")
    assert waiting == []
    assert audit.first_broken(audit.entries(engine)) is None


def test_a_file_that_is_no_database_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("half-written rubbish, longer than a header of a database")
    with pytest.raises(StateUnusable, match="cannot be used"):
        open_state("sqlite:///state.db", tmp_path)


def test_readers_do_not_wait_for_a_writer(engine: sa.Engine, writer: StateWriter) -> None:
    run = writer.store_run(new_run(), NOW)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE run SET message = 'half done'"))
        assert StateReader(engine).run(run).summary.message == ""
