"""rules.md 4, 5, 6, 7, 8, 23 and 24: persons."""

from __future__ import annotations

import pytest

from tests.rules.small_school import DAY, SmallSchool, day


@pytest.mark.parametrize(
    ("planned", "there"),
    [("26-07-2026", False), ("27-07-2026", True), ("30-06-2027", True), ("01-07-2027", False)],
)
def test_a_person_is_wanted_from_the_lead_to_the_last_day(planned: str, there: bool) -> None:
    """rules.md 6: both ends inclusive, 14 days before the start."""
    school = SmallSchool()
    school.row("anna01", "1a")
    assert ("anna01" in school.wanted(day(planned)).persons()) is there


def test_open_dates_have_no_end() -> None:
    school = SmallSchool()
    school.row("anna01", "1a", StartDato="", SlutDato=None)
    assert "anna01" in school.wanted(day("01-01-1990")).persons()
    assert "anna01" in school.wanted(day("01-01-2090")).persons()


def test_a_row_counts_with_the_lead_of_any_of_its_templates() -> None:
    """readings.md 13."""
    school = SmallSchool()
    school.setting(2, CreateDaysBefore=60, StudentPhone=1)
    school.template(3, UserTypes_ID=1, itslearningSettings_ID=2)
    school.row("anna01", "1a", PhoneNumber="12345678")
    early = school.wanted(day("20-06-2026")).persons()["anna01"]
    assert early["phone"] == "12345678"
    assert early["email"] is None or early["email"] == ""


def test_boxes_add_up_over_the_templates_for_which_a_row_counts() -> None:
    """readings.md 14."""
    school = SmallSchool(settings={"StudentMail": 0, "StudentMobilePhone": 1})
    school.setting(2, StudentMail=1, StudentPhone=1, CreateDaysBefore=0)
    school.template(3, UserTypes_ID=1, itslearningSettings_ID=2)
    school.row("anna01", "1a", WorkMail="a@b.dk", PhoneNumber="1", MobilePhone="2")
    before = school.wanted(day("01-08-2026")).persons()["anna01"]
    assert (before["email"], before["phone"], before["mobile"]) == (None, None, "2")
    after = school.wanted(day("10-08-2026")).persons()["anna01"]
    assert (after["email"], after["phone"], after["mobile"]) == ("a@b.dk", "1", "2")
    assert after["street"] is None


def test_student_boxes_are_for_students_and_employee_boxes_for_everybody_else() -> None:
    school = SmallSchool(settings={"StudentPhone": 1, "EmployeePhone": 0, "EmployeeAddress": 1})
    school.row("both", "1a", PhoneNumber="1", Adresse="Vej 1", PostNummer="8000", City="Aarhus")
    school.row("anna01", "1a", PhoneNumber="1", Adresse="Vej 1")
    school.row("both", "1b", UserTypes_ID=0)
    persons = school.wanted().persons()
    assert persons["both"]["role"] == "Staff"
    assert persons["anna01"]["role"] == "Student"
    both = persons["both"]
    assert (both["phone"], both["street"], both["postcode"], both["city"]) == (
        None,
        "Vej 1",
        "8000",
        "Aarhus",
    )
    assert (persons["anna01"]["phone"], persons["anna01"]["street"]) == ("1", None)


def test_the_role_follows_the_rows_that_count() -> None:
    """An old student row of an employee does not matter, nor an employee's row to come."""
    school = SmallSchool()
    school.row("eva", "1a", UserTypes_ID=0)
    school.row("eva", "1z", StartDato="01-08-2020", SlutDato="30-06-2021")
    school.row("ole", "1a")
    school.row("ole", "1b", UserTypes_ID=0, StartDato="01-01-2027")
    roles = {key: row["role"] for key, row in school.wanted().persons().items()}
    assert roles == {"eva": "Staff", "ole": "Student"}


def test_work_mail_of_any_row_goes_before_private_mail_of_any() -> None:
    """readings.md 15."""
    school = SmallSchool(settings={"StudentMail": 1})
    school.row("anna01", "1a", PrivateMail="p@x.dk")
    school.row("anna01", "1b", PrivateMail="p@x.dk")
    school.row("anna01", "1c", WorkMail="w@x.dk")
    school.row("bo02", "1c", PrivateMail="p@x.dk")
    persons = school.wanted().persons()
    assert persons["anna01"]["email"] == "w@x.dk"
    assert persons["bo02"]["email"] == "p@x.dk"


