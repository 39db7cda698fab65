"""rules.md 2 and 3, readings.md 8 and 10: what problem rows stand for is not deleted."""

from __future__ import annotations

from tests.rules.small_school import SmallSchool, day

LATER = day("15-09-2026")


def held_school(**settings: object) -> SmallSchool:
    """1a with anna01 and bo02, 1b with carl03 alone, all held."""
    school = SmallSchool(settings=settings)
    for user_name, activity in (("anna01", "1a"), ("bo02", "1a"), ("carl03", "1b")):
        school.row(user_name, activity, UMS_IDFromAdministrativeSystem=f"id-{user_name}")
    school.sync()
    return school


def deletes(done: list[tuple[str, str, str]]) -> list[str]:
    return [key for _, op, key in done if op == "delete"]


def test_a_person_with_a_broken_row_keeps_account_and_memberships() -> None:
    school = held_school()
    school.change("UPDATE student SET StartDato = 'x' WHERE StudieNr = 'anna01'")
    assert school.sync(LATER) == []
    assert school.persons()["anna01"]["kept"]
    assert set(school.members("UMSCourse_1a")) == {"anna01", "bo02"}


def test_a_broken_row_beside_a_good_one_protects_all_memberships() -> None:
    school = held_school()
    school.change("UPDATE student SET AktivitetsID='1b', Aktivitet='1b' WHERE StudieNr = 'anna01'")
    school.row("ANNA01", "1b", SlutDato="x")
    done = school.sync(LATER)
    assert deletes(done) == []
    assert "anna01" in school.members("UMSCourse_1a")
    assert "anna01" in school.members("UMSCourse_1b")
    assert not school.persons()["anna01"]["kept"]


def test_the_administrative_id_counts_where_the_user_name_is_empty() -> None:
    """readings.md 8: it protects who had it in the last run."""
    school = held_school()
    school.change("UPDATE student SET StudieNr = '' WHERE StudieNr IN ('anna01', 'carl03')")
    assert school.sync(LATER) == []
    assert set(school.persons()) == {"anna01", "bo02", "carl03"}


def test_the_administrative_id_does_not_count_beside_a_user_name() -> None:
    school = held_school()
    school.change("DELETE FROM student WHERE StudieNr = 'bo02'")
    school.row("new", "1a", UMS_IDFromAdministrativeSystem="id-bo02", StartDato="x")
    assert "bo02" in deletes(school.sync(LATER))


def test_a_room_and_group_that_only_problem_rows_stand_for_stay_as_they_are() -> None:
    """readings.md 10: of its members those of rule 2 stay."""
    school = held_school()
    school.row("dina04", "1b")
    school.sync()
    school.change("UPDATE student SET SlutDato = '31-02-2027' WHERE StudieNr = 'carl03'")
    school.change("DELETE FROM student WHERE StudieNr = 'dina04'")
    done = school.sync(LATER)
    assert done == [("person", "delete", "dina04")]
    assert school.places()["UMSCourse_1b"]["parent_key"] == "UMSCourses"
    assert school.places()["UMSCourse_1b"]["kept"]
    assert set(school.members("UMSCourse_1b")) == {"carl03"}
    assert set(school.members("UMSGroups_1b")) == {"carl03"}


def test_course_rooms_of_the_activity_stay_too() -> None:
    school = SmallSchool(settings={"CourseSites": "All", "NodeAddShortDescription": 1})
    school.row("anna01", "1_a", Skolefag="Math_2", Kort_Betegnelse="k")
    school.row("bo02", "1", Skolefag="x")
    school.sync()
    school.change("UPDATE student SET StartDato = 'x' WHERE StudieNr = 'anna01'")
    assert school.sync(LATER) == []
    assert school.places()["UMSCourse_1_a_k_Math_2"]["kept"]


def test_the_nodes_above_what_is_kept_stay() -> None:
    school = SmallSchool()
    school.put(
        "sub_account_courses_setting",
        ID=1,
        OrganizationSettings_ID=1,
        DatabaseField="Department",
    )
    school.row("carl03", "1b", Department="Tech")
    school.sync()
    school.change("UPDATE student SET Fornavne = ''")
    assert school.sync(LATER) == []
    assert school.place_of("UMSCourse_1b") == ["Tech", "1b"]


