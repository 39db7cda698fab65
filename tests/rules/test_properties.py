"""What holds for every school, whatever its rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from tests.rules.small_school import SmallSchool

PERIODS = [
    ("", ""),
    ("10-08-2026", "30-06-2027"),
    ("10-08-2026", "20-12-2026"),
    ("05-01-2027", "30-06-2027"),
    ("01-07-2027", ""),
    ("31-02-2027", "x"),
    ("05-01-2027", "01-01-2027"),
]
DAYS = st.sampled_from([dt.date(2026, 8, 1) + dt.timedelta(days=step) for step in range(0, 420, 7)])

ROWS = st.fixed_dictionaries(
    {
        "user_name": st.sampled_from(["anna", "Anna", "bo", "tea", "tom", "", "UMSTimetableUser"]),
        "UserTypes_ID": st.integers(0, 1),
        "activity": st.sampled_from(["1a", "1a", "1b", "2a 26", "2a 27", None]),
        "Fornavne": st.sampled_from(["A", "A", "A", "A", "A", "A", "B", ""]),
        "period": st.sampled_from(PERIODS),
        "Skolefag": st.sampled_from(["", "Math", "Danish"]),
        "Skolefag_LMS": st.integers(0, 1),
        "Department": st.sampled_from(["", "Tech", "Trade"]),
        "Education": st.sampled_from(["", "HF", "HHX"]),
        "Skolekode": st.sampled_from(["", "1", "2"]),
        "WorkMail": st.sampled_from(["", "a@x", "b@x"]),
        "PhoneNumber": st.sampled_from(["", "1", "2"]),
        "SecretAddress": st.sampled_from([0, 0, 0, 1]),
    }
)
SETTINGS = st.fixed_dictionaries(
    {
        "ActivitySites": st.sampled_from(["All", "LMS", "None"]),
        "CourseSites": st.sampled_from(["All", "LMS", "None"]),
        "RemoveLearnerMethod": st.sampled_from(["Finished", "DeletedInAD"]),
        "DeleteSites": st.sampled_from(["Auto", "Manual"]),
        "DeleteDaysAfterEnd": st.sampled_from([0, 20]),
        "MaintainTemplateGroups": st.integers(0, 1),
        "NodeStartIndex": st.sampled_from([None, 3]),
        "NodeLength": st.just(9),
        "SQLGroups": st.sampled_from([None, "2a%"]),
    }
)
TABLES = ("wanted_person", "wanted_group", "wanted_membership", "leaving_group", "problem")
CALM = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def build(rows: list[dict[str, Any]], setting: dict[str, Any]) -> SmallSchool:
    school = SmallSchool(settings=setting)
    for side in ("sub_account_setting", "sub_account_courses_setting"):
        school.put(side, ID=1, OrganizationSettings_ID=1, DatabaseField="Department")
        school.put(side, ID=2, OrganizationSettings_ID=1, DatabaseField="Education", Parent_ID=1)
    add(school, rows)
    return school


def add(school: SmallSchool, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        start, end = row["period"]
        values = {key: value for key, value in row.items() if key != "period"}
        school.row(**values, StartDato=start, SlutDato=end)


@CALM
@given(st.lists(ROWS, max_size=14), SETTINGS, DAYS, st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(
    rows: list[dict[str, Any]], setting: dict[str, Any], day: dt.date, random: Any
) -> None:
    """Databases promise no order; a plan that followed it would change every night."""
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = build(rows, setting).wanted(day), build(shuffled, setting).wanted(day)
    for table in TABLES[:-1]:
        assert one.rows_of(table) == other.rows_of(table)


@CALM
@given(
    st.lists(ROWS, max_size=12),
    st.lists(ROWS, max_size=12),
    SETTINGS,
    DAYS,
    st.integers(0, 40),
)
def test_a_run_over_its_own_result_changes_nothing(
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    setting: dict[str, Any],
    day: dt.date,
    later: int,
) -> None:
    """Else every night would send what was sent the night before."""
    school = build(before, setting)
    school.sync(day)
    school.change("DELETE FROM student")
    add(school, after)
    school.sync(day + dt.timedelta(days=later))
    assert school.sync(day + dt.timedelta(days=later)) == []


@CALM
@given(st.lists(ROWS, max_size=12), st.lists(ROWS, max_size=12), SETTINGS, DAYS)
def test_what_is_wanted_hangs_together(
    before: list[dict[str, Any]], after: list[dict[str, Any]], setting: dict[str, Any], day: dt.date
) -> None:
    """itslearning refuses a membership without its ends and a group without its parent."""
    school = build(before, setting)
    school.sync(day)
    school.change("DELETE FROM student")
    add(school, after)
    school.wanted(day + dt.timedelta(days=30))
    persons, places = school.persons(), school.places()
    assert len(persons) == len(school.rows_of("wanted_person"))
    assert len(places) == len(school.rows_of("wanted_group"))
    ends = [(m["person_key"], m["group_key"]) for m in school.rows_of("wanted_membership")]
    assert len(ends) == len(set(ends))
    for person, group in ends:
        assert person in persons
        assert group in places
    for place in places.values():
        parent = places.get(place["parent_key"])
        assert place["parent_key"] == "root" or parent is not None
        assert parent is None or parent["depth"] < place["depth"]
        assert len(place["key"]) <= 64
        assert len(place["title"]) <= 64
    assert not set(school.leaving()) & set(places)


@CALM
@given(st.lists(ROWS, min_size=1, max_size=12), SETTINGS, DAYS, st.data())
def test_a_row_that_breaks_deletes_nothing(
    rows: list[dict[str, Any]], setting: dict[str, Any], day: dt.date, data: st.DataObject
) -> None:
    """rules.md 2: the person, its memberships, the room and the group of its activity stay."""
    school = build(rows, setting)
    school.sync(day)
    person = data.draw(st.sampled_from([row["user_name"] for row in rows]))
    school.change(f"UPDATE student SET StartDato = 'x' WHERE StudieNr = '{person}'")
    done = school.sync(day)
    deleted = {key for kind, op, key in done if op == "delete" and kind != "node"}
    assert not [key for key in deleted if key.split("@")[0].lower() == person.lower() and person]
    named = {row["activity"] for row in rows if row["user_name"] == person} - {None}
    for activity in named:
        assert not deleted & {f"UMSCourse_{activity}", f"UMSGroups_{activity}"}


@CALM
@given(st.lists(ROWS, max_size=12), SETTINGS, DAYS)
def test_every_change_says_why(
    rows: list[dict[str, Any]], setting: dict[str, Any], day: dt.date
) -> None:
    school = build(rows, setting)
    assert all(school.planned(day).values())
    school.sync(day)
    assert all(school.planned(day + dt.timedelta(days=200)).values())
