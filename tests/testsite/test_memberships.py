"""Memberships, their own keys, and home organisations (imses-protocol.md section 6)."""

from __future__ import annotations

import re

import pytest

from tests.testsite.soap import NS, extension, group, home, person, sid
from tests.testsite.test_groups import minors


@pytest.fixture
def school(run):
    """Two persons, a school, a folder; gives site and caller."""
    site, caller = run()
    caller.persons("create", person("anna"), person("bo"))
    caller.groups("create", ("school", group("School", type_="School")), ("g", group("G")))
    return site, caller


def keyed(site):
    return {row["key"]: row for row in site.memberships() if row["key"]}


def test_create_needs_person_group_and_role_and_keeps_its_own_key(school):
    """A membership that was refused would be counted as sent."""
    site, caller = school
    caller.keys("pms", "deletePersons", "bo")
    reply = caller.members(
        "create",
        ("anna@g", "anna", "g", "Learner"),
        ("bo@g", "bo", "g", "Learner"),
        ("no@g", "nobody", "g", "Learner"),
        ("anna@x", "anna", "x", "Learner"),
        ("", "anna", "school", "Learner"),
        ("k" * 256, "anna", "school", "Learner"),
        ("k" * 255, "anna", "school", "Instructor"),
    )
    assert minors(reply) == [
        "ok",
        "unknownobject",
        "unknownobject",
        "unknownobject",
        "incompletedata",
        "invaliddata",
        "ok",
    ]
    assert set(keyed(site)) == {"anna@g", "k" * 255}
    assert all(status.severity != "warning" for status in reply.statuses)


def test_the_same_key_again_updates_the_role_but_never_person_or_group(school):
    """A key scheme with collisions would move people between rooms."""
    site, caller = school
    caller.members("create", ("m", "anna", "g", "Learner"))
    reply = caller.members(
        "create",
        ("m", "anna", "g", "02"),
        ("m", "bo", "g", "Learner"),
        ("m", "anna", "school", "Learner"),
    )
    assert minors(reply) == ["ok", "invaliddata", "invaliddata"]
    row = keyed(site)["m"]
    assert (row["person"], row["hierarchy"], row["role"]) == ("anna", "g", "Instructor")


@pytest.mark.parametrize("verb", ["update", "replace"])
def test_update_and_replace_create_what_is_missing(school, verb):
    """They are functionally equal and both insert."""
    site, caller = school
    status = caller.members(verb, ("m", "anna", "g", "Learner")).status
    assert status.major == "success"
    assert caller.members(verb, ("m", "anna", "g", "Mentor")).status.ok
    assert keyed(site)["m"]["role"] == "Mentor"
    assert minors(caller.members(verb, ("m", "bo", "g", "Mentor"))) == ["invaliddata"]


def test_delete_is_by_membership_key_only(school):
    """A client that deletes by person and group would find nothing."""
    site, caller = school
    caller.members("create", ("m", "anna", "g", "Learner"))
    reply = caller.keys("mms", "deleteMemberships", "anna", "m", "m")
    assert minors(reply) == ["unknownobject", "ok", "unknownobject"]
    assert keyed(site) == {}


@pytest.mark.parametrize(("setting", "expected"), [("refuse", "idallocinuse"), ("rekey", "ok")])
def test_the_same_person_and_group_under_another_key(run, setting, expected):
    """Undocumented; both reactions can be rehearsed, and neither makes a second membership."""
    site, caller = run(second_membership=setting)
    caller.persons("create", person("anna"))
    caller.groups("create", ("g", group("G")))
    caller.members("create", ("one", "anna", "g", "Learner"))
    assert minors(caller.members("create", ("two", "anna", "g", "Learner"))) == [expected]
    assert list(keyed(site)) == (["one"] if setting == "refuse" else ["two"])


def test_reads_for_person_and_group_store_keys_for_those_without(school):
    """A read with a side effect: previews must not use it, and here it shows if they do."""
    site, caller = school
    with site.seed() as seeding:
        seeding.membership("anna", "g")
    assert keyed(site) == {}
    reply = caller.one("mms", "readMembershipsForPerson", "anna", "personSourcedId")
    assert (reply.in_set, reply.status.ok) == (True, True)
    pairs = reply.body.findall("./{*}membershipIDPairSet/{*}membershipIdPair")
    made = [pair.findtext("./{*}sourcedId/c:identifier", None, NS) for pair in pairs]
    assert len(made) == 2
    assert all(re.fullmatch(r"itsla-[0-9a-f-]{36}", key) for key in made)
    assert reply.texts(".//m:groupSourcedId/c:identifier") == ["ROOT", "g"]
    assert set(keyed(site)) == set(made)
    again = caller.one("mms", "readMembershipsForGroup", "g", "groupSourcedId")
    assert again.texts(".//{*}sourcedId/c:identifier") == [made[1]]
    assert again.texts(".//m:memberSourcedId/c:identifier") == ["anna"]
    assert minors(caller.keys("mms", "deleteMemberships", made[1])) == ["ok"]


def test_every_person_is_in_the_root_unless_the_site_is_set_otherwise(run):
    """The protected list of group keys exists because of this."""
    site, caller = run()
    caller.persons("create", person("anna"))
    assert [row["hierarchy"] for row in site.memberships()] == ["ROOT"]


def test_without_root_memberships_there_are_none(run):
    """Whether they are made at all is an open question."""
    site, caller = run(root_memberships=False)
    caller.persons("create", person("anna"))
    assert site.memberships() == []
    assert caller.one("mms", "readMembershipsForPerson", "anna", "personSourcedId").status.ok


