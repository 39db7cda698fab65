"""rules.md 1, 3, 4 and 5: which rows are valid, and what is said of the others."""

from __future__ import annotations

import pytest

from sync.rules import broken_rows
from tests.rules.small_school import SmallSchool


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"StudieNr": ""}, "user-name"),
        ({"StudieNr": None}, "user-name"),
        ({"StudieNr": "x" * 65}, "user-name"),
        ({"Fornavne": " \u00a0"}, "name"),
        ({"Efternavn": None}, "name"),
        ({"StartDato": "31-02-2026"}, "date"),
        ({"StartDato": "1-08-2026"}, "date"),
        ({"StartDato": "2026-08-01"}, "date"),
        ({"StartDato": "00-01-2026"}, "date"),
        ({"StartDato": "01-01-0000"}, "date"),
        ({"SlutDato": "29-02-2027"}, "date"),
        ({"Aktiviteter_StartDato": "x"}, "date"),
        ({"Aktiviteter_SlutDato": "01-13-2026"}, "date"),
        ({"StartDato": "02-01-2027", "SlutDato": "01-01-2027"}, "ends-before-start"),
        (
            {"Aktiviteter_StartDato": "02-01-2027", "Aktiviteter_SlutDato": "01-01-2027"},
            "ends-before-start",
        ),
        ({"Aktivitet": ""}, "activity"),
        ({"AktivitetsID": ""}, "activity"),
    ],
)
def test_a_broken_row_is_reported_with_its_reason(values: dict[str, object], reason: str) -> None:
    """Without the reason nobody could mend the row at its source."""
    school = SmallSchool()
    school.row("bo02", "1a")
    school.row(**{"user_name": "anna01", "activity": "1a", **values})  # type: ignore[arg-type]
    school.wanted()
    assert {row["reason"] for row in school.rows_of("problem")} == {reason}
    assert set(school.persons()) == {"bo02"}
    assert broken_rows(school.workspace) == (1, 2)


@pytest.mark.parametrize(
    "values",
    [
        {"StudieNr": "x" * 64},
        {"StartDato": "29-02-2024"},
        {"StartDato": " 01-08-2026 ", "SlutDato": ""},
        {"StartDato": "01-09-2026", "SlutDato": "01-09-2026"},
        {"AktivitetsID": None, "Aktivitet": " "},
    ],
)
def test_a_row_at_the_edge_is_valid(values: dict[str, object]) -> None:
    """A stricter reading would delete people who are there."""
    school = SmallSchool()
    school.row(**{"user_name": "anna01", "activity": "1a", **values})  # type: ignore[arg-type]
    assert len(school.wanted().persons()) == 1
    assert not school.problems()


def test_problem_rows_are_named_by_user_name_then_administrative_id_then_row() -> None:
    school = SmallSchool()
    school.row("anna01", "1a", StartDato="x")
    school.row("ANNA01", "1a", StartDato="x")
    school.row("", "1a", UMS_IDFromAdministrativeSystem=" id7 ")
    school.row("", "1a")
    school.wanted()
    rows = {(row["reason"], row["key"], row["count"]) for row in school.rows_of("problem")}
    assert rows == {("date", "ANNA01", 2), ("user-name", "id7", 1), ("user-name", "row 4", 1)}


def test_a_row_with_two_faults_is_one_broken_row_with_two_reasons() -> None:
    school = SmallSchool()
    school.row("", "1a", StartDato="x")
    school.wanted()
    assert {row["reason"] for row in school.rows_of("problem")} == {"user-name", "date"}
    assert broken_rows(school.workspace) == (1, 1)


def test_two_names_for_one_user_name_are_a_problem_of_every_row() -> None:
    """rules.md 3: else one person would take over another's account."""
    school = SmallSchool()
    school.row("anna01", "1a")
    school.row("Anna01", "1b", Fornavne="Anne", StartDato="01-01-2020", SlutDato="01-01-2021")
    school.row("bo02", "1b")
    school.wanted()
    assert ("name-conflict", "Anna01") in school.problems()
    assert set(school.persons()) == {"bo02"}
    assert broken_rows(school.workspace) == (2, 3)


def test_names_that_differ_in_white_space_or_composition_only_are_one_name() -> None:
    school = SmallSchool()
    school.row("anna01", "1a", Fornavne="Åse  Marie", Efternavn="Berg")
    school.row("anna01", "1b", Fornavne="A\u030ase\u00a0Marie ", Efternavn=" Berg")
    person = school.wanted().persons()["anna01"]
    assert (person["first_name"], person["last_name"]) == ("Åse Marie", "Berg")
    assert not school.problems()


def test_a_broken_row_does_not_make_a_name_conflict() -> None:
    school = SmallSchool()
    school.row("anna01", "1a")
    school.row("anna01", "1b", Fornavne="Anne", StartDato="x")
    school.wanted()
    assert set(school.persons()) == {"anna01"}
    assert school.problems() == {("date", "anna01")}


def test_rows_of_other_organizations_count_as_rows_and_make_nobody() -> None:
    """readings.md 9: the share of problems is over all rows of Students."""
    school = SmallSchool(templates=False)
    school.template(1, UserTypes_ID=1, SQLFilter="Skolekode = '1'")
    school.put("itslearning_setting", ID=9, OrganizationSettings_ID=2)
    school.template(9, UserTypes_ID=1, itslearningSettings_ID=9)
    school.row("anna01", "1a", Skolekode="1")
    school.row("bo02", "1b", Skolekode="2")
    school.row("carl03", "1b", Skolekode="2", StartDato="x")
    school.wanted()
    assert set(school.persons()) == {"anna01"}
    assert set(school.places("course")) == {"UMSCourse_1a"}
    assert broken_rows(school.workspace) == (1, 3)


def test_criteria_see_values_as_they_stand() -> None:
    """readings.md 7: a filter must take the rows that it takes in the database."""
    school = SmallSchool(templates=False)
    school.template(1, UserTypes_ID=1, SQLFilter="Department = ' Tech'")
    school.row("anna01", "1a", Department=" Tech")
    school.row("bo02", "1a", Department="Tech")
    assert set(school.wanted().persons()) == {"anna01"}


def test_a_filter_that_is_unknown_for_a_row_does_not_take_it() -> None:
    school = SmallSchool(templates=False)
    school.template(1, UserTypes_ID=1, SQLFilter="Department <> 'Tech'")
    school.row("anna01", "1a", Department=None)
    school.row("bo02", "1a", Department="Business")
    assert set(school.wanted().persons()) == {"bo02"}


def test_a_template_takes_its_user_type_only() -> None:
    school = SmallSchool(templates=False)
    school.template(1, UserTypes_ID=1)
    school.row("anna01", "1a")
    school.teacher("tea", "1a")
    assert set(school.wanted().persons()) == {"anna01"}
