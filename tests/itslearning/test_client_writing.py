"""Writing and reading against a server that takes nothing but the protocol."""

from __future__ import annotations

import pytest
from lxml import etree

from sync.errors import SiteFault
from sync.itslearning import KEY_IN_TRASH, USER_NAME_TAKEN, SiteReader, SiteWriter
from sync.model import Group, LiveGroup, LiveMembership, LivePerson, Membership, Person, Progress
from tests.itslearning.strict_server import StrictServer
from tests.itslearning.strict_shapes import COMMON, PMD, PMS

ANNA = Person(
    "anna01",
    "anna01",
    "Anna & Æ",
    "Holm <3",
    "Student",
    "a@x.dk",
    "1",
    "2",
    "Vej 1",
    "8000",
    "Aarhus",
)
BO = Person("bo02", "bo02", "Bo", "Dam", "Staff")


def test_persons_are_made_read_changed_and_deleted(
    server: StrictServer, writer: SiteWriter, reader: SiteReader
) -> None:
    """The daily life of a sync; a lost field or swapped person would be seen by a whole school."""
    assert [one.ok for one in writer.create_persons([ANNA, BO])] == [True, True]
    live = reader.read_persons(["bo02", "nobody", "anna01"])
    assert live["nobody"] is None
    assert live["anna01"] == LivePerson(
        "anna01",
        "anna01",
        "Anna & Æ",
        "Holm <3",
        "Student",
        "a@x.dk",
        "1",
        "2",
        "Vej 1",
        "8000",
        "Aarhus",
        nick="nick",
    )
    assert live["bo02"] is not None
    assert live["bo02"].first_name == "Bo"
    cleared = Person("anna01", "anna01", "Anna", "Holm", "Student", email="", phone="", street="")
    assert writer.update_persons([cleared])[0].ok
    after = reader.read_persons(["anna01"])["anna01"]
    assert after is not None
    assert (after.email, after.phone, after.street) == ("", "", "")
    assert (after.mobile, after.postcode, after.city) == ("2", "8000", "Aarhus")
    first, second = writer.delete_persons(["anna01", "gone"])
    assert first.ok
    assert second.unknown_object
    assert reader.read_persons(["anna01"]) == {"anna01": None}


def test_what_is_none_is_left_out_and_what_is_empty_is_sent_empty(
    server: StrictServer, writer: SiteWriter
) -> None:
    """None keeps what a school typed in by hand, empty clears (readings.md 16, 17)."""
    writer.update_persons([Person("a", "", "A", "B", "", email="", mobile="", city="")])
    message = etree.fromstring(server.requests[-1][1])
    sent = message.find(f".//{{{PMS}}}person")
    assert sent is not None
    assert [child.tag for child in sent] == [
        f"{{{PMD}}}name",
        f"{{{COMMON}}}email",
        f"{{{PMD}}}address",
        f"{{{PMD}}}tel",
    ]
    address, mobile = sent[2], sent[3]
    assert [(child.tag, child.text) for child in address] == [(f"{{{PMD}}}locality", None)]
    assert [child.text for child in mobile] == ["Mobile", None]


def test_groups_courses_and_memberships(
    server: StrictServer, writer: SiteWriter, reader: SiteReader
) -> None:
    """A child may stand in its parent's batch; a course carries title and, once, its template."""
    node = Group("UMSCourses", "UMS Courses", "root")
    template = Group("template", "Template", "root", "Course", course=True)
    course = Group(
        "c1", "Maths", "UMSCourses", "Course", True, "template", "anna01", (("lang", "da"),)
    )
    assert all(one.ok for one in writer.create_groups([node, template, course]))
    stored = server.school.groups["c1"]
    assert stored["course"] == "Maths"
    assert stored["course/template/synckey"] == "template"
    assert stored["course/template/coursecreatorsynckey"] == "anna01"
    assert stored["lang"] == "da"
    writer.update_groups([Group("c1", "Maths 2", "root", "Course", True, "template", "anna01")])
    assert b"course/template" not in server.requests[-1][1]
    assert reader.read_groups(["c1", "none"]) == {
        "c1": LiveGroup("c1", "Maths 2", "root", "Course", True),
        "none": None,
    }
    writer.create_persons([ANNA])
    assert [
        one.ok
        for one in writer.create_memberships(
            [Membership("m1", "anna01", "c1", "01"), Membership("m2", "nobody", "c1", "Learner")]
        )
    ] == [True, False]
    expected = LiveMembership("m1", "anna01", "c1", "Learner")
    assert reader.read_memberships_of_group("c1") == [expected]
    assert reader.read_memberships_of_person("anna01") == [expected]
    assert reader.read_memberships(["m1", "m2"]) == {"m1": expected, "m2": None}
    assert [one.key for one in reader.read_persons_of_group("c1")] == ["anna01"]
    assert writer.update_memberships([Membership("m1", "anna01", "c1", "Instructor")])[0].ok
    assert reader.read_memberships_of_group("c1")[0].role == "Instructor"
    assert [one.ok for one in writer.delete_memberships(["m1", "m1x"])] == [True, False]
    assert [one.ok for one in writer.delete_groups(["c1", "c1x"])] == [True, False]
    assert reader.read_memberships_of_group("c1") == []


