"""Diagnosis of a room over a real UMS database and a real site."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

from msgspec import structs

from sync import runs
from sync.model import RunState
from tests.runs.synced_school import School
from tests.runs.test_diagnosing import facts, room_of, sourced
from tests.runs.test_duplicates import carried_out, pupil


def test_a_room_whose_course_is_gone_is_known_to_have_lost_its_link(synced: School) -> None:
    """Everybody is in the group, nobody in the course."""
    key = pupil(synced)
    room, _ = room_of(synced, key)
    with closing(sqlite3.connect(synced.folder / "site" / "testsite.db")) as connection:
        changed = connection.execute(
            "UPDATE hierarchy SET type = 'Unspecified' WHERE key = ?", (room,)
        )
        assert changed.rowcount == 1
        connection.execute(
            "UPDATE course SET hierarchy = NULL WHERE hierarchy = "
            "(SELECT id FROM hierarchy WHERE key = ?)", (room,),
        )  # fmt: skip
        connection.commit()
    answer = runs.diagnose_room(synced.installation(read_only=True), room)
    assert "has lost its link" in answer.summary, answer.summary
    assert any("find hierarchy" in step for step in answer.next)
    member = runs.diagnose_membership(synced.installation(read_only=True), key, room)
    assert "has lost its link" in member.summary


def test_a_room_says_where_it_stands_and_which_setting_put_it_there(synced: School) -> None:
    """ "Why is it there?" has an answer in the settings."""
    key = pupil(synced)
    room, _ = room_of(synced, key)
    answer = runs.diagnose_room(synced.installation(read_only=True), room)
    assert "is at itslearning with" in answer.summary, answer.summary
    places = [fact for fact in answer.facts if fact.what == "place"]
    assert len(places) == 1
    assert places[0].value == "Nordhavn Gymnasium > STX"
    assert "setting" in places[0].source or "branch" in places[0].source
    assert sourced(answer)


def test_a_course_that_no_choice_takes_is_known_to_be_in_ums(synced: School) -> None:
    """Who is told that UMS lacks it searches the wrong system; the setting has to be changed."""
    there = {g["key"] for g in synced.site.groups()}
    rows = synced.rows(
        "SELECT StudieNr, Aktivitet, Skolefag FROM Students WHERE Skolefag <> '' "
        "AND coalesce(Skolefag_LMS, 0) = 0 AND UserTypes_ID = 1 AND StudieNr = lower(StudieNr) "
        "AND Aktiviteter_SlutDato LIKE '%2027' AND NOT SecretAddress ORDER BY 1"
    )
    key, activity, course = next(row for row in rows if f"UMSCourse_{row[1]}_{row[2]}" not in there)
    room = f"UMSCourse_{activity}_{course}"
    installation = synced.installation(read_only=True)
    answer = runs.diagnose_room(installation, room)
    assert answer.summary.startswith(f"{room} is not at itslearning: no setting's choice takes")
    assert "rows" in facts(answer)["UMS"]
    member = runs.diagnose_membership(installation, str(key), room)
    assert "no setting's choice takes" in member.summary, member.summary
    assert str(course) in facts(member)["UMS row"]
    assert facts(member)["wanted"] == "no: the room itself is not wanted"
    mistyped = runs.diagnose_room(installation, f"UMSCourse_{activity}_Findesikke")
    assert mistyped.summary.startswith("There is no room"), mistyped.summary


def test_a_place_of_the_hierarchy_stands_as_long_as_something_is_under_it(synced: School) -> None:
    """One who is told that UMS does not want it takes it away, with every course under it."""
    key = next(str(g["key"]) for g in synced.site.groups() if str(g["key"]).startswith("UMSNode_C"))
    answer = runs.diagnose_room(synced.installation(read_only=True), key)
    assert "does not want" not in answer.summary, answer.summary
    assert facts(answer)["wanted"].startswith("yes: as last planned")


def test_a_learner_whom_a_faulty_row_keeps_in_an_ended_room_is_told_from_one_who_belongs_there(
    synced: School,
) -> None:
    """Support asks why a course of last year is still there, and finds the row to mend."""
    key = pupil(synced)
    room, activity = room_of(synced, key)
    synced.sql("UPDATE itslearningSettings SET RemoveLearnerMethod = 'Finished'")
    synced.sql(
        "UPDATE Students SET Aktiviteter_SlutDato = '01-09-2026' WHERE Aktivitet = ?", activity
    )
    columns = ", ".join(
        str(column[1])
        for column in synced.rows("PRAGMA table_info(Students)")
        if column[1] != "SlutDato"
    )
    synced.sql(
        f"INSERT INTO Students ({columns}, SlutDato) SELECT {columns}, '31-02-2027' "
        "FROM Students WHERE StudieNr = ? AND Aktivitet = ? LIMIT 1",
        key, activity,
    )  # fmt: skip
    run = runs.plan(synced.installation()).summary.run
    runs.approve(synced.installation(), run, reason="the room has ended")
    carried_out(synced, run)
    installation = synced.installation(read_only=True)
    answer = runs.diagnose_room(installation, room)
    assert facts(answer)["not empty"] == f"1 learner: {key}"
    assert answer.next[0].endswith(f'umstui diagnose room "{room}" --person {key}')
    answer = runs.diagnose_membership(installation, key, room)
    assert "stays there: a row of UMS is faulty (a date is not a real" in answer.summary
    assert facts(answer)["wanted"].startswith("as Learner: a row of UMS is faulty")
    assert len(answer.next) == 1
    assert answer.next[0].startswith("Mend the row in the administrative system")


def test_a_course_that_came_back_stays_archived_until_somebody_is_told(synced: School) -> None:
    """No sync un-archives a course: pupils see nothing of it until a person does (rules.md 16)."""
    key = pupil(synced)
    room, activity = room_of(synced, key)
    ended = "UPDATE Students SET Aktiviteter_SlutDato = ? WHERE Aktivitet = ?"
    synced.sql("UPDATE itslearningSettings SET RemoveLearnerMethod = 'Finished', "
               "DeleteDaysAfterEnd = 0, DeleteSites = 'Auto'")  # fmt: skip
    installation = archiving(synced)
    for end in ("01-09-2026", "31-07-2027"):
        synced.sql(ended, end, activity)
        report = runs.plan(installation)
        if report.summary.state is RunState.HELD:
            runs.approve(installation, report.summary.run, reason="the course has ended")
        runs.apply(installation, report.summary.run, confirm=runs.confirmation(report))
    told = [problem.detail for problem in report.problems if problem.key == room]
    assert len(told) == 1
    assert told[0].endswith("un-archive it by hand, under Admin, Courses, with "
                            '"Archived courses" ticked'), told  # fmt: skip
    answer = runs.diagnose_room(installation, room)
    assert "is archived at itslearning and has to be un-archived by hand" in answer.summary
    assert answer.next[0].startswith("Un-archive the course by hand")
    runs.plan(installation)
    answer = runs.diagnose_room(installation, room)
    assert "is at itslearning with" in answer.summary
    assert answer.next[0].startswith("Where nobody has done so since run 3"), answer.next


def archiving(school: School) -> runs.Installation:
    """An installation whose site archives a course when its group is deleted."""
    installation = school.installation()
    settings = installation.settings
    itslearning = structs.replace(settings.itslearning, course_archiving=True)
    return replace(installation, settings=structs.replace(settings, itslearning=itslearning))