def test_a_first_key_for_a_membership_made_by_hand(school):
    """A sync that puts somebody where a teacher put them already must not fail."""
    site, caller = school
    with site.seed() as seeding:
        seeding.membership("anna", "g")
    assert minors(caller.members("create", ("m", "anna", "g", "Learner"))) == ["ok"]
    assert keyed(site)["m"]["role"] == "Learner"


@pytest.mark.parametrize("number", range(1, 9))
def test_numbers_of_roles_are_read_as_their_names(school, number):
    """Reads return the names."""
    _, caller = school
    names = [
        "Learner",
        "Instructor",
        "ContentDeveloper",
        "Member",
        "Manager",
        "Mentor",
        "Administrator",
        "TeachingAssistant",
    ]
    caller.members("create", ("m", "anna", "g", f"{number:02}"))
    reply = caller.one("mms", "readMembership", "m")
    assert (reply.in_set, reply.texts(".//m:roleType")) == (False, [names[number - 1]])


def test_a_role_outside_the_enumeration_is_a_fault_for_the_whole_batch(school):
    """One bad value takes all other items with it; the client must check before sending."""
    site, caller = school
    reply = caller.members("create", ("a", "anna", "g", "Learner"), ("b", "bo", "g", "Pupil"))
    assert reply.http == 500
    assert keyed(site) == {}


def test_a_role_without_its_namespace_is_not_a_role(school):
    """The broken tag of one public client must not pass (9.11)."""
    site, caller = school
    bad = '<roleType xmlns="">Learner</roleType>'
    assert minors(caller.members("update", ("m", "anna", "g", bad))) == ["incompletedata"]
    assert keyed(site) == {}


def home_of(site, user_name="anna"):
    return next(row["home"] for row in site.persons() if row["user_name"] == user_name)


def homes_shown(caller, key="anna"):
    reply = caller.one("mms", "readMembershipsForPerson", key, "personSourcedId")
    return [
        pair.findtext(".//m:groupSourcedId/c:identifier", None, NS)
        for pair in reply.body.findall(".//{*}membershipIdPair")
        if pair.findall(".//c:fieldName", NS)
    ]


def test_home_organisation_is_marked_moved_and_falls_back_to_the_site(school):
    """The whole state machine of 6.4, seen on what reads show."""
    site, caller = school
    caller.groups("create", ("school2", group("School 2", type_="School")))
    assert homes_shown(caller) == ["ROOT"]
    assert caller.members("create", ("m1", "anna", "school", home("1"))).status.ok
    assert (home_of(site), homes_shown(caller)) == ("school", ["school"])
    # Left out: no change. Marked elsewhere: only one home.
    caller.members("update", ("m1", "anna", "school", "Member"))
    assert home_of(site) == "school"
    caller.members("create", ("m2", "anna", "school2", home("1")))
    assert homes_shown(caller) == ["school2"]
    # 0 on a membership that is not the home changes nothing, on the home it does.
    caller.members("update", ("m1", "anna", "school", home("0")))
    assert home_of(site) == "school2"
    caller.members("update", ("m2", "anna", "school2", home("0")))
    assert homes_shown(caller) == ["ROOT"]
    # Replace without the field is the same as 0.
    caller.members("update", ("m1", "anna", "school", home("1")))
    caller.members("replace", ("m1", "anna", "school", "Member"))
    assert home_of(site) is None
    # Deleting the home membership, or its group, makes the site home.
    caller.members("update", ("m1", "anna", "school", home("1")))
    caller.keys("mms", "deleteMemberships", "m1")
    assert home_of(site) is None
    caller.members("update", ("m2", "anna", "school2", home("1")))
    caller.keys("gms", "deleteGroups", "school2")
    assert homes_shown(caller) == ["ROOT"]


def test_home_is_only_for_schools_and_never_for_mentors(school):
    """A home that is not a school would lock people out of theirs."""
    site, caller = school
    reply = caller.members(
        "create",
        ("a", "anna", "g", home("1")),
        ("b", "anna", "school", home("yes")),
        ("c", "anna", "school", home("1", "Mentor")),
    )
    assert minors(reply) == ["invaliddata", "invaliddata", "ok"]
    assert home_of(site) is None


def test_a_home_field_without_namespace_is_passed_over(school):
    """The sample of the docs has it wrong; per the WSDL it is qualified."""
    site, caller = school
    bare = extension("m", HomeOrganisation="1").replace("m:extension", "extension")
    caller.members("create", ("m", "anna", "school", f"<m:roleType>Member</m:roleType>{bare}"))
    assert home_of(site) is None
    assert "passed over" in site.requests()[-1]["note"]


def test_reading_and_renaming_by_key(school):
    """Keys of memberships can be read and changed, one or many at a time."""
    site, caller = school
    caller.members("create", ("m", "anna", "g", "Learner"), ("n", "bo", "g", "Instructor"))
    reply = caller.keys("mms", "readMemberships", "m", "x", "n")
    assert minors(reply) == ["ok", "unknownobject", "ok"]
    assert reply.texts("./{*}membershipSet/{*}membership/m:member/m:role/m:roleType") == [
        "Learner",
        "Instructor",
    ]
    renamed = caller.rename("mms", "changeMembershipsIdentifier", ("m", "m2"), ("n", "m2"))
    assert minors(renamed) == ["ok", "idallocinuse"]
    single = caller.call("mms", "changeMembershipIdentifier", sid("n") + sid("n2", "newSourcedId"))
    assert (single.in_set, single.status.ok) == (False, True)
    assert set(keyed(site)) == {"m2", "n2"}