def test_the_most_frequent_value_wins_then_the_smallest() -> None:
    school = SmallSchool(settings={"StudentPhone": 1, "StudentMobilePhone": 1})
    for number, (phone, mobile) in enumerate([("9", "å"), ("9", "z"), ("1", ""), ("", "Z")]):
        school.row("anna01", f"c{number}", PhoneNumber=phone, MobilePhone=mobile, Skolekode=phone)
    school.row("anna01", "old", PhoneNumber="1", SlutDato="11-08-2026")
    school.row("anna01", "old", PhoneNumber="1", SlutDato="11-08-2026")
    person = school.wanted().persons()["anna01"]
    assert (person["phone"], person["mobile"], person["school"]) == ("9", "Z", "9")


def test_a_secret_address_on_one_row_withholds_everything_private() -> None:
    """rules.md 7: withheld is sent empty, so that what was sent before is cleared."""
    boxes = {f"Student{box}": 1 for box in ("Address", "Phone", "MobilePhone", "Mail")}
    school = SmallSchool(settings=boxes)
    contact = {"Adresse": "Vej 1", "PhoneNumber": "1", "MobilePhone": "2", "PrivateMail": "p@x"}
    school.row("anna01", "1a", **contact)
    school.row("anna01", "1b", SecretAddress=1)
    school.row("bo02", "1a", **contact, SecretAddress=1, WorkMail="w@x")
    persons = school.wanted().persons()
    fields = ("email", "phone", "mobile", "street", "postcode", "city")
    assert [persons["anna01"][name] for name in fields] == [""] * 6
    assert [persons["bo02"][name] for name in fields] == ["w@x", "", "", "", "", ""]


def test_uploaded_and_empty_clears_not_uploaded_is_left_alone() -> None:
    """readings.md 16."""
    school = SmallSchool(settings={"StudentPhone": 1, "StudentMail": 0})
    school.row("anna01", "1a", WorkMail="w@x")
    person = school.wanted().persons()["anna01"]
    assert (person["phone"], person["email"]) == ("", None)


def test_long_names_are_cut_to_characters_and_reported() -> None:
    school = SmallSchool()
    school.row("anna01", "1a", Fornavne="Å" * 65, Efternavn="ø" * 64)
    person = school.wanted().persons()["anna01"]
    assert (person["first_name"], person["last_name"]) == ("Å" * 64, "ø" * 64)
    assert school.problems() == {("name-cut", "anna01")}


def test_the_spelling_that_is_held_stays() -> None:
    """rules.md 4: another spelling would be another person to itslearning."""
    school = SmallSchool()
    school.row("Anna01", "1a")
    school.sync()
    school.change("UPDATE student SET StudieNr = 'ANNA01'")
    assert school.sync() == []
    assert school.persons()["Anna01"]["user_name"] == "Anna01"


def test_a_new_person_takes_the_most_frequent_spelling() -> None:
    """readings.md 12: membership keys follow it."""
    school = SmallSchool()
    for activity, spelling in (("1a", "anna"), ("1b", "ANNA"), ("1c", "ANNA"), ("1a", "BO")):
        school.row(spelling, activity)
    school.row("bo", "1b")
    school.wanted()
    assert set(school.persons()) == {"ANNA", "BO"}
    assert school.members("UMSCourse_1a") == {"ANNA": "Learner", "BO": "Learner"}


def test_a_first_plan_takes_the_spelling_that_is_live() -> None:
    """rules.md 23: by key, then by user name of a person without key or with an itsla- key."""
    school = SmallSchool()
    for name in ("anna", "bo", "carl", "dina"):
        school.row(name, "1a")
    school.put("live_person", key="ANNA", user_name="anna", role="Student")
    school.put("live_person", key="", user_name="Bo", role="Student")
    school.put("live_person", key="itsla-1", user_name="CARL", role="Student")
    school.put("live_person", key="other", user_name="DINA", role="Student")
    persons = school.wanted().persons()
    assert set(persons) == {"ANNA", "Bo", "CARL", "dina"}
    assert persons["CARL"]["user_name"] == "CARL"


