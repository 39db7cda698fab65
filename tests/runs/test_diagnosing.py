"""Diagnosis over a real UMS database and a real site: what support is asked every August."""

from __future__ import annotations

import datetime as dt

import pytest

from sync import runs
from sync.errors import UmstuiError
from sync.findings import Diagnosis
from sync.windows import KeepException, KeepTarget, Window, WindowType
from tests.runs.synced_school import School
from tests.runs.test_duplicates import add_pupil, by_hand, carried_out, pupil
from umstui.testsite import seed


def facts(answer: Diagnosis) -> dict[str, str]:
    return {fact.what: fact.value for fact in answer.facts}


def sourced(answer: Diagnosis) -> bool:
    """Every fact says where it stands, but for those that say what was not asked."""
    return all(fact.source for fact in answer.facts if fact.what != "not asked")


def room_of(school: School, key: str, prefix: str = "UMSCourse_") -> tuple[str, str]:
    """A room that the pupil is in, and its activity."""
    rooms = {
        str(m["key"]).split("@", 1)[1]
        for m in school.site.memberships()
        if str(m["key"]).startswith(f"{key}@{prefix}")
    }
    named = school.rows(f"SELECT DISTINCT Aktivitet FROM Students WHERE StudieNr = '{key}'")
    for room in sorted(rooms):
        for (activity,) in named:
            if room.startswith(f"{prefix}{activity}"):
                return room, str(activity)
    raise AssertionError((rooms, named))


def test_one_who_is_everywhere_is_said_to_be_there(synced: School) -> None:
    """The answer to most questions; it must not send anybody searching."""
    key = pupil(synced)
    answer = runs.diagnose_person(synced.installation(read_only=True), key)
    assert "is in itslearning as UMS has it" in answer.summary, answer.summary
    found = facts(answer)
    assert found["held"].startswith("yes, since run 1")
    assert found["wanted"].startswith("yes: ")
    assert f"key {key}" in found["at itslearning"]
    assert answer.next == ()
    assert sourced(answer)


def in_two_rooms(school: School) -> tuple[str, str, str]:
    """A teacher who is in rooms of two activities: key, one of the rooms, its activity."""
    for (key,) in school.rows(
        "SELECT StudieNr FROM Students WHERE UserTypes_ID = 0 AND NOT SecretAddress "
        "AND StudieNr = lower(trim(StudieNr)) GROUP BY 1 "
        "HAVING count(DISTINCT AktivitetsID) > 1 ORDER BY 1"
    ):
        rooms = {
            str(m["key"]).split("@", 1)[1]
            for m in school.site.memberships()
            if str(m["key"]).startswith(f"{key}@UMSCourse_")
        }
        activities = school.rows(
            f"SELECT DISTINCT Aktivitet FROM Students WHERE StudieNr = '{key}'"
        )
        of = {
            str(name): [room for room in sorted(rooms) if room.startswith(f"UMSCourse_{name}")]
            for (name,) in activities
        }
        filled = {name: found for name, found in of.items() if found}
        if len(filled) > 1:
            name, found = min(filled.items())
            return str(key), found[0], name
    raise AssertionError("the school has no such teacher")


def test_a_row_that_ended_is_named_with_its_day(synced: School) -> None:
    """ "She is in itslearning, but not in 3b": the row ended, nothing is broken."""
    key, room, activity = in_two_rooms(synced)
    synced.sql(
        "UPDATE Students SET StartDato = '01-08-2026', SlutDato = '12-08-2026' "
        "WHERE StudieNr = ? AND Aktivitet = ?", key, activity,
    )  # fmt: skip
    planned = runs.plan(synced.installation())
    still = runs.diagnose_membership(synced.installation(read_only=True), key, room)
    assert f"run {planned.summary.run} deletes the membership" in still.summary, still.summary
    carried_out(synced, planned.summary.run)
    answer = runs.diagnose_membership(synced.installation(read_only=True), key, room)
    assert "is in itslearning, but not in" in answer.summary, answer.summary
    assert "ended 12 August 2026" in answer.summary
    assert "administrative system" in answer.next[0]
    found = facts(answer)
    assert found["1 the course exists"].startswith("yes")
    assert found["2 the user exists"].startswith("yes")
    assert found["3 the link is there"] == "no"
    assert sourced(answer)


