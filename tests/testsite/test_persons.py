"""Persons on the test site behave as imses-protocol.md section 4 says."""

from __future__ import annotations

import pytest

from tests.testsite.soap import extension, name, person, role, sid, user


def only(rows):
    assert len(rows) == 1, rows
    return rows[0]


def test_what_was_sent_is_there_and_every_item_has_a_status_in_order(run):
    """A sync could not tell which person of a batch failed."""
    site, caller = run()
    reply = caller.persons("create", person("anna"), ("", ""), person("bo", "Bo", "Åkjær"))
    assert (reply.http, reply.in_set) == (200, True)
    assert [status.major for status in reply.statuses] == ["success", "failure", "success"]
    assert (reply.statuses[1].severity, reply.statuses[1].minor) == ("error", "incompletedata")
    assert list(reply.body) == []
    rows = site.persons()
    assert [(row["key"], row["first"], row["last"]) for row in rows] == [
        ("anna", "Anna", "Holm"),
        ("bo", "Bo", "Åkjær"),
    ]


def test_single_operations_answer_with_one_status_outside_a_set(run):
    """The client would look for the status in the wrong place."""
    _, caller = run()
    key, inner = person("anna")
    reply = caller.call("pms", "createPerson", f"{sid(key)}<person>{inner}</person>")
    assert (reply.in_set, reply.status.ok) == (False, True)
    assert caller.one("pms", "readPerson", "anna").status.ok
    reply = caller.one("pms", "readPerson", "nobody")
    assert (reply.status.major, reply.status.minor) == ("failure", "unknownobject")
    assert list(reply.body) == []


def test_create_of_an_existing_key_updates_and_keeps_what_is_not_sent(run):
    """A resent batch would make twins, or wipe what was there."""
    site, caller = run()
    tel = "<p:tel><p:telType>Voice</p:telType><p:telValue>123</p:telValue></p:tel>"
    caller.persons("create", ("anna", name() + user("anna") + role() + tel))
    reply = caller.persons("create", ("ANNA", name("Anne")))
    assert reply.status.ok
    row = only(site.persons())
    assert (row["key"], row["first"], row["phone"]) == ("anna", "Anne", "123")


def test_update_of_a_missing_key_inserts_with_the_documented_warning(run):
    """The warning is how an operator sees that something was not there."""
    site, caller = run()
    status = caller.persons("update", person("anna")).status
    assert (status.major, status.severity) == ("success", "warning")
    assert status.text == "Object did not exist, has been inserted instead"
    assert only(site.persons())["key"] == "anna"
    status = caller.persons("update", ("bo", user("bo"))).status
    assert (status.major, status.minor) == ("failure", "incompletedata")


def test_empty_email_clears_and_an_absent_one_stays(run):
    """A mail address that was taken away would stay at itslearning."""
    site, caller = run()
    caller.persons("create", ("a", name() + "<c:email>a@x.dk</c:email>" + user("a") + role()))
    caller.persons("update", ("a", name("Anne")))
    assert only(site.persons())["email"] == "a@x.dk"
    caller.persons("update", ("a", "<c:email/>"))
    assert only(site.persons())["email"] == ""


