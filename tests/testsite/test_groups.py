"""Groups and their hierarchy rules (imses-protocol.md 5, 5.1, 5.3)."""

from __future__ import annotations

import pytest

from tests.testsite.soap import course, group, person, sid


def minors(reply):
    return [status.minor if status.major == "failure" else "ok" for status in reply.statuses]


def tree(site):
    return {row["key"]: row["parent"] for row in site.groups()}


def test_parent_then_child_in_one_request_works_and_the_other_way_round_fails(run):
    """Sending order is the client's duty, and this is where it shows."""
    site, caller = run()
    reply = caller.groups("create", ("top", group("Top")), ("below", group("Below", "top")))
    assert minors(reply) == ["ok", "ok"]
    reply = caller.groups("create", ("child", group("C", "late")), ("late", group("L")))
    assert minors(reply) == ["unknownobject", "ok"]
    assert tree(site) == {"ROOT": None, "top": "ROOT", "below": "top", "late": "ROOT"}


@pytest.mark.parametrize("verb", ["create", "update"])
def test_the_parent_must_be_sent_every_time(run, verb):
    """An update without relationship fails at itslearning; it must not pass here."""
    _, caller = run()
    caller.groups("create", ("a", group("A")))
    assert minors(caller.groups(verb, ("a", group("B", None)))) == ["incompletedata"]
    assert minors(caller.groups(verb, ("a", group("B", "nowhere")))) == ["unknownobject"]
    assert minors(caller.groups(verb, ("a", group("B")))) == ["ok"]


def test_no_school_under_a_school_however_deep(run):
    """The documented example: of three, the nested school fails and the others succeed."""
    site, caller = run()
    reply = caller.groups(
        "create",
        ("school", group("S", type_="School")),
        ("nested", group("N", "school", "School")),
        ("folder", group("F", "school")),
        ("deep", group("D", "folder", "School")),
    )
    assert minors(reply) == ["ok", "linkfailure", "ok", "linkfailure"]
    # By moving, or by turning a folder above a school into one, neither.
    caller.groups(
        "create",
        ("box", group("B")),
        ("inner", group("I", "box")),
        ("s2", group("S2", "inner", "School")),
    )
    assert minors(caller.groups("update", ("box", group("B", "school")))) == ["linkfailure"]
    assert minors(caller.groups("update", ("box", group("B", type_="School")))) == ["linkfailure"]
    assert minors(caller.groups("update", ("folder", group("F", "school", "School")))) == [
        "linkfailure"
    ]
    assert tree(site)["box"] == "ROOT"


def test_the_site_can_be_neither_made_nor_changed_nor_deleted(run):
    """A wrong key could wreck the root of a school."""
    site, caller = run()
    assert minors(caller.groups("create", ("x", group("X", type_="Site")))) == ["invaliddata"]
    assert minors(caller.groups("create", ("x", group("X", type_=None, level="0")))) == [
        "invaliddata"
    ]
    assert minors(caller.groups("update", ("ROOT", group("X")))) == ["invaliddata"]
    assert minors(caller.keys("gms", "deleteGroups", "ROOT")) == ["invaliddata"]
    assert minors(caller.rename("gms", "changeGroupsIdentifier", ("ROOT", "R"))) == ["invaliddata"]
    assert tree(site) == {"ROOT": None}


def test_moving_under_itself_is_refused_and_moving_elsewhere_works(run):
    """A cycle would make the whole branch disappear from every list."""
    site, caller = run()
    caller.groups("create", ("a", group("A")), ("b", group("B", "a")), ("c", group("C", "b")))
    assert minors(caller.groups("update", ("a", group("A", "a")))) == ["linkfailure"]
    assert minors(caller.groups("update", ("a", group("A", "c")))) == ["linkfailure"]
    assert minors(caller.groups("update", ("c", group("C", "a")))) == ["ok"]
    assert tree(site) == {"ROOT": None, "a": "ROOT", "b": "a", "c": "a"}


def test_type_and_level_must_agree_and_types_change_only_as_documented(run):
    """School and Unspecified may change into each other, nothing else into them."""
    _, caller = run()
    reply = caller.groups(
        "create",
        ("a", group("A", type_="School", level="1")),
        ("b", group("B", type_="School", level="-1")),
        ("c", group("C", type_=None, level="1")),
        ("d", group("D", type_="Classroom")),
        ("e", group("E", type_=None)),
    )
    assert minors(reply) == ["ok", "invaliddata", "ok", "invaliddata", "ok"]
    read = caller.keys("gms", "readGroups", "a", "c", "e")
    assert read.texts(".//g:type") == ["School", "School", "Unspecified"]
    assert read.texts(".//g:level") == ["1", "1", "-1"]
    caller.groups("create", ("k", course("K")))
    assert minors(
        caller.groups(
            "update",
            ("a", group("A", type_="Unspecified")),
            ("a", group("A", type_="School")),
            ("a", group("A", type_="Course", course="A")),
            ("k", group("K", type_="Unspecified")),
            ("e", course("E")),
        )
    ) == ["ok", "ok", "invaliddata", "invaliddata", "ok"]


def test_a_course_group_stands_only_under_a_course(run):
    """Documented rule of CourseGroup."""
    _, caller = run()
    caller.groups("create", ("k", course("K")), ("f", group("F")))
    reply = caller.groups(
        "create", ("g1", group("G", "k", "CourseGroup")), ("g2", group("G", "f", "CourseGroup"))
    )
    assert minors(reply) == ["ok", "linkfailure"]
    assert minors(caller.groups("update", ("g1", course("G", "k")))) == ["invaliddata"]