def test_what_is_held_is_spelled_as_held_whatever_is_live() -> None:
    school = SmallSchool()
    school.row("anna", "1a")
    school.sync()
    school.put("live_person", key="ANNA", user_name="ANNA", role="Student")
    school.put("live_person", key="", user_name="Anna", role="Student")
    assert school.sync() == []
    assert set(school.persons()) == {"anna"}


def test_who_comes_back_has_the_key_that_lies_in_the_trash() -> None:
    """rules.md 4 and readings.md 37: the memberships made with it would name another key."""
    school = SmallSchool()
    school.row("Anna", "1a")
    school.sync()
    school.change("DELETE FROM student")
    school.sync()
    school.row("anna", "1a")
    assert ("person", "restore", "Anna") in school.sync()
    assert set(school.members("UMSCourse_1a")) == {"Anna"}


def test_a_live_key_goes_before_a_live_user_name() -> None:
    school = SmallSchool()
    school.row("anna", "1a")
    school.put("live_person", key="", user_name="Anna", role="Student")
    school.put("live_person", key="ANNA", user_name="x", role="Student")
    assert set(school.wanted().persons()) == {"ANNA"}


def test_nobody_protected_is_written() -> None:
    """rules.md 8: an administrator could be locked out, the timetable would lose its owner."""
    school = SmallSchool()
    school.put("live_person", key="boss", user_name="boss", role="Administrator")
    school.put("live_person", key="", user_name="keyless", role="administrator")
    school.put("live_person", key="root1", user_name="root1", role="System Administrator")
    for name in ("UMSTimetableUser", "umstimetableuser", "Boss", "keyless", "root1", "anna01"):
        school.row(name, "1a")
    school.wanted()
    assert set(school.persons()) == {"anna01"}
    assert school.members("UMSCourse_1a") == {"anna01": "Learner"}


def test_an_administrator_that_is_held_stays_as_held() -> None:
    school = SmallSchool()
    school.row("anna01", "1a")
    school.row("boss", "1a")
    school.sync()
    school.change("UPDATE held_person SET role = 'Administrator', phone = '7' WHERE key = 'boss'")
    school.change("DELETE FROM student WHERE StudieNr = 'boss'")
    school.wanted()
    person = school.persons()["boss"]
    assert (person["phone"], person["kept"]) == ("7", True)
    assert school.members("UMSCourse_1a")["boss"] == "Learner"


def test_templates_that_differ_in_role_or_language_are_a_finding() -> None:
    """rules.md 5."""
    school = SmallSchool(settings={"Language": "da"})
    school.setting(2, Language="en", StudentRole="Member")
    school.template(3, UserTypes_ID=1, itslearningSettings_ID=2)
    school.row("anna01", "1a")
    school.wanted()
    assert {("role-differs", "anna01"), ("language-differs", "anna01")} <= school.problems()


def test_users_only_touches_persons_alone() -> None:
    """rules.md 24."""
    school = SmallSchool()
    school.row("anna01", "1a")
    school.row("bo02", "1a")
    school.sync()
    school.change("DELETE FROM student WHERE StudieNr = 'bo02'")
    school.row("carl03", "1b")
    assert school.sync(users_only=True) == [
        ("person", "create", "carl03"),
        ("person", "delete", "bo02"),
    ]
    assert ("course", "create", "UMSCourse_1b") in school.sync()


def test_users_only_first_makes_no_roots() -> None:
    """readings.md 31."""
    school = SmallSchool()
    school.row("anna01", "1a")
    assert school.sync(users_only=True) == [("person", "create", "anna01")]


def test_planning_twice_in_one_workspace_gives_the_same() -> None:
    """A plan works the wanted state out again when the site refuses a template."""
    school = SmallSchool()
    school.row("anna01", "1a")
    school.row("bo02", "1a", StartDato="x")
    school.wanted()
    first = [school.rows_of(table) for table in ("wanted_person", "wanted_group", "problem")]
    school.wanted(DAY)
    assert first == [school.rows_of(t) for t in ("wanted_person", "wanted_group", "problem")]