def test_replace_resets_what_it_is_documented_to_reset(run):
    """Somebody would use replace for an update and never see what it destroys."""
    site, caller = run()
    everything = (
        name()
        + "<c:email>a@x.dk</c:email>"
        + user("anna")
        + "<p:address><p:locality>Aarhus</p:locality><p:postcode>8000</p:postcode>"
        "<p:street>Gade 1</p:street><p:street>2. sal</p:street></p:address>"
        "<p:demographics><p:gender>Female</p:gender><p:bday>2001-02-03</p:bday></p:demographics>"
        + role()
        + "<p:tel><p:telType>Voice</p:telType><p:telValue>1</p:telValue></p:tel>"
        "<p:tel><p:telType>Mobile</p:telType><p:telValue>2</p:telValue></p:tel>"
        + extension("p", CustomString1="x")
    )
    caller.persons("create", ("anna", everything))
    before = caller.one("pms", "readPerson", "anna")
    # Line 2 of the address comes back as extadd (section 4).
    assert before.texts(".//p:address/p:street") == ["Gade 1"]
    assert before.texts(".//p:address/p:extadd") == ["2. sal"]
    assert before.texts(".//p:bday") == ["2001-02-03"]
    assert caller.persons("replace", ("anna", name() + user("anna") + role())).status.ok
    row = only(site.persons())
    assert [row[field] for field in ("phone", "mobile", "street1", "street2", "postcode")] == [
        ""
    ] * 5
    assert (row["extension"], row["email"], row["user_name"]) == ("{}", "a@x.dk", "anna")
    assert caller.one("pms", "readPerson", "anna").texts(".//p:bday") == []


def test_delete_puts_into_the_trash_and_create_restores(run):
    """Restores and "key held in the trash" could not be rehearsed."""
    site, caller = run()
    caller.persons("create", person("anna"), person("bo"))
    caller.members("create", ("m", "anna", "ROOT", "Learner"))
    reply = caller.keys("pms", "deletePersons", "anna", "anna", "nobody")
    assert [status.major for status in reply.statuses] == ["success", "failure", "failure"]
    assert [row["key"] for row in site.trash()] == ["anna"]
    assert not any(row["person"] == "anna" for row in site.memberships())
    assert caller.one("pms", "readPerson", "anna").status.minor == "unknownobject"
    assert caller.persons("update", ("anna", name("Anne"))).status.ok
    assert (site.trash(), len(site.persons())) == ([], 2)
    assert site.persons()[0]["first"] == "Anne"


@pytest.mark.parametrize(
    ("trash_holds", "expected"), [(True, ("failure", "idallocinuse")), (False, ("success", ""))]
)
def test_user_names_are_unique_also_against_the_trash_where_the_site_says_so(
    run, trash_holds, expected
):
    """The most puzzling refusal of all could not be met before a real school meets it."""
    _, caller = run(trash_holds_user_names=trash_holds)
    caller.persons("create", person("anna"))
    other = ("other", name() + user("ANNA") + role())
    assert caller.persons("create", other).status.minor == "idallocinuse"
    caller.keys("pms", "deletePersons", "anna")
    status = caller.persons("create", other).status
    assert (status.major, status.minor) == expected
    if trash_holds:
        assert "unknown unknown" in status.text
    else:
        # Restoring the first would now make two users of one name.
        assert caller.persons("create", ("anna", name())).status.minor == "idallocinuse"


@pytest.mark.parametrize(("matter", "names"), [(False, ["Anne"]), (True, ["Anna", "Anne"])])
def test_keys_that_differ_in_capitals_are_one_but_where_the_site_says_that_they_are_two(
    run, matter, names
):
    """Whether itslearning tells them apart is not known; both answers must be tried."""
    site, caller = run(capitals_matter=matter)
    caller.persons("create", person("anna"))
    caller.persons("create", ("ANNA", name("Anne") + user("anna2") + role()))
    assert sorted(row["first"] for row in site.persons()) == names


def test_change_identifier_fails_on_an_unknown_old_or_a_taken_new_key(run):
    """Re-keying could take over somebody else's account."""
    site, caller = run()
    caller.persons("create", person("anna"), person("bo"), person("gone"))
    caller.keys("pms", "deletePersons", "gone")
    reply = caller.rename(
        "pms",
        "changePersonsIdentifier",
        ("anna", "anna2"),
        ("anna", "anna3"),
        ("bo", "anna2"),
        ("bo", "gone"),
        ("bo", ""),
    )
    assert [status.minor for status in reply.statuses] == [
        "",
        "unknownobject",
        "idallocinuse",
        "idallocinuse",
        "incompletedata",
    ]
    assert "unknown unknown" in reply.statuses[3].text
    assert [row["key"] for row in site.persons()] == ["anna2", "bo"]
    single = caller.call("pms", "changePersonIdentifier", sid("bo") + sid("bo2", "newSourcedId"))
    assert (single.in_set, single.status.ok) == (False, True)