def test_update_keeps_the_title_that_is_not_sent_and_inserts_with_a_warning(run):
    """Update is additive, and says so when it had to insert."""
    site, caller = run()
    status = caller.groups("update", ("a", group("Title æ"))).status
    assert (status.major, status.severity) == ("success", "warning")
    caller.groups("update", ("a", group(None)))
    assert site.groups()[1]["title"] == "Title æ"
    assert minors(caller.groups("update", ("b", group(None)))) == ["incompletedata"]


@pytest.mark.parametrize("over_long", ["fail", "truncate"])
def test_titles_over_64_characters(run, over_long):
    """The true reaction is unknown; both can be rehearsed."""
    site, caller = run(over_long=over_long)
    reply = caller.groups("create", ("a", group("ø" * 65)), ("b", group("ø" * 64)))
    assert minors(reply) == (["invaliddata", "ok"] if over_long == "fail" else ["ok", "ok"])
    assert {len(row["title"]) for row in site.groups() if row["key"] in {"a", "b"}} == {64}


def test_delete_takes_everything_below_and_fails_on_what_is_gone(run):
    """Children sent after their parent fail; a client must send them first."""
    site, caller = run()
    caller.persons("create", person("anna"))
    caller.groups("create", ("a", group("A")), ("b", group("B", "a")), ("c", course("C", "b")))
    caller.members("create", ("m1", "anna", "b", "Learner"), ("m2", "anna", "c", "Learner"))
    reply = caller.keys("gms", "deleteGroups", "a", "b", "a")
    assert minors(reply) == ["ok", "unknownobject", "unknownobject"]
    assert tree(site) == {"ROOT": None}
    assert [row["hierarchy"] for row in site.memberships()] == ["ROOT"]
    # The course lives on by itself (5.2).
    assert [(row["key"], row["hierarchy"], row["state"]) for row in site.courses()] == [
        ("c", None, "manual")
    ]


def test_reads_show_the_group_and_say_unknownobject_for_others(run):
    """unknownobject is the one minor code that was seen; the client branches on it."""
    _, caller = run()
    caller.groups("create", ("a", group("A")), ("k", course("K", "a", course__code="K1")))
    one = caller.one("gms", "readGroup", "k")
    assert (one.in_set, one.status.ok) == (False, True)
    assert one.texts(".//g:relationship/g:sourceId/c:identifier") == ["a"]
    assert one.texts(".//g:descShort") == ["K"]
    assert dict(zip(one.texts(".//c:fieldName"), one.texts(".//c:fieldValue"), strict=True)) == {
        "course": "K",
        "course/code": "K1",
    }
    many = caller.keys("gms", "readGroups", "a", "none", "k")
    assert minors(many) == ["ok", "unknownobject", "ok"]
    assert many.texts(".//g:descShort") == ["A", "K"]


@pytest.mark.parametrize(
    ("shape", "path"), [("groups", "groupSet/{*}group"), ("pairs", "groupIdPairSet/{*}groupIdPair")]
)
def test_both_shapes_of_groups_for_person(run, shape, path):
    """The sources contradict each other; the client has to read both."""
    _, caller = run(groups_for_person=shape)
    caller.persons("create", person("anna"))
    caller.groups("create", ("a", group("A")))
    caller.members("create", ("m", "anna", "a", "Learner"))
    reply = caller.one("gms", "readGroupsForPerson", "anna", "personSourcedId")
    assert (reply.in_set, reply.status.ok) == (True, True)
    assert len(reply.body.findall("./{*}" + path)) == 2
    assert reply.texts(".//g:descShort") == ["Test site", "A"]


def test_change_group_identifier_keeps_the_group_and_its_course(run):
    """Re-keying a room must not make a second one."""
    site, caller = run()
    caller.groups("create", ("k", course("K")), ("l", group("L")))
    reply = caller.rename("gms", "changeGroupsIdentifier", ("k", "k2"), ("k", "k3"), ("l", "k2"))
    assert minors(reply) == ["ok", "unknownobject", "idallocinuse"]
    assert site.courses()[0]["key"] == "k2"
    single = caller.call("gms", "changeGroupIdentifier", sid("l") + sid("l2", "newSourcedId"))
    assert (single.in_set, single.status.ok) == (False, True)


def test_groups_made_by_hand_have_no_key_and_cannot_be_addressed(run):
    """They show up as members' groups and must not break a client."""
    site, caller = run()
    caller.persons("create", person("anna"))
    with site.seed() as seeding:
        number = seeding.group("By hand")
        seeding.group("Keyed", key="keyed")
        seeding.membership("anna", "keyed")
    assert number > 1
    assert minors(caller.keys("gms", "readGroups", "")) == ["unknownobject"]
    reply = caller.one("gms", "readGroupsForPerson", "anna", "personSourcedId")
    assert reply.texts(".//g:descShort") == ["Test site", "Keyed"]


def test_replace_clears_descriptions_and_update_does_not(run):
    """The one difference between the two for groups."""
    site, caller = run()
    full = group("A").replace("</g:descShort>", "</g:descShort><g:descLong>long</g:descLong>")
    caller.groups("create", ("a", full))
    caller.groups("update", ("a", group("A")))
    assert site.groups()[1]["long_text"] == "long"
    caller.groups("replace", ("a", group("A")))
    assert site.groups()[1]["long_text"] == ""