@pytest.mark.parametrize("shape", ["groupSet", "groupIdPairSet", "groupIDPairSet"])
def test_both_shapes_of_groups_for_person_are_read(
    server: StrictServer, writer: SiteWriter, reader: SiteReader, shape: str
) -> None:
    """Sources disagree about this answer; a site with the other shape would show no groups."""
    server.school.groups_shape = shape
    writer.create_persons([ANNA])
    writer.create_memberships([Membership("m", "anna01", "root", "Learner")])
    (found,) = reader.read_groups_of_person("anna01")
    assert found.title == "School"
    assert found.key == (None if shape == "groupSet" else "root")


def test_statuses_are_read_whatever_their_case(server: StrictServer, writer: SiteWriter) -> None:
    """One source spells them with capitals; every item would look failed."""
    server.capitals = True
    assert [one.ok for one in writer.create_persons([ANNA, BO])] == [True, True]


@pytest.mark.parametrize(
    ("person", "word"),
    [
        (Person("k" * 65, "u", "A", "B", "Staff"), "64"),
        (Person("", "u", "A", "B", "Staff"), "no sync key"),
        (Person("a", "u", "A" * 65, "B", "Staff"), "64"),
        (Person("a", "u", "A", "B", ""), "role"),
        (Person("a", "u", "", "B", "Staff"), "name"),
        (Person("a", "u", "A\x00", "B", "Staff"), "control"),
        (Person("a", "u", "A", "B", "Administrator"), "administrators"),
        (Person("umstimetableuser", "u", "A", "B", "Staff"), "UMSTimetableUser"),
    ],
)
def test_a_person_that_would_spoil_the_batch_is_not_sent(
    server: StrictServer, writer: SiteWriter, person: Person, word: str
) -> None:
    """One bad value fails all others of a batch, or makes a student of a teacher."""
    bad, good = writer.create_persons([person, BO])
    assert not bad.ok
    assert word in bad.message
    assert good.ok
    assert len(server.school.persons) == 1


def test_limits_of_groups_and_memberships(server: StrictServer, writer: SiteWriter) -> None:
    """Titles 64, keys 64, membership keys 255, known roles: all else never reaches the site."""
    groups = [
        Group("a", "t" * 65, "root"),
        Group("a" * 65, "t", "root"),
        Group("a", "t", ""),
        Group("a", "", "root"),
        Group("a", "t", "A"),
        Group("a", "t", "root", "Site"),
    ]
    assert not any(one.ok for one in writer.create_groups(groups))
    memberships = [
        Membership("m" * 256, "p", "g", "Learner"),
        Membership("m", "p", "g", ""),
        Membership("m", "p", "g", "learner"),
        Membership("m", "", "g", "Learner"),
    ]
    assert not any(one.ok for one in writer.create_memberships(memberships))
    assert server.requests == []
    writer.create_persons([BO])
    assert writer.create_memberships([Membership("m" * 255, "bo02", "root", "Learner")])[0].ok