def test_a_group_whose_good_rows_have_ended_stays_while_a_problem_row_names_it() -> None:
    school = held_school()
    school.row("dina04", "1b", StartDato="x")
    school.change("UPDATE student SET SlutDato = '02-09-2026' WHERE StudieNr = 'carl03'")
    school.row("carl03", "1a")
    done = school.sync(LATER)
    assert "UMSGroups_1b" not in deletes(done)
    assert "carl03@UMSGroups_1b" in deletes(done)
    assert school.members("UMSGroups_1b") == {}


def test_an_empty_room_is_not_deleted_while_a_problem_row_names_its_activity() -> None:
    school = held_school(DeleteDaysAfterEnd=0)
    school.change("UPDATE student SET SlutDato = '02-09-2026' WHERE StudieNr = 'carl03'")
    school.row("dina04", "1b", StartDato="x")
    done = school.sync(LATER)
    assert ("course", "archive", "UMSCourse_1b") in done
    assert school.leaving() == {}
    school.change("DELETE FROM student WHERE StudieNr = 'dina04'")
    assert ("course", "delete", "UMSCourse_1b") in school.sync(LATER)


def test_a_learner_who_is_kept_keeps_a_room_from_being_empty() -> None:
    school = held_school(DeleteDaysAfterEnd=0)
    school.change("UPDATE student SET SlutDato = '02-09-2026' WHERE StudieNr = 'carl03'")
    school.row("carl03", "9z", StartDato="x")
    school.sync(LATER)
    assert school.members("UMSCourse_1b") == {"carl03": "Learner"}
    assert school.places()["UMSCourse_1b"]["empty_since"] is None


def test_an_activity_that_no_row_names_protects_where_its_persons_are() -> None:
    school = held_school(DeleteDaysAfterEnd=0)
    school.change("UPDATE student SET Aktivitet = '' WHERE StudieNr = 'carl03'")
    assert school.sync(LATER) == []
    assert set(school.members("UMSGroups_1b")) == {"carl03"}


def test_a_name_conflict_leaves_the_person_as_itslearning_has_it() -> None:
    """rules.md 3: neither changed, nor deleted, nor put anywhere new."""
    school = held_school()
    school.row("anna01", "1b", Fornavne="Anne")
    assert school.sync(LATER) == []
    assert school.persons()["anna01"]["first_name"] == "Anna"
    assert "anna01" not in school.members("UMSCourse_1b")
    assert "anna01" in school.members("UMSCourse_1a")


def test_a_problem_row_brings_nobody_new() -> None:
    school = SmallSchool()
    school.row("anna01", "1a", StartDato="x")
    school.wanted()
    assert school.persons() == {}
    assert set(school.places()) == {
        "UMSGroups",
        "UMSTemplateGroups",
        "UMSCourses",
        "UMSCoursesArchive",
    }


def test_an_activity_with_a_room_of_its_own_keeps_no_other_room_alive() -> None:
    """Its valid rows tell which room it has: the class whose name another setting would cut to the
    same node id is over and leaves on time (rules.md 2, readings.md 10)."""
    school = SmallSchool(settings={"NodeStartIndex": 1, "NodeLength": 4, "DeleteDaysAfterEnd": 0})
    school.setting(2)
    school.template(0, UserTypes_ID=1, itslearningSettings_ID=2, SQLFilter="AktivitetsID = 'new'")
    school.teacher("tea01", AktivitetsID="old", Aktivitet="E26 1a", SlutDato="01-12-2026")
    school.sync()
    assert "UMSCourse_1a" in school.places("course")
    school.row("anna01", AktivitetsID="new", Aktivitet="F27 1a")
    school.row("bo02", AktivitetsID="new", Aktivitet="F27 1a", StartDato="31-02-2026")
    school.wanted(day("10-12-2026"))
    assert school.leaving() == {"UMSCourse_1a": "delete"}
    assert "UMSCourse_F27 1a" in school.places("course")
