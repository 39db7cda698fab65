"""Courses: fields, templates, and what becomes of them (imses-protocol.md 5.2, 5.3)."""

from __future__ import annotations

import pytest

from tests.testsite.soap import course, group, person
from tests.testsite.test_groups import minors


def test_course_fields_make_a_hierarchy_and_a_course_with_the_same_key(run):
    """A room would be a bare group that nobody can teach in."""
    site, caller = run()
    fields = {"course__code": "MA1", "course__credits": "5"}
    reply = caller.groups(
        "create",
        ("k", course("Maths", **fields)),
        ("untyped", group("U", type_=None, course="U")),
        ("bare", group("B", type_="Course")),
        ("school", group("S", type_="School", course="S")),
        ("long", course("x" * 65)),
        ("long-code", course("L", course__code="x" * 65)),
    )
    assert minors(reply) == ["ok", "ok", "incompletedata"] + ["invaliddata"] * 3
    rows = {row["key"]: row for row in site.courses()}
    assert set(rows) == {"k", "untyped"}
    assert (rows["k"]["title"], rows["k"]["code"], rows["k"]["credits"]) == ("Maths", "MA1", "5")
    assert rows["k"]["hierarchy"] == "k"


def test_a_course_can_be_moved_and_renamed_without_a_second_one(run):
    """Every update would add a course."""
    site, caller = run()
    caller.groups("create", ("archive", group("Archive")), ("k", course("Maths")))
    assert minors(caller.groups("update", ("k", course("Maths 2", "archive")))) == ["ok"]
    assert minors(caller.groups("update", ("k", group("Maths 3", "archive", "Course")))) == ["ok"]
    assert [row["title"] for row in site.courses()] == ["Maths 2"]
    assert site.groups()[2]["parent"] == "archive"


def test_templates_are_checked_and_copied_at_one_point_in_time(run):
    """A copy that follows its template, or an unchecked key, would promise too much."""
    site, caller = run()
    caller.persons("create", person("owner"), person("gone"))
    caller.keys("pms", "deletePersons", "gone")
    caller.groups("create", ("ordinary", course("O")))
    with site.seed() as seeding:
        seeding.course_template("tpl", "Template", content="first")
        seeding.course_template("hidden", "Hidden", content="h", shown=False)

    def copy(template, creator):
        fields = {"course__template__synckey": template}
        if creator:
            fields["course__template__coursecreatorsynckey"] = creator
        return course("Copy", **fields)

    reply = caller.groups(
        "create",
        ("c1", copy("tpl", "owner")),
        ("c2", copy("hidden", "owner")),
        ("c3", copy("nowhere", "owner")),
        ("c4", copy("ordinary", "owner")),
        ("c5", copy("tpl", None)),
        ("c6", copy("tpl", "nobody")),
        ("c7", copy("tpl", "gone")),
    )
    assert minors(reply) == [
        "ok",
        "ok",
        "unknownobject",
        "invaliddata",
        "incompletedata",
        "unknownobject",
        "unknownobject",
    ]
    with site.seed() as seeding:
        seeding.change_template("tpl", "second")
    # Sent again, it stays the copy it was.
    caller.groups("update", ("c1", copy("tpl", "owner")))
    caller.groups("create", ("c8", copy("tpl", "owner")))
    rows = {row["key"]: row for row in site.courses()}
    assert [rows[key]["content"] for key in ("c1", "c2", "c8")] == ["first", "h", "second"]
    assert (rows["c1"]["copied_from"], rows["c1"]["owner"]) == ("tpl", "owner")
    # readGroup finds the template only where the site shows it (readings.md 3).
    read = caller.keys("gms", "readGroups", "tpl", "hidden")
    assert minors(read) == ["ok", "unknownobject"]


def test_terms_need_both_of_their_keys(run):
    """Half a term replacement would silently do nothing."""
    site, caller = run()
    caller.persons("create", person("owner"))
    with site.seed() as seeding:
        seeding.course_template("tpl", "Template")
    base = {
        "course__template__synckey": "tpl",
        "course__template__coursecreatorsynckey": "owner",
        "course__template__terms__1__sourcetermsynckey": "2025",
    }
    reply = caller.groups(
        "create",
        ("a", course("A", **base)),
        ("b", course("B", **base, course__template__terms__1__targettermsynckey="2026")),
    )
    assert minors(reply) == ["incompletedata", "ok"]
    assert {row["key"]: row["terms"] for row in site.courses()}["b"] == '{"2025": "2026"}'


@pytest.mark.parametrize(
    ("archiving", "states"),
    [(True, ["archived"]), (False, ["manual", "synchronised"])],
)
def test_a_deleted_room_that_comes_back(run, archiving, states):
    """With archiving it is connected again and stays archived; without, a new course is made."""
    site, caller = run(course_archiving=archiving)
    caller.groups("create", ("k", course("Maths")))
    caller.keys("gms", "deleteGroups", "k")
    assert [(row["state"], row["hierarchy"]) for row in site.courses()] == [(states[0], None)]
    assert minors(caller.groups("create", ("k", course("Maths again")))) == ["ok"]
    rows = site.courses()
    assert [row["state"] for row in rows] == states
    assert rows[-1]["hierarchy"] == "k"
    assert rows[-1]["title"] == "Maths again"


def test_unknown_extension_fields_are_kept_and_shown(run):
    """Language and category have no published field; a site may name one (readings.md 60)."""
    site, caller = run()
    assert minors(caller.groups("create", ("k", course("K", course__lang="da", mine="1")))) == [
        "ok"
    ]
    assert site.groups()[1]["extension"] == '{"mine": "1"}'