def test_roles_lead_to_profiles_and_empty_or_unmapped_ones_to_the_default(run):
    """An empty role turns staff into pupils; a rehearsal must show it."""
    site, caller = run()
    caller.persons("create", person("a", role_="Staff"), person("b", role_="Alumni"))
    assert [row["profile"] for row in site.persons()] == ["Staff", "Student"]
    caller.persons("update", ("a", role("")))
    assert site.persons()[0]["profile"] == "Student"
    status = caller.persons("create", person("c", role_="System Administrator")).status
    assert status.ok
    assert site.persons()[2]["profile"] == "Student"


def test_a_role_outside_the_schema_is_a_fault_where_the_site_is_strict(run):
    """The one point where the sources contradict each other could not be tried both ways."""
    _, caller = run(strict_roles=True)
    assert caller.persons("create", person("a", role_="Wizard")).http == 500
    assert caller.persons("create", person("a", role_="Staff")).status.ok


@pytest.mark.parametrize(("over_long", "kept"), [("fail", None), ("truncate", 64)])
def test_names_over_64_characters_fail_or_are_cut(run, over_long, kept):
    """A client that forgets to cut would not notice."""
    site, caller = run(over_long=over_long)
    reply = caller.persons("create", person("a", first="æ" * 65), person("b", first="æ" * 64))
    if kept is None:
        assert reply.statuses[0].minor == "invaliddata"
    else:
        assert len(site.persons()[0]["first"]) == kept
    assert reply.statuses[1].ok


def test_keys_over_255_fail_and_over_64_warn(run):
    """The pages of itslearning disagree about 64; the log must say when a key is beyond it."""
    _, caller = run()
    reply = caller.persons(
        "create",
        ("k" * 256, person("a")[1]),
        ("k" * 65, person("b")[1]),
        ("k" * 64, person("c")[1]),
    )
    assert [(status.major, status.severity) for status in reply.statuses] == [
        ("failure", "error"),
        ("success", "warning"),
        ("success", "status"),
    ]


def test_passwords_are_never_returned_nor_kept(run):
    """A test site that stores passwords would spread them."""
    site, caller = run()
    secret = (
        "<p:userId><c:userIdValue>a</c:userIdValue><c:passWord>h3mmelig</c:passWord></p:userId>"
    )
    caller.persons("create", ("a", name() + secret + role()))
    assert only(site.persons())["password_sent"] == 1
    assert b"h3mmelig" not in caller.one("pms", "readPerson", "a").content
    kept = [path for path in site.folder.iterdir() if b"h3mmelig" in path.read_bytes()]
    assert kept == []


def test_a_site_that_makes_user_names_ignores_those_that_are_sent(run):
    """UMS sites have both settings; a client must not rely on the name it sent."""
    site, caller = run(import_user_name=False)
    caller.persons("create", person("a"), ("b", name("Åse", "Ø") + user("mine") + role()))
    names = [row["user_name"] for row in site.persons()]
    assert "a" not in names
    assert "mine" not in names
    assert len(set(names)) == 2


def test_read_persons_omits_the_failed_ones_and_has_no_keys(run):
    """The client has to match answers by walking the statuses; it must meet that here."""
    _, caller = run()
    caller.persons("create", person("a", "Ane"), person("c", "Carl"))
    reply = caller.keys("pms", "readPersons", "a", "b", "c")
    assert [status.major for status in reply.statuses] == ["success", "failure", "success"]
    first_names = reply.texts("./{*}personSet/{*}person/p:name/p:partName[1]/p:namePartValue")
    assert first_names == ["Ane", "Carl"]
    assert reply.texts(".//{*}sourcedId") == []


