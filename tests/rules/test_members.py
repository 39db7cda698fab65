"""rules.md 12 and 13: who is in a room, as what, and for how long."""

from __future__ import annotations

import pytest

from tests.rules.small_school import SmallSchool, day

ACTIVITY = {"Aktiviteter_StartDato": "10-08-2026", "Aktiviteter_SlutDato": "30-06-2027"}


def test_learners_join_when_the_room_is_published_teachers_at_once() -> None:
    """rules.md 12: that is how a room is hidden until then."""
    school = SmallSchool()
    school.row("anna01", "1a", **ACTIVITY)
    school.teacher("tea", "1a", **ACTIVITY)
    assert school.wanted(day("02-08-2026")).members("UMSCourse_1a") == {"tea": "Instructor"}
    assert set(school.wanted(day("03-08-2026")).members("UMSCourse_1a")) == {"anna01", "tea"}


def test_teacher_and_learner_at_once_is_a_teacher() -> None:
    school = SmallSchool()
    school.row("both", "1a")
    school.row("both", "1a", UserTypes_ID=0)
    school.wanted()
    assert school.members("UMSCourse_1a") == {"both": "Instructor"}
    assert school.members("UMSGroups_1a") == {"both": "Instructor"}


def test_a_course_room_has_the_rows_of_its_course_and_teachers_without_one() -> None:
    school = SmallSchool(settings={"CourseSites": "All"})
    school.row("anna01", "1a", Skolefag="Math")
    school.row("bo02", "1a", Skolefag="Danish")
    school.row("carl03", "1a")
    school.teacher("tea", "1a")
    school.teacher("mat", "1a", Skolefag="Math")
    school.wanted()
    assert school.members("UMSCourse_1a_Math") == {
        "anna01": "Learner",
        "tea": "Instructor",
        "mat": "Instructor",
    }
    assert set(school.members("UMSCourse_1a")) == {"anna01", "bo02", "carl03", "tea", "mat"}


def test_roles_are_those_of_the_setting() -> None:
    school = SmallSchool(settings={"TeacherRole": "ContentDeveloper", "StudentRole": "Member"})
    school.row("anna01", "1a")
    school.teacher("tea", "1a")
    school.wanted()
    assert school.members("UMSCourse_1a") == {"anna01": "Member", "tea": "ContentDeveloper"}


@pytest.mark.parametrize(
    ("method", "after"),
    [
        ("Finished", {"tea": "Instructor"}),
        ("DeletedInAD", {"tea": "Instructor", "anna01": "Learner"}),
    ],
)
def test_after_the_end(method: str, after: dict[str, str]) -> None:
    """rules.md 13: who left before the end leaves then in both, who stayed stays while wanted."""
    school = SmallSchool(settings={"RemoveLearnerMethod": method})
    for user_name in ("anna01", "bo02", "carl03"):
        school.row(user_name, "1a", **ACTIVITY)
        school.row(user_name, "2a", StartDato="01-05-2027", SlutDato="30-06-2028")
    school.change("UPDATE student SET SlutDato = '29-06-2027' WHERE row_number = 3")
    school.change("DELETE FROM student WHERE row_number = 6")
    school.teacher("tea", "1a", SlutDato="", **ACTIVITY)
    school.teacher("ted", "1a", SlutDato="29-06-2027", **ACTIVITY)
    school.teacher("ted", "2a", SlutDato="")
    school.sync(day("01-06-2027"))
    assert len(school.members("UMSCourse_1a")) == 5
    school.sync(day("30-06-2027"))
    assert set(school.members("UMSCourse_1a")) == {"anna01", "carl03", "tea"}
    school.sync(day("01-07-2027"))
    assert school.members("UMSCourse_1a") == after


@pytest.mark.parametrize("method", ["Finished", "DeletedInAD"])
def test_the_vendors_example(method: str) -> None:
    """Activity 1 January to 1 July, learner until 1 April: removed after 1 April."""
    school = SmallSchool(settings={"RemoveLearnerMethod": method})
    dates = {"Aktiviteter_StartDato": "01-01-2026", "Aktiviteter_SlutDato": "01-07-2026"}
    school.row("anna01", "1a", StartDato="01-01-2026", SlutDato="01-04-2026", **dates)
    school.row("anna01", "1b", StartDato="01-01-2026")
    school.row("bo02", "1a", StartDato="01-01-2026", SlutDato="01-07-2026", **dates)
    assert "anna01" in school.wanted(day("01-04-2026")).members("UMSCourse_1a")
    assert "anna01" not in school.wanted(day("02-04-2026")).members("UMSCourse_1a")


def test_sql_groups_give_teachers_to_every_room_of_the_setting() -> None:
    """rules.md 13: employees with an active row whose Aktivitet is LIKE a pattern."""
    school = SmallSchool(settings={"SQLGroups": "Science%\n \nEng%\r\n"})
    school.setting(2)
    school.template(0, UserTypes_ID=1, itslearningSettings_ID=2, SQLFilter="AktivitetsID='2a'")
    school.row("anna01", "1a")
    school.row("bo02", "2a")
    school.row("pupil", "Science 1")
    school.teacher("sci", "Science 9")
    school.teacher("eng", "English")
    school.teacher("soon", "English", StartDato="10-09-2026")
    school.teacher("art", "Art")
    school.wanted()
    assert school.members("UMSCourse_1a") == {
        "anna01": "Learner",
        "sci": "Instructor",
        "eng": "Instructor",
    }
    assert school.members("UMSCourse_2a") == {"bo02": "Learner"}
    assert "eng" not in school.members("UMSGroups_1a")


def test_an_employee_without_an_activity_is_in_no_sql_group() -> None:
    """An empty text is LIKE '%' and would make the whole staff teachers everywhere."""
    school = SmallSchool(settings={"SQLGroups": "%"})
    school.row("anna01", "1a")
    school.teacher("office", None, Aktivitet="")
    school.wanted()
    assert school.members("UMSCourse_1a") == {"anna01": "Learner"}


def test_sql_groups_teachers_stay_in_archived_rooms() -> None:
    """readings.md 27."""
    school = SmallSchool(settings={"SQLGroups": "Eng%"})
    school.row("anna01", "1a")
    school.teacher("eng", "English", SlutDato="")
    school.sync()
    school.sync(day("01-07-2027"))
    assert school.members("UMSCourse_1a") == {"eng": "Instructor"}
    assert school.places()["UMSCourse_1a"]["empty_since"] == day("01-07-2027")


def test_members_come_from_all_templates_of_the_organization_only() -> None:
    school = SmallSchool(templates=False)
    school.template(1, UserTypes_ID=1, SQLFilter="Skolekode = '1'")
    school.row("anna01", "1a", Skolekode="1")
    school.row("bo02", "1a", Skolekode="2")
    school.wanted()
    assert school.members("UMSCourse_1a") == {"anna01": "Learner"}


def test_the_school_of_a_membership_is_that_of_most_of_its_rows() -> None:
    """rules.md 21."""
    school = SmallSchool()
    for code in ("2", "2", "1", "1", ""):
        school.row("anna01", "1a", Skolekode=code)
    school.row("anna01", "1b", Skolekode="9")
    school.wanted()
    schools = {(r["group_key"], r["school"]) for r in school.rows_of("wanted_membership")}
    assert ("UMSCourse_1a", "1") in schools
    assert ("UMSGroups_1b", "9") in schools
    assert school.places()["UMSCourse_1a"]["school"] == "1"
