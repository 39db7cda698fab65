"""Why a change is planned, in words that name facts and dates (rules.md)."""

from __future__ import annotations

from tests.rules.small_school import SmallSchool, day


def test_every_change_of_a_first_plan_says_why() -> None:
    school = SmallSchool(settings={"MaintainTemplateGroups": 1, "SQLGroups": "Eng%"})
    school.put("sub_account_setting", ID=4, OrganizationSettings_ID=1, DatabaseField="Department")
    school.row("anna01", "1a", Department="Tech")
    school.teacher("eng", "English", SlutDato="")
    reasons = school.planned()
    assert all(reasons.values())
    assert reasons["create anna01"] == "row 2026-08-10 to 2027-06-30 in template Template 1"
    assert reasons["create eng"] == "row from 2026-08-10 in template Template 2"
    assert reasons["create anna01@UMSCourse_1a"] == "row 2026-08-10 to 2027-06-30 in 1a"
    assert reasons["create eng@UMSCourse_1a"] == (
        "SQLGroups takes this person into every room of setting 1"
    )
    assert reasons["create anna01@UMSTemplate_1"] == "a row of template Template 1 counts"
    assert reasons["create UMSCourse_1a"] == (
        "room runs 2026-08-10 to 2027-06-30, made from 2026-07-27, setting 1"
    )
    assert reasons["create UMSGroups_1a"] == "a row of 1a counts"
    assert reasons["create UMSTemplate_1"] == "template Template 1 maintains a group"


def test_a_row_that_ends_early_names_both_ends() -> None:
    school = SmallSchool()
    for number, user_name in enumerate(("anna01", "bo02", "carl03"), 1):
        school.row(user_name, "1a", Aktiviteter_SlutDato="30-06-2027")
        school.row(user_name, "1b")
        school.change(
            f"UPDATE student SET SlutDato='26-06-2027' WHERE row_number = {2 * number - 1}"
        )
    school.sync()
    school.change("DELETE FROM student WHERE StudieNr = 'bo02'")
    school.change("DELETE FROM student WHERE StudieNr = 'carl03' AND AktivitetsID = '1a'")
    reasons = school.planned(day("27-06-2027"))
    assert reasons["delete anna01@UMSCourse_1a"] == (
        "row ended 2027-06-26, activity 1a runs to 2027-06-30"
    )
    assert reasons["delete bo02"] == "no row names this person any more"
    assert reasons["delete carl03@UMSCourse_1a"] == "no row puts this person in 1a any more"
    reasons = school.planned(day("02-07-2027"))
    assert reasons["delete anna01"] == "row ended 2027-06-30"
    assert reasons["archive UMSCourse_1b"] == "room ended 2027-06-30"
    assert reasons["delete UMSGroups_1b"] == "its last row ended 2027-06-30"


def test_finished_learners_vanished_rooms_and_rooms_whose_time_is_over() -> None:
    school = SmallSchool()
    school.row("anna01", "1a")
    school.row("anna01", "2a", SlutDato="")
    school.row("anna01", "3a", SlutDato="")
    school.sync()
    school.change("DELETE FROM student WHERE AktivitetsID = '3a'")
    reasons = school.planned(day("01-07-2027"))
    assert reasons["delete anna01@UMSCourse_1a"] == (
        "room ended 2027-06-30, learners leave then (Finished)"
    )
    assert reasons["archive UMSCourse_3a"] == "rows of 3a vanished, it counts as ended 2027-06-30"
    assert reasons["delete anna01@UMSCourse_3a"] == "rows of 3a vanished"
    school.sync(day("01-07-2027"))
    reasons = school.planned(day("31-07-2027"))
    assert reasons["delete UMSCourse_1a"] == (
        "room ended 2027-06-30, empty since 2027-07-01, 30 days passed"
    )


def test_moves_updates_and_notes() -> None:
    school = SmallSchool()
    school.put(
        "sub_account_courses_setting", ID=4, OrganizationSettings_ID=1, DatabaseField="Department"
    )
    school.row("anna01", "1a", Department="Tech", WorkMail="a@x")
    school.row("anna01", "1b", Department="Tech")
    school.sync()
    school.change("UPDATE student SET Department = 'Trade' WHERE AktivitetsID = '1a'")
    school.change("UPDATE student SET Department = '' WHERE AktivitetsID = '1b'")
    school.change("UPDATE student SET WorkMail = 'b@x', Efternavn = 'Holm'")
    school.change("UPDATE itslearning_setting SET StudentMail = 1")
    reasons = school.planned()
    assert reasons["move UMSCourse_1a"] == "placed under Trade by sub account setting 4"
    assert reasons["move UMSCourse_1b"] == "no branch has a value at every level"
    assert reasons["update anna01"] == "UMS says otherwise: last_name, email"
    assert all(reasons.values())


def test_users_only_explains_persons() -> None:
    school = SmallSchool()
    school.row("anna01", "1a")
    school.sync()
    school.change("DELETE FROM template")
    reasons = school.planned(users_only=True)
    assert reasons == {
        "delete anna01": "no template of the organization takes the rows of this person any more"
    }


def test_a_row_that_now_starts_later_is_named() -> None:
    school = SmallSchool()
    school.row("anna01", "1a")
    school.row("bo02", "1a")
    school.sync()
    school.change("UPDATE student SET StartDato = '01-12-2026' WHERE StudieNr = 'anna01'")
    reasons = school.planned()
    assert reasons["delete anna01"] == "row starts 2026-12-01, counts from 2026-11-17"