def test_parents_and_children(run):
    """Relations are additive but for replace, and an unknown child does not stop the known one."""
    _, caller = run()
    caller.persons("create", person("kid"), person("mum", role_="Carer"))

    def related(*keys):
        inner = "".join(
            f"<c:relationship><c:relation>Child</c:relation>"
            f"<c:sourceId><c:identifier>{key}</c:identifier></c:sourceId></c:relationship>"
            for key in keys
        )
        return f"<p:extension>{inner}</p:extension>"

    status = caller.persons("update", ("mum", related("kid", "nobody"))).status
    assert (status.major, status.severity) == ("success", "warning")
    assert "nobody" in status.text
    mum = caller.one("pms", "readPerson", "mum")
    assert mum.texts(".//c:relationship/c:relation") == ["Child"]
    kid = caller.one("pms", "readPerson", "kid")
    assert kid.texts(".//c:relationship/c:relation") == ["Parent"]
    assert kid.texts(".//c:relationship/c:sourceId/c:identifier") == ["mum"]
    caller.persons("update", ("mum", name("Mona")))
    assert caller.one("pms", "readPerson", "mum").texts(".//c:relation") == ["Child"]
    caller.persons("replace", ("mum", name() + role("Carer")))
    assert caller.one("pms", "readPerson", "mum").texts(".//c:relation") == []


def test_without_the_parent_portal_a_child_is_a_warning(run):
    """The documented words must come where the site has the setting off."""
    _, caller = run(parent_portal=False)
    caller.persons("create", person("kid"))
    inner = (
        "<p:extension><c:relationship><c:relation>Child</c:relation>"
        "<c:sourceId><c:identifier>kid</c:identifier></c:sourceId></c:relationship></p:extension>"
    )
    status = caller.persons("create", ("mum", person("mum")[1] + inner)).status
    assert status.severity == "warning"
    assert status.text.startswith("Parent portal is disabled for the customer")


def test_partial_updates_seen_in_working_clients(run):
    """Only a user name, only a phone, only an address: each must leave the rest alone."""
    site, caller = run()
    caller.persons("create", person("a"))
    address = "<p:address><p:postcode>8000</p:postcode></p:address>"
    phone = "<p:tel><p:telType>Mobile</p:telType><p:telValue>42</p:telValue></p:tel>"
    for inner in (user("a2"), address, phone):
        assert caller.persons("update", ("a", inner)).status.ok
    row = only(site.persons())
    assert (row["user_name"], row["postcode"], row["mobile"], row["last"]) == (
        "a2",
        "8000",
        "42",
        "Holm",
    )


def test_items_see_what_earlier_items_of_the_batch_did(run):
    """A batch is not atomic: two persons of one user name in it are one success, one failure."""
    _, caller = run()
    reply = caller.persons("create", person("a"), ("b", name() + user("a") + role()), person("c"))
    assert [status.major for status in reply.statuses] == ["success", "failure", "success"]


def test_persons_of_a_group_come_with_keys_and_a_warning_for_unmapped_profiles(run):
    """The client would not meet persons that are shown with a role they do not have."""
    site, caller = run()
    caller.persons("create", person("a"))
    with site.seed() as seeding:
        seeding.system_administrator("sys")
        seeding.person("guest", "Gitte", "Gæst", external=True)
    reply = caller.one("pms", "readPersonsForGroup", "ROOT", "groupSourcedId")
    assert (reply.in_set, reply.status.severity) == (True, "warning")
    assert reply.status.text.startswith(
        "Some persons related to that group are returned with default profile"
    )
    keys = [pair.findtext("./{*}sourcedId/{*}identifier") for pair in reply.body[0]]
    assert keys == ["a", "", ""]
    assert reply.texts(".//p:institutionRoleType") == ["Student"] * 3
    assert reply.texts(".//c:fieldName") == ["IsExternalUser"]