def test_the_three_questions_all_answered_yes_lead_to_the_documented_steps(
    synced: School,
) -> None:
    """The link from course to hierarchy shows in no interface: it is mended by hand."""
    key = pupil(synced)
    room, _ = room_of(synced, key)
    answer = runs.diagnose_membership(synced.installation(read_only=True), key, room)
    assert f"({key}) is in " in answer.summary, answer.summary
    found = facts(answer)
    assert found["3 the link is there"].startswith("yes, as ")
    assert any("hierarchy synchronization" in step for step in answer.next)
    assert any("Choose" in step for step in answer.next)


def test_one_who_is_to_come_is_planned_and_the_run_is_named(synced: School) -> None:
    """ "When will he be there?" - when run 2 has been carried out."""
    add_pupil(synced, pupil(synced), "nyelev1", "Ny", "Elev", "ny@skole.example")
    unplanned = runs.diagnose_person(synced.installation(read_only=True), "nyelev1")
    assert "not in itslearning yet" in unplanned.summary
    assert "Make a plan: umstui plan" in unplanned.next
    report = runs.plan(synced.installation())
    answer = runs.diagnose_person(synced.installation(read_only=True), "NYELEV1")
    assert f"run {report.summary.run} makes the account" in answer.summary, answer.summary
    assert f"umstui apply {report.summary.run}" in " ".join(answer.next)


def test_a_pupil_of_another_school_is_said_to_be_nobodys_here(synced: School) -> None:
    """The row stands in the same UMS: it is no answer that there is none."""
    (room,) = synced.rows(
        "SELECT SyncKey FROM itslearning_Sites WHERE SiteType = 'Activity' LIMIT 1"
    )
    node = str(room[0]).removeprefix("UMSCourse_")
    columns = [str(row[1]) for row in synced.rows("PRAGMA table_info(Students)")]
    new = {"StudieNr": "fremmed", "Skolekode": "999999", "ExtraField1": ""}
    values = ", ".join("?" if column in new else f'"{column}"' for column in columns)
    synced.sql(
        f"INSERT INTO Students SELECT {values} FROM Students WHERE UserTypes_ID = 1 "
        "AND AktivitetsID IN (SELECT AktivitetsID FROM Students WHERE Aktivitet = ?) LIMIT 1",
        *(new[column] for column in columns if column in new), node,
    )  # fmt: skip
    answer = runs.diagnose_membership(synced.installation(), "fremmed", str(room[0]), live=False)
    assert "no template of UMS for this site takes the rows" in answer.summary
    wanted = next(fact.value for fact in answer.facts if fact.what == "wanted")
    assert wanted == "no: no template of UMS for this site takes the rows"


def test_a_faulty_row_is_named_as_the_reason(synced: School) -> None:
    """The school mends a date in a minute, once it knows which."""
    add_pupil(synced, pupil(synced), "skaev", "Skæv", "Dato", "")
    synced.sql("UPDATE Students SET StartDato = '31-02-2026' WHERE StudieNr = 'skaev'")
    answer = runs.diagnose_person(synced.installation(read_only=True), "skaev")
    assert "rows in UMS are faulty (a date is not a real dd-mm-yyyy date)" in answer.summary, (
        answer.summary
    )
    assert answer.next[0].startswith("Mend the row")


def test_one_who_left_waits_as_the_calendar_says(synced: School) -> None:
    """ "She left in June, why is she still there?" - because of the window."""
    key = pupil(synced)
    synced.sql("UPDATE Students SET SlutDato = '01-09-2026' WHERE StudieNr = ?", key)
    installation = synced.installation()
    window = Window(WindowType.DELAY_DELETE, dt.date(2026, 11, 20), dt.date(2026, 12, 31))
    runs.add_window(installation, window)
    runs.plan(installation)
    answer = runs.diagnose_person(synced.installation(read_only=True), key)
    assert "is still in itslearning, although the last row in UMS ended" in answer.summary
    assert "waits until 1 January 2027" in answer.summary, answer.summary
    runs.add_exception(
        installation,
        KeepException(KeepTarget.PERSON, key, dt.date(2026, 12, 1), "exam in November"),
    )
    assert (
        "exam in November"
        in facts(runs.diagnose_person(synced.installation(read_only=True), key))["kept"]
    )


def test_nobody_and_nothing_are_answers_too(synced: School) -> None:
    """A mistyped key is the commonest question of all."""
    person = runs.diagnose_person(synced.installation(read_only=True), "findesikke")
    assert person.summary.startswith("Nobody has the key findesikke")
    room = runs.diagnose_room(synced.installation(read_only=True), "UMSCourse_findesikke")
    assert room.summary.startswith("There is no room UMSCourse_findesikke")
    member = runs.diagnose_membership(
        synced.installation(read_only=True), pupil(synced), "UMSCourse_findesikke"
    )
    assert "no room UMSCourse_findesikke" in member.summary


