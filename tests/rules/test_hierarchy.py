"""rules.md 17 to 19: the hierarchy, and the worked examples of ums.md 2.8."""

from __future__ import annotations

import hashlib

from tests.rules.small_school import ROOT, SmallSchool, day


def group_level(school: SmallSchool, number: int, column: str, **values: object) -> None:
    school.put(
        "sub_account_setting",
        **{"ID": number, "OrganizationSettings_ID": 1, "DatabaseField": column, **values},
    )


def course_level(school: SmallSchool, number: int, column: str, **values: object) -> None:
    school.put(
        "sub_account_courses_setting",
        **{"ID": number, "OrganizationSettings_ID": 1, "DatabaseField": column, **values},
    )


def example() -> SmallSchool:
    """The rows of the worked examples."""
    school = SmallSchool(settings={"CourseSites": "All", "ActivitySites": "Filter"})
    school.change("UPDATE itslearning_setting SET ActivityFilter = 'Skolefag = '''''")
    for user_name, department, education, activity, course in (
        ("anna01", "Business", "HHX", "1a", "Math"),
        ("bo02", "Business", "HHX", "1a", "Math"),
        ("carl03", "Tech", "HTX", "1t", "Physics"),
        ("dina04", "Tech", "", "Weld7", ""),
    ):
        number = {"Business": "D10", "Tech": "D20"}[department] if course else ""
        school.row(
            user_name,
            activity,
            Department=department,
            Education=education,
            Skolefag=course,
            DepartmentID=number,
        )
    return school


def test_example_a_groups_by_department_and_education() -> None:
    school = example()
    group_level(school, 1, "Department")
    group_level(school, 2, "Education", Parent_ID=1)
    school.wanted()
    assert school.place_of("UMSGroups_1a") == ["Business", "HHX", "1a"]
    assert school.place_of("UMSGroups_1t") == ["Tech", "HTX", "1t"]
    assert school.place_of("UMSGroups_Weld7") == ["UMS Groups", "Weld7"]
    nodes = [row for row in school.places("node").values() if row["key"].startswith("UMSNode_")]
    assert sorted(row["title"] for row in nodes) == ["Business", "HHX", "HTX", "Tech"]
    assert {row["depth"] for row in nodes} == {0, 1}
    assert school.places()["UMSGroups_1a"]["depth"] == 2


def test_example_b_courses_by_department_number_with_its_name() -> None:
    school = example()
    course_level(school, 1, "DepartmentID", DatabaseFieldDisplayname="Department")
    school.wanted()
    assert school.place_of("UMSCourse_1a_Math") == ["Business", "Math 1a"]
    assert school.place_of("UMSCourse_1t_Physics") == ["Tech", "Physics 1t"]
    assert school.place_of("UMSCourse_Weld7") == ["UMS Courses", "Weld7"]


def test_example_b_renaming_a_department_renames_its_node() -> None:
    school = example()
    course_level(school, 1, "DepartmentID", DatabaseFieldDisplayname="Department")
    school.sync()
    node = school.places()["UMSCourse_1a_Math"]["parent_key"]
    school.change("UPDATE student SET Department = 'Trade' WHERE Department = 'Business'")
    assert school.sync() == [("node", "update", node)]
    assert school.place_of("UMSCourse_1a_Math") == ["Trade", "Math 1a"]


def test_example_b_with_the_name_as_field_a_rename_moves_everything() -> None:
    school = example()
    course_level(school, 1, "Department")
    school.sync()
    old = school.places()["UMSCourse_1a_Math"]["parent_key"]
    school.change("UPDATE student SET Department = 'Trade' WHERE Department = 'Business'")
    done = school.sync()
    new = school.places()["UMSCourse_1a_Math"]["parent_key"]
    assert done == [
        ("course", "move", "UMSCourse_1a_Math"),
        ("node", "create", new),
        ("node", "delete", old),
    ]


def test_example_c_criteria_of_a_level_and_of_the_organization() -> None:
    school = example()
    school.change("UPDATE student SET Skolekode = '280051' WHERE Department = 'Business'")
    group_level(school, 1, "Department", SQLCriteria="Skolekode = '280051'")
    school.wanted()
    assert school.place_of("UMSGroups_1a") == ["Business", "1a"]
    assert school.place_of("UMSGroups_1t") == ["UMS Groups", "1t"]
    school.change("UPDATE organization_setting SET SQLCriteria = 'Skolekode = ''280051'''")
    school.wanted()
    assert set(school.places("group")) == {"UMSGroups_1a"}
    assert "UMSCourse_1t_Physics" in school.places("course")


def test_the_key_of_a_node_is_the_hash_of_its_path() -> None:
    school = SmallSchool()
    course_level(school, 3, "Department")
    course_level(school, 5, "Education", Parent_ID=3)
    school.row("anna01", "1a", Department=" Ærø  By ", Education="HF")
    school.wanted()
    top = "UMSNode_C_" + hashlib.sha256("3=Ærø By".encode()).hexdigest()[:32]
    below = "UMSNode_C_" + hashlib.sha256("3=Ærø By\x1f5=HF".encode()).hexdigest()[:32]
    nodes = school.places("node")
    assert (nodes[below]["parent_key"], nodes[top]["parent_key"]) == (top, ROOT)
    assert school.places()["UMSCourse_1a"]["parent_key"] == below
    assert nodes[top]["type"] == "Unspecified"


