"""Re-keying over a real site: the map is stored first, keys may swap, and all of it can go back."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from sync.errors import NotConfirmed, NotFound, SettingsError, SiteUnreachable
from sync.model import ChangeFilter, Kind, Operation, RunReport, RunState
from sync.runs import (
    apply,
    approve,
    confirmation,
    drift,
    open_plan,
    plan,
    plan_rekey,
    preview_rekey,
    procedure,
    report as run_report,
    run_cleanup,
    run_rekey,
    undo,
)
from sync.settings import Filter, Limit, Limits
from tests.runs.synced_school import OPEN, School
from umstui.demo.configuration import COURSE_CREATOR_KEY

LENIENT = Filter(person=OPEN, membership=OPEN, group=OPEN, course=OPEN)


def rename(school: School, user_names: dict[str, str]) -> None:
    """Let persons (by key) have other user names at itslearning: UMS knows them by those."""
    with closing(sqlite3.connect(school.folder / "site" / "testsite.db")) as connection:
        for key, name in user_names.items():
            connection.execute(
                "UPDATE person SET user_name = ?, user_folded = ? WHERE key = ?",
                [name, name.casefold(), key],
            )
        connection.commit()


def keys(school: School) -> dict[str, str]:
    """Key by user name."""
    return {p["user_name"]: p["key"] for p in school.site.persons() if p["key"]}


def rekeyed(school: School) -> RunReport:
    """Re-key everybody."""
    return run_rekey(school.installation(limits=LENIENT), confirm="ums")


def test_chains_and_circles_arrive_with_their_memberships_and_go_back(synced: School) -> None:
    """a -> b while b -> c: the wrong order would be refused, or merge two accounts."""
    a, b, c, d, e, f = synced.pupils(6)
    # A chain of three, the last to a free key; a swap; all of them stay in their rooms.
    rename(synced, {c: "free01", b: c, a: b, d: "temporary", e: d})
    rename(synced, {d: e})
    before = synced.content()
    report = rekeyed(synced)
    assert report.summary.state is RunState.APPLIED
    assert report.summary.counts["person"]["rekey"] == 5 + 2  # the swap parks both on the way
    found = keys(synced)
    assert {name: found[name] for name in ("free01", c, b, e, d, f)} == {
        "free01": "free01", c: c, b: b, e: e, d: d, f: f,
    }  # fmt: skip
    for membership in synced.site.memberships():
        if membership["key"] and "@" in membership["key"]:
            assert membership["key"] == f"{membership['person']}@{membership['hierarchy']}"
    with drift(synced.installation()) as changes:
        assert changes.count(ChangeFilter(kinds=frozenset({Kind.MEMBERSHIP}))) == 0
    back = undo(synced.installation(limits=LENIENT), report.summary.run)
    assert set(back.summary.counts["person"]) >= {"rekey"}
    assert back.summary.deletes == 0
    apply(synced.installation(limits=LENIENT), back.summary.run, confirm=confirmation(back))
    assert synced.content() == before
    assert plan(synced.installation(limits=LENIENT)).summary.deletes == 0


def test_the_map_is_there_before_anything_is_sent(synced: School) -> None:
    """Whoever has to go back after a breakdown needs to know the old keys."""
    a = synced.pupils(1)[0]
    rename(synced, {a: "new01"})
    report = plan_rekey(synced.installation(limits=LENIENT))
    assert keys(synced)["new01"] == a
    with open_plan(synced.installation(), report.summary.run) as run:
        choice = ChangeFilter(kinds=frozenset({Kind.PERSON}))
        changes = run.page(choice, 0, 10)
    assert [(c.op, c.fields) for c in changes] == [(Operation.REKEY, {"key": (a, "new01")})]
    with pytest.raises(NotConfirmed, match="changes sync keys"):
        apply(synced.installation(limits=LENIENT), report.summary.run)
    apply(synced.installation(limits=LENIENT), report.summary.run, confirm="ums")
    assert keys(synced)["new01"] == "new01"


def test_who_cannot_be_re_keyed_is_named_with_the_reason(synced: School) -> None:
    a, b, c = synced.pupils(3)
    with synced.site.seed("u") as seeding:
        seeding.person("manual01", "Ida", "Holm")
        seeding.person("guardian7", "Bo", "Dahl", key="P-7")
        seeding.person("boss", "Ea", "Friis", profile="Administrator", key="keyed-boss")
    with closing(sqlite3.connect(synced.folder / "site" / "testsite.db")) as connection:
        connection.execute(
            "UPDATE person SET user_name = 'maker', user_folded = 'maker' WHERE key = ?",
            [COURSE_CREATOR_KEY],
        )
        connection.commit()
    # Onto an administrator's key, which stays; no user name; case alone; in our own trash.
    rename(synced, {a: "keyed-boss", b: "", c: c.upper()})
    shown = preview_rekey(synced.installation())
    reasons = {item.key: item.reason for item in shown.obstacles}
    assert reasons == {
        a: "key-taken", b: "no-user-name", COURSE_CREATOR_KEY: "course-creator",
    }  # fmt: skip
    assert (shown.persons, shown.strangers, shown.case_only) == (1, 1, 1)
    assert shown.without_key >= 1
    report = rekeyed(synced)
    assert {(p.reason, p.key) for p in report.problems} == {
        ("key-taken", a), ("no-user-name", b), ("course-creator", COURSE_CREATOR_KEY),
    }  # fmt: skip
    found = keys(synced)
    assert (found["guardian7"], found["boss"], found["keyed-boss"]) == (
        "guardian7", "keyed-boss", a,
    )  # fmt: skip


def test_a_stranger_does_not_become_ours_by_a_key_change(synced: School) -> None:
    """Held but in no row of Students would mean: deleted by the next sync."""
    with synced.site.seed("u") as seeding:
        seeding.person("guardian7", "Bo", "Dahl", key="P-7")
    report = rekeyed(synced)
    assert plan(synced.installation(limits=LENIENT)).summary.deletes == 0
    back = undo(synced.installation(limits=LENIENT), report.summary.run)
    apply(synced.installation(limits=LENIENT), back.summary.run, confirm=confirmation(back))
    assert keys(synced)["guardian7"] == "P-7"


def test_a_key_in_the_trash_is_explained(synced: School) -> None:
    """itslearning says "unknown unknown"; nobody finds that person in any list."""
    a = synced.pupils(1)[0]
    with synced.site.seed("u") as seeding:
        seeding.person("old", "Bo", "Dahl", key="new01")
        seeding.throw_away("old")
    rename(synced, {a: "new01"})
    report = rekeyed(synced)
    assert report.summary.state is RunState.APPLIED_WITH_FAILURES
    with open_plan(synced.installation(), report.summary.run) as run:
        failed = run.page(ChangeFilter(statuses=frozenset({"failed"})), 0, 10)
        skipped = run.count(ChangeFilter(statuses=frozenset({"skipped"})))
    assert [change.key for change in failed] == ["new01"]
    assert "trash" in failed[0].message
    assert skipped == report.summary.counts["membership"]["rekey"] > 0
    assert keys(synced)["new01"] == a


def test_the_filter_holds_a_mass_of_key_changes(synced: School) -> None:
    pupils = synced.pupils(60)
    rename(synced, {key: f"x{key}" for key in pupils})
    strict = Filter(person=Limits(rekey=Limit(percent=5)))
    report = run_rekey(synced.installation(limits=strict), confirm="ums")
    assert report.summary.state is RunState.HELD
    assert not [name for name, key in keys(synced).items() if key.startswith("x")]
    approve(synced.installation(limits=strict), report.summary.run, reason="agreed with support")
    apply(synced.installation(limits=strict), report.summary.run, confirm="ums")
    assert {f"x{key}" for key in pupils} <= set(keys(synced).values())


def test_the_name_of_the_database_has_to_be_typed(synced: School) -> None:
    with pytest.raises(NotConfirmed, match="--confirm ums"):
        run_rekey(synced.installation(), confirm="yes")


def test_the_procedure_knows_where_it_is_and_who_did_what(synced: School) -> None:
    """Two persons share the work of one evening; the second must see what the first did."""

    def states() -> list[str]:
        return [step.state for step in procedure(synced.installation()).steps]

    with synced.site.seed("u") as seeding:
        seeding.person("manual01", "Ida", "Holm")
    assert states() == ["next", "later", "later", "later", "later"]
    run_cleanup(synced.installation(), confirm="ums")
    assert states() == ["done", "next", "later", "later", "later"]
    waiting = plan_rekey(synced.installation(limits=LENIENT))
    rename(synced, {synced.pupils(1)[0]: "new01"})
    assert waiting.summary.changes == 0
    assert states()[:3] == ["done", "done", "next"]  # there was nothing to re-key
    other = run_rekey(synced.installation(limits=LENIENT, operator="ea"), confirm="ums")
    for again in ("users-only", "users-only-again"):
        report = plan(synced.installation(limits=LENIENT), users_only=True)
        if report.summary.changes:
            lenient = synced.installation(limits=LENIENT)
            apply(lenient, report.summary.run, confirm=confirmation(report))
        found = {step.id: step for step in procedure(synced.installation()).steps}
        assert found[again].run == report.summary.run
    steps = procedure(synced.installation())
    assert [step.state for step in steps.steps] == ["done"] * 5
    assert (steps.steps[1].who, steps.steps[1].run) == ("ea", other.summary.run)
    assert steps.without_key is not None
    assert "manual01" in steps.without_key


@pytest.mark.parametrize("operation", ["changePersonsIdentifier", "changeMembershipsIdentifier"])
def test_a_re_keying_that_breaks_off_is_finished_later(synced: School, operation: str) -> None:
    """A key change that is sent twice fails: every answer that was lost has to be looked up."""
    a, b, c, d, e = synced.pupils(5)
    rename(synced, {c: "free01", b: c, a: b, d: "temporary", e: d})
    rename(synced, {d: e})
    run = plan_rekey(synced.installation(limits=LENIENT)).summary.run
    synced.site.set_faults(f"drop-after-commit@{operation}:0.5")
    for _ in range(20):
        try:
            apply(synced.installation(limits=LENIENT), run, confirm="ums")
        except SiteUnreachable:
            continue
        break
    synced.site.set_faults()
    report = run_report(synced.installation(), run)
    found = keys(synced)
    assert report.summary.applied.pending == 0
    assert report.summary.state is RunState.APPLIED or report.summary.applied.failed > 0
    assert set(found) >= {"free01", b, c, d, e}
    again = run_rekey(synced.installation(limits=LENIENT), confirm="ums")
    assert again.summary.state is RunState.APPLIED
    found = keys(synced)
    assert {name: found[name] for name in ("free01", c, b, e, d)} == {
        "free01": "free01", c: c, b: b, e: e, d: d,
    }  # fmt: skip
    with drift(synced.installation()) as changes:
        assert changes.count(ChangeFilter(kinds=frozenset({Kind.MEMBERSHIP}))) == 0


def test_persons_whose_keys_changed_in_ums_keep_their_accounts(synced: School) -> None:
    """A hundred accounts deleted and made again, empty, before an exam: that is what the plan would
    do to a school whose administration numbers its pupils anew."""
    changed = synced.pupils(100)
    before = len(synced.site.persons())
    for key in changed:
        synced.sql("UPDATE Students SET StudieNr = ? WHERE StudieNr = ?", f"x{key}", key)
    held = plan(synced.installation())
    assert held.summary.state is RunState.HELD
    (finding,) = [cell for cell in held.filter if cell.op == "churn"]
    run = held.summary.run
    assert f"`umstui rekey --from-run {run} preview`" in finding.reason
    shown = preview_rekey(synced.installation(), proposed_by=run)
    assert shown.persons == len(changed), "the administrative id tells name sakes apart"
    assert not shown.obstacles
    report = run_rekey(synced.installation(), confirm="ums", proposed_by=run)
    assert report.summary.state is RunState.APPLIED
    assert report.summary.counts["person"]["rekey"] == shown.persons
    left = plan(synced.installation(limits=LENIENT)).summary
    assert (left.counts["person"]["create"], left.deletes) == (0, 0)
    assert len(synced.site.persons()) == before, "nobody is there twice"
    assert not set(keys(synced).values()) & {old for old, _, _ in shown.sample}


def test_name_sakes_whom_nothing_tells_apart_are_named(synced: School) -> None:
    """One would get the other's account; left out in silence, both would be deleted by the next
    plan, which the filter then lets through."""
    changed = synced.pupils(100)
    synced.sql(
        "UPDATE Students SET Fornavne = 'Ida', Efternavn = 'Holm' WHERE StudieNr IN (?, ?)",
        *changed[:2],
    )
    done = plan(synced.installation(limits=LENIENT))
    apply(synced.installation(limits=LENIENT), done.summary.run)
    for key in changed:
        synced.sql("UPDATE Students SET StudieNr = ? WHERE StudieNr = ?", f"x{key}", key)
    synced.sql(
        "UPDATE Students SET UMS_IDFromAdministrativeSystem = 'new' || StudieNr "
        "WHERE StudieNr IN (?, ?)", *[f"x{key}" for key in changed[:2]],
    )  # fmt: skip
    run = plan(synced.installation()).summary.run
    shown = preview_rekey(synced.installation(), proposed_by=run)
    assert shown.persons == len(changed) - 2
    assert sorted((one.reason, one.key) for one in shown.obstacles) == [
        ("name-sakes", key) for key in changed[:2]
    ]
    assert f"x{changed[0]}, x{changed[1]}" in shown.obstacles[0].detail


def test_the_proposal_of_no_run_or_of_another_organization_is_refused(synced: School) -> None:
    """The keys of another organization's persons would be given."""
    with pytest.raises(NotFound, match="no run 99"):
        preview_rekey(synced.installation(), proposed_by="99")
    installation = synced.installation()
    with installation.state.begin() as connection:
        connection.exec_driver_sql("UPDATE run SET org = 2 WHERE id = 1")
    with pytest.raises(SettingsError, match="organization 2, not of 1"):
        preview_rekey(installation, proposed_by="1")