def test_a_key_or_user_name_twice_in_a_batch_is_sent_once(
    server: StrictServer, writer: SiteWriter
) -> None:
    """Which of the two would win is itslearning's guess."""
    twin = Person("ANNA01", "other", "X", "Y", "Staff")
    same_name = Person("c", "Anna01", "X", "Y", "Staff")
    assert [one.ok for one in writer.create_persons([ANNA, twin, same_name])] == [
        True,
        False,
        False,
    ]
    assert len(server.school.persons) == 1


def test_duplicate_identities_are_explained_with_the_way_out(
    server: StrictServer, writer: SiteWriter
) -> None:
    """'unknown unknown' has cost many an operator a day (ums.md 2.14)."""
    writer.create_persons([ANNA, BO])
    taken = writer.create_persons([Person("c", "BO02", "C", "D", "Staff")])[0]
    assert taken.code == USER_NAME_TAKEN
    assert "BO02" in taken.message
    assert "trash" in taken.message
    assert "already in use" in taken.message
    writer.delete_persons(["bo02"])
    trashed = writer.change_person_identifiers([("anna01", "bo02")])[0]
    assert trashed.code == KEY_IN_TRASH
    assert "unknown unknown" in trashed.message
    assert "Restore" in trashed.message


def test_all_persons_come_page_by_page_with_progress(
    server: StrictServer, writer: SiteWriter, reader: SiteReader
) -> None:
    """A page left out would look like deleted users."""
    for start in range(0, 450, 50):
        writer.create_persons(
            [Person(f"p{n}", f"p{n}", "A", "B", "Staff") for n in range(start, start + 50)]
        )
    seen: list[Progress] = []
    pages = list(reader.read_all_persons(seen.append))
    assert [len(page) for page in pages] == [100, 100, 100, 100, 50]
    assert [person.key for page in pages for person in page] == [f"p{n}" for n in range(450)]
    assert (seen[-1].done, seen[-1].total) == (450, 450)
    sent = [body for operation, body in server.requests if operation == "readAllPersons"]
    assert all(b"ConvertFromManual>false<" in body for body in sent)


def test_reading_all_persons_says_that_it_is_switched_off(
    server: StrictServer, reader: SiteReader
) -> None:
    """An empty list instead would be taken for an empty school."""
    server.school.listing = False
    with pytest.raises(SiteFault, match="switched on"):
        list(reader.read_all_persons())


def test_a_list_of_persons_with_holes_is_refused(server: StrictServer, reader: SiteReader) -> None:
    """Persons that are counted and not shown would look deleted."""
    server.school.unlisted = 1
    with pytest.raises(SiteFault, match="0 of 1"):
        list(reader.read_all_persons())


def test_memberships_of_many_groups_are_read_side_by_side(
    server: StrictServer, writer: SiteWriter, reader: SiteReader
) -> None:
    """Drift over thousands of rooms; results must stay with their room."""
    writer.create_persons([ANNA])
    keys = [f"g{n}" for n in range(30)]
    writer.create_groups([Group(key, key, "root") for key in keys])
    writer.create_memberships([Membership(f"m-{key}", "anna01", key, "Learner") for key in keys])
    seen: list[Progress] = []
    found = dict(reader.read_memberships_of_groups([*keys, "gone"], seen.append))
    assert found["gone"] == []
    assert {key: found[key][0].key for key in keys} == {key: f"m-{key}" for key in keys}
    assert seen[-1].done == 31
    assert "readMembershipsForPerson" not in server.operations()


def test_replace_and_key_changes_of_groups_and_memberships(
    server: StrictServer, writer: SiteWriter, reader: SiteReader
) -> None:
    """An operator's own corrections, rarely needed and never tried out in a sync."""
    writer.create_persons([ANNA])
    writer.create_groups([Group("g", "G", "root")])
    writer.create_memberships([Membership("m", "anna01", "g", "Learner")])
    assert writer.replace_persons([ANNA])[0].ok
    assert writer.replace_groups([Group("g", "G2", "root")])[0].ok
    assert writer.replace_memberships([Membership("m", "anna01", "g", "Member")])[0].ok
    assert [one.ok for one in writer.change_group_identifiers([("g", "h"), ("x", "y")])] == [
        True,
        False,
    ]
    assert writer.change_membership_identifiers([("m", "n")])[0].ok
    assert reader.read_groups(["g"]) == {"g": None}
    assert "n" in server.school.memberships