def test_branches_are_tried_in_the_order_of_their_numbers_from_the_top() -> None:
    """readings.md 32: 1-9 goes before 2, which goes before 10."""
    school = SmallSchool()
    group_level(school, 10, "City")
    group_level(school, 2, "Department")
    group_level(school, 1, "Education")
    group_level(school, 9, "ExtraField1", Parent_ID=1)
    school.row("a", "1a", City="C", Department="D", Education="E", ExtraField1="X")
    school.row("b", "1b", City="C", Department="D", Education="E")
    school.row("c", "1c", City="C")
    school.wanted()
    assert school.place_of("UMSGroups_1a") == ["E", "X", "1a"]
    assert school.place_of("UMSGroups_1b") == ["D", "1b"]
    assert school.place_of("UMSGroups_1c") == ["C", "1c"]


def test_learners_decide_and_employees_only_where_there_are_none() -> None:
    school = SmallSchool()
    group_level(school, 1, "Department")
    school.row("anna01", "1a", Department="Pupils")
    for number in range(3):
        school.teacher(f"t{number}", "1a", Department="Staff")
        school.teacher(f"t{number}", "1b", Department="Staff")
    school.row("anna01", "1c", Department="")
    school.teacher("t1", "1c", Department="Staff")
    school.wanted()
    assert school.place_of("UMSGroups_1a") == ["Pupils", "1a"]
    assert school.place_of("UMSGroups_1b") == ["Staff", "1b"]
    assert school.place_of("UMSGroups_1c") == ["UMS Groups", "1c"]


def test_rows_that_disagree_most_frequent_then_smallest_and_reported() -> None:
    school = SmallSchool()
    group_level(school, 1, "Department")
    group_level(school, 2, "Education", Parent_ID=1)
    for user_name, department, education in (
        ("a", "B", "x"),
        ("b", "B", "y"),
        ("c", "A", "z"),
        ("d", "A", "z"),
        ("e", "B", "y"),
        ("f", "", "z"),
    ):
        school.row(user_name, "1a", Department=department, Education=education)
    school.wanted()
    assert school.place_of("UMSGroups_1a") == ["B", "y", "1a"]
    assert ("node-differs", "UMSGroups_1a") in school.problems()


def test_rows_of_any_date_decide_the_place() -> None:
    """readings.md 33: a room must not move because its first pupil left."""
    school = SmallSchool()
    group_level(school, 1, "Department")
    school.row("a", "1a", Department="A")
    for name in "bc":
        school.row(name, "1a", Department="B", StartDato="01-01-2026", SlutDato="02-01-2026")
    school.wanted()
    assert school.place_of("UMSGroups_1a") == ["B", "1a"]


def test_the_groups_place_is_decided_by_rows_that_meet_the_organizations_criteria() -> None:
    school = SmallSchool()
    school.change("UPDATE organization_setting SET SQLCriteria = 'Skolekode = ''1'''")
    group_level(school, 1, "Department")
    course_level(school, 1, "Department")
    school.row("a", "1a", Department="A", Skolekode="1")
    for name in "bc":
        school.row(name, "1a", Department="B")
    school.wanted()
    assert school.place_of("UMSGroups_1a") == ["A", "1a"]
    assert school.place_of("UMSCourse_1a") == ["B", "1a"]


def test_only_nodes_that_something_stands_under_are_wanted() -> None:
    """rules.md 18: archived rooms stand in the archive, not in their node."""
    school = SmallSchool()
    course_level(school, 1, "Department")
    school.row("a", "1a", Department="A", SlutDato="31-08-2026")
    school.row("b", "1b", Department="B")
    school.sync(day("20-08-2026"))
    done = school.sync()
    node = "UMSNode_C_" + hashlib.sha256(b"1=A").hexdigest()[:32]
    assert ("node", "delete", node) in done
    assert ("course", "archive", "UMSCourse_1a") in done


def test_display_names_are_the_most_frequent_of_all_rooms_in_the_node() -> None:
    """readings.md 34."""
    school = SmallSchool()
    course_level(school, 1, "DepartmentID", DatabaseFieldDisplayname="Department")
    school.row("a", "1a", DepartmentID="7", Department="Trade")
    school.row("b", "1b", DepartmentID="7", Department="Business")
    school.row("c", "1b", DepartmentID="7", Department="Business")
    school.row("d", "1b", DepartmentID="7", Department="")
    school.row("e", "1c", DepartmentID="8", Department="")
    school.wanted()
    assert school.place_of("UMSCourse_1a") == ["Business", "1a"]
    assert school.place_of("UMSCourse_1c") == ["8", "1c"]


def test_long_values_are_cut_in_the_title_only() -> None:
    school = SmallSchool()
    group_level(school, 1, "Department")
    school.row("a", "1a", Department="x" * 70)
    school.wanted()
    key = school.places()["UMSGroups_1a"]["parent_key"]
    assert school.places()[key]["title"] == "x" * 61 + "..."
    assert ("title-cut", key) in school.problems()
    assert key == "UMSNode_G_" + hashlib.sha256(b"1=" + b"x" * 70).hexdigest()[:32]


def test_an_unknown_column_makes_no_branch_and_says_so() -> None:
    """CPR and BirthDay are not among the columns that are read."""
    school = SmallSchool()
    for number, column in enumerate(("Nowhere", "CPR", "row_number", "department"), 1):
        group_level(school, number, column)
    school.row("a", "1a", Department="A")
    school.wanted()
    assert school.place_of("UMSGroups_1a") == ["A", "1a"]
    assert {key for reason, key in school.problems() if reason == "column"} == {
        "sub account 1",
        "sub account 2",
        "sub account 3",
    }


def test_settings_that_are_their_own_parents_are_left_out() -> None:
    school = SmallSchool()
    group_level(school, 1, "Department", Parent_ID=2)
    group_level(school, 2, "Department", Parent_ID=1)
    school.row("a", "1a", Department="A")
    school.wanted()
    assert school.place_of("UMSGroups_1a") == ["UMS Groups", "1a"]
    assert school.problems() == {("parent", "sub account 1"), ("parent", "sub account 2")}
