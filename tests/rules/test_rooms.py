"""rules.md 9 to 12 and 15: which rooms there are, their keys, titles and settings."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rules.small_school import SmallSchool, day


@pytest.mark.parametrize(
    ("choice", "filter_text", "expected"),
    [
        ("None", None, set()),
        ("all", None, {"UMSCourse_1a", "UMSCourse_1b"}),
        ("LMS", None, {"UMSCourse_1b"}),
        ("Filter", "Aktivitet = '1a'", {"UMSCourse_1a"}),
        ("Filter", " ", set()),
        ("Filter", None, set()),
    ],
)
def test_the_choice_takes_activities(
    choice: str, filter_text: str | None, expected: set[str]
) -> None:
    """rules.md 9: a room for every activity of a school is thousands too many."""
    school = SmallSchool(settings={"ActivitySites": choice, "ActivityFilter": filter_text})
    school.row("anna01", "1a", Skolefag_LMS=0)
    school.row("anna01", "1b", Skolefag_LMS=1)
    school.row("bo02", "1b", Skolefag_LMS=None)
    school.wanted()
    assert set(school.places("course")) == expected
    reported = {reason for reason, _ in school.problems()} == {"empty-filter"}
    assert reported is (choice == "Filter" and not (filter_text or "").strip())


def test_course_rooms_are_chosen_course_by_course() -> None:
    school = SmallSchool(settings={"ActivitySites": "None", "CourseSites": "LMS"})
    school.row("anna01", "1a", Skolefag="Math", Skolefag_LMS=1)
    school.row("anna01", "1a", Skolefag="Danish", Skolefag_LMS=0)
    school.row("bo02", "1a", Skolefag="", Skolefag_LMS=1)
    school.wanted()
    assert set(school.places("course")) == {"UMSCourse_1a_Math"}
    assert school.places()["UMSCourse_1a_Math"]["title"] == "Math 1a"
    assert school.places()["UMSCourse_1a_Math"]["site_type"] == "Course"


def test_a_row_of_any_date_decides_whether_an_activity_is_taken() -> None:
    """readings.md 18."""
    school = SmallSchool(settings={"ActivitySites": "Filter", "ActivityFilter": "ExtraField1='x'"})
    school.row("anna01", "1a")
    school.row("bo02", "1a", ExtraField1="x", SlutDato="11-08-2026")
    school.wanted()
    assert school.members("UMSCourse_1a") == {"anna01": "Learner"}


def test_a_template_without_site_setting_makes_no_room_but_brings_members() -> None:
    """rules.md 9 and 13: teachers often come from a template of their own."""
    school = SmallSchool(templates=False)
    school.template(1, UserTypes_ID=1)
    school.template(2, UserTypes_ID=0, itslearningSiteSettings_ID=None)
    school.row("anna01", "1a")
    school.teacher("tea", "1a")
    school.teacher("tea", "1b")
    school.wanted()
    assert set(school.places("course")) == {"UMSCourse_1a"}
    assert school.members("UMSCourse_1a") == {"anna01": "Learner", "tea": "Instructor"}


def test_sql_criteria_of_the_organization_have_no_effect_on_rooms() -> None:
    school = SmallSchool()
    school.change("UPDATE organization_setting SET SQLCriteria = 'false'")
    school.row("anna01", "1a")
    school.wanted()
    assert set(school.places("course")) == {"UMSCourse_1a"}
    assert not school.places("group")


@pytest.mark.parametrize(
    ("start", "size", "short", "expected"),
    [
        (None, None, 0, "3b 2026 x"),
        (4, 5, 0, "3b x"),
        (3, 5, 0, "3b x"),
        (1, 3, 0, "2026 x"),
        (9, 99, 0, "3b 2026"),
        (10, 1, 0, "3b 2026 x"),
        (99, 1, 0, "3b 2026 x"),
        (0, 3, 0, "3b 2026 x"),
        (4, 0, 0, "3b 2026 x"),
        (3, 99, 1, "3b_kb"),
    ],
)
def test_node_id_without_the_semester(
    start: int | None, size: int | None, short: int, expected: str
) -> None:
    """rules.md 10: a wrong cut would give a class a new room each term."""
    settings = {"NodeStartIndex": start, "NodeLength": size, "NodeAddShortDescription": short}
    school = SmallSchool(settings=settings)
    school.row("anna01", AktivitetsID="7", Aktivitet="3b 2026 x", Kort_Betegnelse="kb")
    school.wanted()
    assert [row["node_id"] for row in school.places("course").values()] == [expected]


def test_an_empty_short_name_adds_nothing() -> None:
    school = SmallSchool(settings={"NodeAddShortDescription": 1})
    school.row("anna01", "1a", Kort_Betegnelse=" ")
    school.wanted()
    assert set(school.places("course")) == {"UMSCourse_1a"}


def test_nothing_left_of_a_name_is_a_problem() -> None:
    """readings.md 20: else all such activities would fall into one room."""
    school = SmallSchool(settings={"NodeStartIndex": 1, "NodeLength": 9, "CourseSites": "All"})
    school.row("anna01", "1a", Skolefag="Math")
    school.wanted()
    assert not school.places("course")
    assert not [key for key in school.places("group") if key.startswith("UMSGroups_")]
    assert school.problems() == {("node-id", "1a")}


def test_activities_with_one_node_id_share_a_room_and_its_dates() -> None:
    """rules.md 10: earliest start, latest end, settings of the lowest template."""
    school = SmallSchool(settings={"NodeStartIndex": 3, "NodeLength": 9})
    school.setting(2, NodeStartIndex=3, NodeLength=9, TeacherRole="Mentor", StudentRole="Guest")
    school.template(0, UserTypes_ID=1, itslearningSettings_ID=2, SQLFilter="AktivitetsID = '1b f'")
    dates = {"Aktiviteter_StartDato": "01-08-2026", "Aktiviteter_SlutDato": "31-12-2026"}
    school.row("anna01", "1b e", **dates)
    school.row(
        "bo02", "1b f", Aktiviteter_StartDato="01-09-2026", Aktiviteter_SlutDato="30-06-2027"
    )
    school.wanted()
    room = school.places("course")["UMSCourse_1b"]
    assert room["ended"] == dt.date(2027, 6, 30)
    assert room["setting_id"] == 2
    assert school.members("UMSCourse_1b") == {"anna01": "Guest", "bo02": "Guest"}


def test_one_row_with_a_short_name_does_not_rename_a_room_without() -> None:
    """An empty short name may be the most frequent one (readings.md 20)."""
    school = SmallSchool(settings={"NodeAddShortDescription": 1})
    for number in range(3):
        school.row(f"p{number}", AktivitetsID="7", Aktivitet="3b")
    school.row("p9", AktivitetsID="7", Aktivitet="3b", Kort_Betegnelse="k")
    school.wanted()
    assert set(school.places("course")) == {"UMSCourse_3b"}


def test_name_and_short_name_are_the_most_frequent_of_the_activity() -> None:
    """readings.md 20: one misspelled row must not make another room."""
    school = SmallSchool(settings={"NodeAddShortDescription": 1})
    for number in range(3):
        school.row(f"p{number}", AktivitetsID="7", Aktivitet="3b", Kort_Betegnelse="k")
    school.row("p9", AktivitetsID="7", Aktivitet="3B", Kort_Betegnelse="a")
    school.wanted()
    assert set(school.places("course")) == {"UMSCourse_3b_k"}


def test_node_ids_compare_exactly() -> None:
    school = SmallSchool()
    school.row("anna01", "1a")
    school.row("anna01", "1A")
    school.wanted()
    assert set(school.places("course")) == {"UMSCourse_1a", "UMSCourse_1A"}


def test_a_key_over_64_characters_is_a_problem_and_never_cut() -> None:
    school = SmallSchool()
    longest, longer = "å" * 54, "b" * 55
    school.row("anna01", longest)
    school.row("anna01", longer)
    school.wanted()
    assert set(school.places("course")) == {"UMSCourse_" + longest}
    assert ("key-too-long", "UMSCourse_" + longer) in school.problems()
    assert ("key-too-long", "UMSGroups_" + longer) in school.problems()


def test_an_activity_room_wins_a_key_over_a_course_room() -> None:
    """readings.md 21."""
    school = SmallSchool(settings={"CourseSites": "All"})
    school.row("anna01", "1a_Math")
    school.row("bo02", "1a", Skolefag="Math")
    school.wanted()
    assert school.places("course")["UMSCourse_1a_Math"]["site_type"] == "Activity"
    assert school.members("UMSCourse_1a_Math") == {"anna01": "Learner"}
    assert school.problems() == {("key-conflict", "UMSCourse_1a_Math")}


def test_titles() -> None:
    """rules.md 11: most frequent name that is one, then the smallest."""
    school = SmallSchool(settings={"CourseSites": "All", "NodeAddShortDescription": 1})
    for user_name, display in (("a", ""), ("b", None), ("c", "Klasse B"), ("d", "Klasse A")):
        school.row(
            user_name, "1a", ActivityDisplayName=display, Kort_Betegnelse="k", Skolefag="Math"
        )
    school.row("a", "1b", Skolefag="Math", Kort_Betegnelse="k")
    school.wanted()
    titles = {key: row["title"] for key, row in school.places("course").items()}
    assert titles == {
        "UMSCourse_1a_k": "Klasse A",
        "UMSCourse_1a_k_Math": "Math Klasse A",
        "UMSCourse_1b_k": "1b_k",
        "UMSCourse_1b_k_Math": "Math 1b_k",
    }
    assert school.places("group")["UMSGroups_1a_k"]["title"] == "1a_k"


def test_long_titles_are_cut_and_reported() -> None:
    school = SmallSchool()
    school.row("anna01", "1a", ActivityDisplayName="æ" * 65)
    school.row("anna01", "1b", ActivityDisplayName="æ" * 64)
    school.wanted()
    assert school.places()["UMSCourse_1a"]["title"] == "æ" * 61 + "..."
    assert school.places()["UMSCourse_1b"]["title"] == "æ" * 64
    assert school.problems() == {("title-cut", "UMSCourse_1a")}


# Of each row: start and end of the activity, start and end of the row.
LATE = ("", "", "01-09-2026", "01-10-2026")
EARLY = ("", "", "01-08-2026", "02-10-2026")
NO_END = ("", "", "01-09-2026", "")
NO_START = ("", "", "", "02-10-2026")
GIVES_START = ("05-09-2026", "", "01-09-2026", "02-10-2026")
NO_START_LONGER = ("", "", "", "03-10-2026")
GIVES_BOTH = ("05-09-2026", "30-09-2026", "", "")
GIVES_MORE = ("04-09-2026", "31-12-2026", "", "")


@pytest.mark.parametrize(
    ("rows", "start", "end"),
    [
        ([LATE, EARLY], "01-08-2026", "02-10-2026"),
        ([NO_END, NO_START], None, None),
        ([GIVES_START, NO_START_LONGER], "05-09-2026", "03-10-2026"),
        ([GIVES_BOTH, GIVES_MORE], "04-09-2026", "31-12-2026"),
    ],
)
def test_dates_of_an_activity(
    rows: list[tuple[str, str, str, str]], start: str | None, end: str | None
) -> None:
    """rules.md 12 and readings.md 23: start and end each for itself."""
    school = SmallSchool(settings={"CreateDaysBefore": 0, "StartPublishingDaysBefore": -1})
    for number, (first, last, row_first, row_last) in enumerate(rows):
        school.row(
            f"p{number}",
            "1a",
            Aktiviteter_StartDato=first,
            Aktiviteter_SlutDato=last,
            StartDato=row_first,
            SlutDato=row_last,
        )
    first_day = day(start) if start else dt.date(1990, 1, 1)
    last_day = day(end) if end else dt.date(2090, 1, 1)
    one = dt.timedelta(days=1)
    there = [
        "UMSCourse_1a" in school.wanted(when).places("course")
        for when in (first_day - one, first_day, last_day, last_day + one)
    ]
    assert there == [start is None, True, True, end is None]


def test_a_room_is_made_ahead_of_its_start() -> None:
    school = SmallSchool()
    school.row("anna01", "1a")
    assert not school.wanted(day("26-07-2026")).places("course")
    assert set(school.wanted(day("27-07-2026")).places("course")) == {"UMSCourse_1a"}


def test_a_held_room_whose_start_moves_later_stays() -> None:
    """readings.md 25."""
    school = SmallSchool()
    school.row("anna01", "1a")
    school.sync(day("01-08-2026"))
    school.change("UPDATE student SET StartDato = '01-12-2026'")
    done = school.sync(day("02-08-2026"))
    assert ("course", "delete", "UMSCourse_1a") not in done
    assert school.places()["UMSCourse_1a"]["parent_key"] == "UMSCourses"


def test_publishing_must_come_after_creating() -> None:
    """rules.md 12 and readings.md 24: the setting makes no room, another template may."""
    school = SmallSchool(settings={"CreateDaysBefore": 7, "StartPublishingDaysBefore": 7})
    school.row("anna01", "1a")
    school.wanted()
    assert not school.places("course")
    assert set(school.places("group")) == {"UMSGroups_1a"}
    assert school.problems() == {("publish-days", "setting 1")}
    school.setting(2)
    school.template(9, UserTypes_ID=1, itslearningSettings_ID=2)
    school.wanted()
    assert school.places("course")["UMSCourse_1a"]["setting_id"] == 2


def test_a_setting_refused_later_leaves_the_rooms_that_are_held() -> None:
    """A slip of the pen in a setting must not archive a school."""
    school = SmallSchool()
    school.row("anna01", "1a")
    school.sync()
    school.change("UPDATE itslearning_setting SET StartPublishingDaysBefore = 14")
    school.row("bo02", "1b")
    done = school.sync()
    assert not [item for item in done if item[0] == "course"]
    assert school.members("UMSCourse_1a") == {"anna01": "Learner"}


@pytest.mark.parametrize("table", ["site_setting", "itslearningSiteSettings"])
def test_a_setting_whose_template_the_site_refuses_creates_nothing_and_says_so(table: str) -> None:
    """rules.md 15."""
    school = SmallSchool()
    school.row("anna01", "1a")
    school.sync()
    school.row("anna01", "1b")
    school.put("refused_setting", table_name=table, setting_id=1, reason="no course template")
    school.wanted()
    assert set(school.places("course")) == {"UMSCourse_1a"}
    assert set(school.places("group")) == {"UMSGroups_1a", "UMSGroups_1b"}
    assert school.problems() == {("course-template", "site setting 1")}


def test_what_counts_at_creation_is_never_an_update() -> None:
    """rules.md 15."""
    school = SmallSchool(settings={"Language": "da", "CourseCategory": "5"})
    school.row("anna01", "1a")
    school.sync()
    room = school.places()["UMSCourse_1a"]
    assert (room["language"], room["category"]) == ("da", "5")
    assert (room["template_key"], room["creator_key"]) == ("UMSCourse_blank", "boss")
    school.change("UPDATE itslearning_setting SET Language = 'en', CourseCategory = '6'")
    school.change("UPDATE site_setting SET Template = 'other'")
    assert school.sync() == []
    assert school.places()["UMSCourse_1a"]["language"] == "da"