def test_one_deleted_at_the_site_by_hand_is_told_from_one_who_is_there(synced: School) -> None:
    """What was sent is not what is there; only asking tells."""
    key = pupil(synced)
    person = next(p for p in synced.site.persons() if p["key"] == key)
    with seed(synced.folder / "site", "u") as seeding:
        seeding.throw_away(str(person["user_name"]))
    answer = runs.diagnose_person(synced.installation(read_only=True), key)
    assert "was sent but is not at itslearning" in answer.summary
    assert "umstui plan --live" in answer.next[0]


def test_without_the_site_and_without_ums_the_last_run_answers_and_says_so(
    synced: School,
) -> None:
    """Support is called when something is away."""
    key = pupil(synced)
    room, _ = room_of(synced, key)
    synced.site.stop()
    for answer in (
        runs.diagnose_person(synced.installation(read_only=True), key),
        runs.diagnose_membership(synced.installation(read_only=True), key, room),
        runs.diagnose_person(synced.installation(read_only=True), key, live=False),
    ):
        assert f"({key}) is in " in answer.summary, answer.summary
    away = runs.diagnose_room(synced.installation(read_only=True), room)
    assert facts(away)["not asked"].startswith("itslearning: ")
    assert (
        "as it was last sent"
        in facts(runs.diagnose_membership(synced.installation(read_only=True), key, room))[
            "1 the course exists"
        ]
    )
    (synced.folder / "ums.db").rename(synced.folder / "away.db")
    answer = runs.diagnose_person(synced.installation(read_only=True), key)
    assert f"({key}) is in itslearning" in answer.summary, answer.summary
    assert any("UMS" in fact.value for fact in answer.facts if fact.what == "not asked")


def test_a_reading_that_runs_have_overtaken_is_not_called_none(synced: School) -> None:
    """Who hears that itslearning was never read looks for what is wrong with the connection."""
    key = pupil(synced)
    runs.find_duplicates(synced.installation())
    synced.now += dt.timedelta(hours=1)
    other = next(str(p["key"]) for p in synced.site.persons() if p["key"] not in {key, "", None})
    synced.sql(f"UPDATE Students SET Efternavn = 'Ny' WHERE StudieNr = '{other}'")
    carried_out(synced, runs.plan(synced.installation()).summary.run)
    synced.site.stop()
    answer = runs.diagnose_person(synced.installation(read_only=True), key)
    (source,) = [fact.source for fact in answer.facts if fact.what == "at itslearning"]
    assert source.endswith("before the last run sent something"), source


def test_a_second_account_is_pointed_out(synced: School) -> None:
    """The work is in the other account: nobody would look there."""
    key = pupil(synced)
    person = next(p for p in synced.site.persons() if p["key"] == key)
    by_hand(synced, "dobbelt", str(person["first"]), str(person["last"]))
    (finding,) = runs.find_duplicates(synced.installation()).findings
    answer = runs.diagnose_person(synced.installation(read_only=True), key)
    assert "second account" in answer.summary
    assert f"umstui duplicates show {finding.id}" in " ".join(answer.next)


