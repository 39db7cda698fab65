"""The verbs over a real site: what a plan says is what arrives, and nothing else does."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from sync.errors import (
    HeldByFilter,
    NotAllowed,
    NotConfirmed,
    NotFound,
    Refused,
    RunFileDamaged,
    RunStale,
    SettingsError,
    SiteUnreachable,
)
from sync.model import ChangeFilter, Kind, Operation, RunReport, RunState, Verdict
from sync.runs import (
    apply,
    approve,
    compare_runs,
    confirmation,
    drift,
    list_runs,
    open_plan,
    plan,
    reject,
    synchronize,
    undo,
)
from sync.settings import Filter, Operators
from tests.runs.synced_school import OPEN, School, loaded

STRICT = Filter()
LENIENT = Filter(person=OPEN, membership=OPEN, group=OPEN, course=OPEN)


def leave(school: School, number: int) -> list[str]:
    """Let some pupils vanish from the source."""
    gone = school.pupils(number)
    marks = ", ".join("?" * len(gone))
    assert school.sql(f"DELETE FROM Students WHERE StudieNr IN ({marks})", *gone)
    return gone


def carry_out(school: School, report: RunReport, **given: str | None) -> RunReport:
    """Apply with the right confirmation."""
    installation = school.installation(limits=LENIENT)
    return apply(installation, report.summary.run, confirm=confirmation(report), **given)


def test_a_first_sync_arrives_whole_and_the_next_plan_is_empty(school: School) -> None:
    report = loaded(school)
    assert report.summary.state is RunState.APPLIED
    assert report.summary.applied.ok >= report.summary.changes > 500
    assert plan(school.installation()).summary.changes == 0
    held = {key for key, *_ in school.content()["persons"]}
    assert set(school.pupils(20)) <= held


def test_a_second_plan_never_asks_for_live_persons(synced: School) -> None:
    """A plan of a night with nothing to do must not depend on the site answering."""
    synced.site.stop()
    assert plan(synced.installation()).summary.changes == 0


def test_leavers_go_with_their_memberships_counted_once(synced: School) -> None:
    (gone,) = leave(synced, 1)
    report = plan(synced.installation(limits=LENIENT))
    assert report.summary.counts["person"]["delete"] == 1
    assert report.summary.counts["membership"]["delete"] == 0
    carry_out(synced, report)
    assert gone not in {key for key, *_ in synced.content()["persons"]}
    assert [person["key"] for person in synced.site.trash()] == [gone]
    assert not [key for key, _ in synced.content()["memberships"] if str(key).startswith(gone)]


def test_too_many_leavers_hold_the_whole_run_until_somebody_approves(synced: School) -> None:
    leave(synced, 20)
    before = synced.content()
    report = synchronize(synced.installation())
    assert report.summary.verdict is Verdict.HOLD
    assert report.summary.state is RunState.HELD
    with pytest.raises(HeldByFilter, match="umstui approve"):
        apply(synced.installation(), report.summary.run, confirm="delete 20")
    assert synced.content() == before, "a held run must send nothing"
    approve(synced.installation(), report.summary.run, reason="class 9 left")
    carry_out(synced, report)
    assert len(synced.site.trash()) == 20


def test_a_part_may_be_approved_and_only_that_part_goes(synced: School) -> None:
    gone = leave(synced, 20)
    report = plan(synced.installation())
    chosen = ChangeFilter(words=(gone[0],))
    approve(synced.installation(), report.summary.run, reason="she left", choice=chosen)
    carry_out(synced, report)
    assert [person["key"] for person in synced.site.trash()] == [gone[0]]


def test_what_is_rejected_stays(synced: School) -> None:
    gone = leave(synced, 2)
    report = plan(synced.installation(limits=LENIENT))
    only = ChangeFilter(words=(gone[0],))
    reject(synced.installation(limits=LENIENT), report.summary.run, reason="ill", choice=only)
    carry_out(synced, report)
    assert [person["key"] for person in synced.site.trash()] == [gone[1]]


def test_deletes_need_their_number(synced: School) -> None:
    leave(synced, 2)
    report = plan(synced.installation(limits=LENIENT))
    assert confirmation(report) == "delete 2"
    for wrong in (None, "", "yes", "delete 3"):
        with pytest.raises(NotConfirmed, match="delete 2"):
            apply(synced.installation(limits=LENIENT), report.summary.run, confirm=wrong)
    assert synced.site.trash() == []


def test_a_plan_whose_source_changed_is_refused(synced: School) -> None:
    leave(synced, 1)
    report = plan(synced.installation(limits=LENIENT))
    synced.sql("UPDATE Students SET Fornavne = 'Nyt' WHERE rowid = 5")
    with pytest.raises(RunStale, match="Students has changed"):
        carry_out(synced, report)
    assert synced.site.trash() == []


def test_a_plan_whose_settings_changed_is_refused(synced: School) -> None:
    leave(synced, 1)
    report = plan(synced.installation(limits=LENIENT))
    synced.sql("UPDATE itslearningSettings SET DeleteDaysAfterEnd = 3")
    with pytest.raises(RunStale, match="Settings in UMS"):
        carry_out(synced, report)


def test_a_plan_of_before_an_update_is_not_said_to_be_of_another_source(
    synced: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(synced, 1)
    report = plan(synced.installation(limits=LENIENT))
    monkeypatch.setattr(duckdb, "__version__", "9.9.9")
    with pytest.raises(RunStale, match="The program was updated"):
        carry_out(synced, report)
    assert synced.site.trash() == []


def test_of_two_plans_only_the_first_that_is_carried_out_counts(synced: School) -> None:
    leave(synced, 1)
    first, second = (plan(synced.installation(limits=LENIENT)) for _ in range(2))
    carry_out(synced, second)
    with pytest.raises(RunStale, match=f"before run {second.summary.run}"):
        carry_out(synced, first)


def test_an_empty_source_is_never_everybody_having_left(synced: School) -> None:
    synced.sql("DELETE FROM Students")
    report = plan(synced.installation(limits=LENIENT))
    assert report.summary.state is RunState.HELD
    with pytest.raises(Refused, match="nobody can"):
        approve(synced.installation(), report.summary.run, reason="I am sure")


def test_an_undo_puts_everything_back_but_for_nothing(synced: School) -> None:
    before = synced.content()
    gone = leave(synced, 3)
    key = synced.pupils(1)[0]
    synced.sql("UPDATE Students SET Efternavn = 'Nyt-Navn' WHERE StudieNr = ?", key)
    report = carry_out(synced, plan(synced.installation(limits=LENIENT)))
    assert synced.content() != before
    back = undo(synced.installation(limits=LENIENT), report.summary.run)
    assert back.summary.counts["person"]["restore"] == len(gone)
    assert back.summary.takes_back == report.summary.run
    result = carry_out(synced, back)
    assert result.summary.state is RunState.APPLIED
    assert synced.content() == before


def test_two_runs_compare_person_by_person(synced: School) -> None:
    gone = leave(synced, 2)
    report = carry_out(synced, plan(synced.installation(limits=LENIENT)))
    with compare_runs(synced.installation(), "1", report.summary.run) as difference:
        keys = [
            change.key
            for change in difference.changes(ChangeFilter(kinds=frozenset({"person"})))
            if change.op is Operation.DELETE
        ]
    assert sorted(keys) == sorted(gone)


def test_a_held_plan_compares_with_what_it_would_lead_to(synced: School) -> None:
    """Why it is held is what one wants to know of it; "no difference" would be the worst answer."""
    gone = synced.pupils(20)
    for key in gone:
        synced.sql("DELETE FROM Students WHERE StudieNr = ?", key)
    report = plan(synced.installation())
    assert report.summary.state is RunState.HELD
    with compare_runs(synced.installation(), "1", report.summary.run) as difference:
        found = difference.tally(ChangeFilter(kinds=frozenset({"person"})))
    assert found["person"]["delete"] == len(gone)


def test_drift_sees_what_somebody_changed_at_the_site_and_a_live_plan_mends_it(
    synced: School,
) -> None:
    installation = synced.installation(limits=LENIENT)
    with drift(installation) as difference:
        assert difference.tally() == {}
    key = synced.pupils(1)[0]
    with synced.site.seed("u") as seeding:
        seeding.throw_away(key)
    with drift(installation) as difference:
        found = [(change.kind, change.op, change.key) for change in difference.changes()]
    assert (Kind.PERSON, Operation.DELETE, key) in found
    assert plan(installation).summary.changes == 0, "a plan against held does not see it"
    report = plan(installation, live=True)
    assert report.summary.counts["person"]["create"] == 1
    carry_out(synced, report)
    with drift(installation) as difference:
        assert difference.tally() == {}


def test_a_person_made_by_hand_is_adopted_and_not_doubled(school: School) -> None:
    key = school.pupils(1)[0]
    with school.site.seed("u") as seeding:
        seeding.person(key, "Anna", "Manuel")
    report = plan(school.installation())
    assert report.summary.counts["person"]["adopt"] == 1
    result = apply(school.installation(), report.summary.run)
    assert result.summary.state is RunState.APPLIED
    same = [person for person in school.site.persons() if person["user_name"] == key]
    assert [person["key"] for person in same] == [key]
    assert plan(school.installation()).summary.changes == 0


def test_an_administrator_is_never_written_nor_deleted(synced: School) -> None:
    """Somebody promoted by hand: neither the person nor her memberships may be touched."""
    (key,) = synced.pupils(1)
    synced.promote(key)
    leave(synced, 1)
    report = plan(synced.installation(limits=LENIENT))
    with open_plan(synced.installation(), report.summary.run) as changes:
        assert changes.count(ChangeFilter(words=(key,))) == 0


def test_users_only_touches_nobody_elses_rooms(synced: School) -> None:
    leave(synced, 1)
    synced.sql("UPDATE Students SET Aktivitet = Aktivitet || ' ny'")
    report = plan(synced.installation(limits=LENIENT), users_only=True)
    assert report.without_key is not None
    assert "UMSTimetableUser" not in report.without_key
    for kind in ("node", "group", "course", "membership"):
        assert sum(report.summary.counts[kind].values()) == 0, kind


def test_the_newest_run_stands_first(synced: School) -> None:
    plan(synced.installation())
    runs = list_runs(synced.installation())
    assert [run.run for run in runs] == ["2", "1"]
    assert runs[1].state is RunState.APPLIED


def test_a_site_that_is_away_leaves_a_run_that_goes_on(school: School) -> None:
    report = plan(school.installation())
    school.site.set_faults("drop-before:1.0")
    with pytest.raises(SiteUnreachable):
        apply(school.installation(), report.summary.run)
    assert list_runs(school.installation())[0].state is RunState.APPLYING
    school.site.set_faults()
    result = apply(school.installation(), report.summary.run)
    assert result.summary.state is RunState.APPLIED
    assert plan(school.installation()).summary.changes == 0


def test_a_sync_settles_an_unfinished_run_before_it_plans(school: School) -> None:
    report = plan(school.installation())
    school.site.set_faults("drop-before:1.0")
    with pytest.raises(SiteUnreachable):
        apply(school.installation(), report.summary.run)
    school.site.set_faults()
    result = synchronize(school.installation())
    assert result.summary.state is RunState.APPLIED
    states = {run.run: run.state for run in list_runs(school.installation())}
    assert states[report.summary.run] is RunState.APPLIED_WITH_FAILURES
    assert plan(school.installation()).summary.changes == 0


def test_a_viewer_proposes_and_cannot_carry_out(synced: School) -> None:
    leave(synced, 20)
    operators = Operators(viewers=["support"], approvers=["mk"])
    viewer = synced.installation(operators=operators, operator="support")
    report = plan(viewer)
    assert approve(viewer, report.summary.run, reason="looks right").summary.state is RunState.HELD
    with pytest.raises(NotAllowed, match="support is a viewer"):
        apply(viewer, report.summary.run, confirm=confirmation(report))
    stranger = synced.installation(operators=operators, operator="nobody")
    with pytest.raises(NotAllowed, match="viewer"):
        synchronize(stranger)


def test_a_read_only_session_writes_nothing_at_all(synced: School) -> None:
    session = synced.installation(read_only=True)
    files = sorted(path.name for path in (synced.folder / "snapshots").iterdir())
    for attempt in (
        lambda: plan(session),
        lambda: apply(session, "1"),
        lambda: approve(session, "1", reason="x"),
        lambda: undo(session, "1"),
    ):
        with pytest.raises(NotAllowed, match="read-only"):
            attempt()
    assert [run.run for run in list_runs(session)] == ["1"]
    assert sorted(path.name for path in (synced.folder / "snapshots").iterdir()) == files


def test_a_missing_run_file_is_named_and_nothing_is_guessed(synced: School) -> None:
    (synced.folder / "snapshots" / "run-000001.duckdb").unlink()
    with pytest.raises(RunFileDamaged, match="run-000001"):
        plan(synced.installation())


def test_errors_name_what_to_do(synced: School) -> None:
    with pytest.raises(NotFound, match="runs list"):
        apply(synced.installation(), "77")
    with pytest.raises(SettingsError, match="there are: 1"):
        plan(synced.installation(), 9)
    with pytest.raises(Refused, match="--reason"):
        approve(synced.installation(), "1", reason="  ")


def test_the_day_planned_for_decides(synced: School) -> None:
    """Next summer everybody's rows have ended: the plan of that day says so, today's does not."""
    report = plan(synced.installation(), as_of=dt.date(2027, 9, 1))
    assert report.summary.as_of == dt.date(2027, 9, 1)
    assert report.summary.counts["person"]["delete"] > 50
    assert report.summary.verdict is Verdict.HOLD


def test_the_source_is_left_as_it_was(synced: School, tmp_path: Path) -> None:
    query = "SELECT * FROM Students"
    before = synced.rows(query)
    plan(synced.installation())
    assert synced.rows(query) == before
