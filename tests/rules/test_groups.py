"""rules.md 9, 13, 15, 17 and 20: groups, template groups and the four roots."""

from __future__ import annotations

from tests.rules.small_school import ROOT, SmallSchool, day


def test_a_group_stands_while_a_row_of_it_counts() -> None:
    """rules.md 13; publishing days do not hold for groups (readings.md 28)."""
    school = SmallSchool()
    school.row("anna01", "1a")
    assert not school.wanted(day("26-07-2026")).places("group")
    school.wanted(day("27-07-2026"))
    assert school.members("UMSGroups_1a") == {"anna01": "Learner"}
    assert school.members("UMSCourse_1a") == {}
    assert not school.wanted(day("01-07-2027")).places("group")


def test_a_teachers_row_keeps_a_group() -> None:
    school = SmallSchool()
    school.row("anna01", "1a", SlutDato="15-08-2026")
    school.teacher("tea", "1a")
    school.wanted()
    assert school.members("UMSGroups_1a") == {"tea": "Instructor"}


def test_the_organizations_criteria_limit_groups_and_their_members() -> None:
    school = SmallSchool()
    school.change("UPDATE organization_setting SET SQLCriteria = 'Skolekode = ''1'''")
    school.row("anna01", "1a", Skolekode="1")
    school.row("bo02", "1a", Skolekode="2")
    school.row("bo02", "1b", Skolekode="2")
    school.wanted()
    assert set(school.places("group")) == {"UMSGroups_1a"}
    assert school.members("UMSGroups_1a") == {"anna01": "Learner"}
    assert set(school.members("UMSCourse_1a")) == {"anna01", "bo02"}


def test_groups_come_from_templates_with_a_cohort_setting() -> None:
    school = SmallSchool(templates=False)
    school.template(1, UserTypes_ID=1, itslearningCohortSettings_ID=None)
    school.template(2, UserTypes_ID=0)
    school.row("anna01", "1a")
    school.row("anna01", "1b")
    school.teacher("tea", "1b")
    school.wanted()
    assert set(school.places("group")) == {"UMSGroups_1b"}
    assert school.members("UMSGroups_1b") == {"anna01": "Learner", "tea": "Instructor"}


def test_a_cohort_template_makes_courses_once() -> None:
    """rules.md 15 and readings.md 30."""
    school = SmallSchool(settings={"Language": "da"})
    school.row("anna01", "1a")
    school.sync()
    assert school.places()["UMSGroups_1a"]["type"] == "Unspecified"
    school.change("UPDATE cohort_setting SET Template = 'UMSGroups_t', CourseCreator = 'boss'")
    school.row("anna01", "1b")
    school.wanted()
    group = school.places()["UMSGroups_1b"]
    assert (group["type"], group["template_key"], group["creator_key"], group["language"]) == (
        "Course",
        "UMSGroups_t",
        "boss",
        "da",
    )
    assert school.places()["UMSGroups_1a"]["type"] == "Unspecified"


def test_a_refused_cohort_template_makes_no_new_group() -> None:
    school = SmallSchool()
    school.row("anna01", "1a")
    school.put("refused_setting", table_name="cohort_setting", setting_id=1, reason="gone")
    school.wanted()
    assert not school.places("group")
    assert school.members("UMSGroups_1a") == {}
    assert set(school.places("course")) == {"UMSCourse_1a"}


def test_the_four_roots_are_always_there() -> None:
    school = SmallSchool()
    school.wanted()
    roots = {key: (row["title"], row["parent_key"]) for key, row in school.places("node").items()}
    assert roots == {
        "UMSGroups": ("UMS Groups", ROOT),
        "UMSTemplateGroups": ("UMS Template Groups", ROOT),
        "UMSCourses": ("UMS Courses", ROOT),
        "UMSCoursesArchive": ("UMS Courses archive", ROOT),
    }
    school.sync()
    assert school.sync() == []


def test_template_groups_hold_the_persons_of_the_template() -> None:
    """rules.md 20 and readings.md 35."""
    school = SmallSchool(settings={"MaintainTemplateGroups": 1})
    school.setting(2, MaintainTemplateGroups=0)
    school.template(3, UserTypes_ID=1, itslearningSettings_ID=2, Name="Quiet")
    school.row("anna01", "1a", Skolekode="7")
    school.row("bo02", "1a", SlutDato="15-08-2026")
    school.teacher("tea")
    school.wanted()
    groups = school.places("group")
    assert groups["UMSTemplate_1"]["title"] == "Template 1"
    assert groups["UMSTemplate_1"]["parent_key"] == "UMSTemplateGroups"
    assert groups["UMSTemplate_1"]["ums_template_id"] == 1
    assert groups["UMSTemplate_1"]["school"] == "7"
    assert "UMSTemplate_3" not in groups
    assert school.members("UMSTemplate_1") == {"anna01": "Learner"}
    assert school.members("UMSTemplate_2") == {"tea": "Instructor"}


def test_an_empty_template_group_stays_until_the_tick_goes() -> None:
    school = SmallSchool(settings={"MaintainTemplateGroups": 1})
    school.sync()
    assert "UMSTemplate_1" in school.places("group")
    school.change("UPDATE itslearning_setting SET MaintainTemplateGroups = 0")
    assert set(school.sync()) == {
        ("group", "delete", "UMSTemplate_1"),
        ("group", "delete", "UMSTemplate_2"),
    }