def test_diagnosis_writes_nothing_and_asks_nothing_that_writes(
    synced: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking at a person must not hand out keys (readings 1 and 58)."""
    key = pupil(synced)
    room, _ = room_of(synced, key)
    content = synced.content()
    from sync.itslearning import SiteReader  # noqa: PLC0415

    def refuse(*_: object, **__: object) -> None:
        raise UmstuiError("asked for what must not be asked")

    for name in ("read_memberships_of_person", "read_memberships_of_group", "person_page"):
        monkeypatch.setattr(SiteReader, name, refuse)
    runs.diagnose_membership(synced.installation(read_only=True), key, room)
    assert synced.content() == content


def test_one_whose_rows_are_all_faulty_is_not_called_as_ums_has_it(synced: School) -> None:
    """Nothing of hers is changed until the row is mended; "all is well" would hide that."""
    key, other = synced.pupils(10)[8:]
    synced.sql("UPDATE Students SET Efternavn = '' WHERE StudieNr = ?", key)
    answer = runs.diagnose_person(synced.installation(read_only=True), key)
    assert "stays in itslearning as last sent, and nothing is changed" in answer.summary
    assert "Efternavn is empty" in answer.summary
    assert answer.next[0].startswith("Mend the row")
    synced.sql("UPDATE Students SET StudieNr = '' WHERE StudieNr = ?", other)
    answer = runs.diagnose_person(synced.installation(read_only=True), other)
    assert "stays in itslearning as last sent" in answer.summary, answer.summary
    assert "StudieNr is empty" in answer.summary


def test_a_changed_key_is_told_from_somebody_who_left(synced: School) -> None:
    """Deleting the old account and making a new one would cost a pupil a year of work."""
    (key,) = synced.pupils(8)[7:]
    synced.sql("UPDATE Students SET StudieNr = 'nynoegle' WHERE StudieNr = ?", key)
    answer = runs.diagnose_person(synced.installation(read_only=True), key)
    assert "its administrative id is now nynoegle's" in answer.summary, answer.summary
    assert any("umstui duplicates" in step for step in answer.next)


@pytest.mark.parametrize("planned", [False, True])
def test_the_new_key_of_somebody_who_is_there_under_the_old_one_is_warned_of(
    synced: School, planned: bool
) -> None:
    """Support asks by the key that UMS has now; "carry out the run" would make a second account."""
    (key,) = synced.pupils(8)[7:]
    room, _ = room_of(synced, key)
    synced.sql("UPDATE Students SET StudieNr = 'nynoegle' WHERE StudieNr = ?", key)
    if planned:
        runs.plan(synced.installation())
    answer = runs.diagnose_person(synced.installation(read_only=True), "nynoegle")
    assert f"has an account as {key}" in answer.summary, answer.summary
    assert ("a second one" if planned else "would make two") in answer.summary, answer.summary
    assert "umstui duplicates list" in answer.next[0]
    assert not any("umstui apply" in step or "umstui plan" in step for step in answer.next)
    assert sourced(answer)
    member = runs.diagnose_membership(synced.installation(read_only=True), "nynoegle", room)
    assert f"has an account as {key}" in member.summary, member.summary


def test_an_exception_and_the_timetables_user_are_named_on_top(synced: School) -> None:
    """Both stay on purpose; nobody should look for a fault, or make a plan against it."""
    (key,) = synced.pupils(7)[6:]
    synced.sql("DELETE FROM Students WHERE StudieNr = ?", key)
    runs.add_exception(
        synced.installation(), KeepException(KeepTarget.PERSON, key, dt.date(2026, 12, 1), "exam")
    )
    answer = runs.diagnose_person(synced.installation(read_only=True), key)
    assert "an exception keeps the account until 1 December 2026 (exam)" in answer.summary
    answer = runs.diagnose_person(synced.installation(read_only=True), "UMSTimetableUser")
    assert "never touched" in answer.summary or "Nobody has the key" in answer.summary


def test_what_was_made_by_hand_is_not_said_to_have_been_wanted(synced: School) -> None:
    """A template of the school's own is no leftover to be cleared away."""
    with seed(synced.folder / "site", "u") as seeding:
        seeding.course_template("UMSCourse_EgenSkabelon", "Egen skabelon")
    answer = runs.diagnose_room(synced.installation(read_only=True), "UMSCourse_EgenSkabelon")
    assert "not by a sync of this program" in answer.summary, answer.summary
    assert "any more" not in " ".join(fact.value for fact in answer.facts)
    assert answer.next == ()


def test_one_who_is_in_a_room_no_longer_wanted_is_not_called_right(synced: School) -> None:
    """The teacher asks why the pupil is still there, not whether."""
    key = pupil(synced)
    room, activity = room_of(synced, key)
    synced.sql(
        "UPDATE Students SET SlutDato = '12-08-2026' WHERE StudieNr = ? AND Aktivitet = ?",
        key, activity,
    )  # fmt: skip
    answer = runs.diagnose_membership(synced.installation(read_only=True), key, room)
    assert "although UMS does not want it today (row ended 2026-08-12" in answer.summary
    assert "the last plan did not know of it" in answer.summary
    assert answer.next == ("Make a plan: umstui plan",)


def test_a_user_name_that_somebody_else_has_is_not_called_the_persons_account(
    synced: School,
) -> None:
    """Whoever is told that the pupil is in itslearning hands over another's account."""
    add_pupil(synced, pupil(synced), "takn55", "Villads", "Thorup", "vt@skole.example")
    by_hand(synced, "takn55", "Britta", "Mogensen")
    runs.find_duplicates(synced.installation())
    answer = runs.diagnose_person(synced.installation(read_only=True), "takn55")
    assert "is not in itslearning under this key" in answer.summary, answer.summary
    assert "taken there by the account of Britta Mogensen" in answer.summary
    assert "second account" not in answer.summary
    assert any("umstui duplicates show" in step for step in answer.next)
