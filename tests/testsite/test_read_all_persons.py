"""readAllPersons: the only list of everybody, and a read that can write (imses-protocol.md 3.2)."""

from __future__ import annotations

import re

from tests.testsite.soap import person


def ask(caller, index=1, size=100, created=None, manual=None, convert=None):
    """readAllPersons with nil for what is not given."""
    values = {
        "PageIndex": index,
        "PageSize": size,
        "CreatedFrom": created,
        "OnlyManuallyCreatedUsers": manual,
        "ConvertFromManual": convert,
    }
    inner = "".join(
        f'<{name} x:nil="true"/>' if value is None else f"<{name}>{value}</{name}>"
        for name, value in values.items()
    )
    return caller.call("pms", "readAllPersons", inner)


def keys(reply):
    return [pair.findtext("./{*}sourcedId/{*}identifier") for pair in reply.body[0]]


def count(reply):
    return int(reply.body.findtext("./{*}virtualCount"))


def three_by_hand(site):
    with site.seed() as seeding:
        for number in (1, 2, 3):
            seeding.person(f"hand{number}", "Hand", str(number))


def test_pages_count_from_one_and_the_count_is_of_all(run):
    """A client that counts from zero, or trusts the page's length, would miss people."""
    site, caller = run()
    caller.persons("create", *(person(f"p{number}") for number in range(5)))
    three_by_hand(site)
    pages = [ask(caller, page, 3) for page in (1, 2, 3, 4)]
    assert [keys(page) for page in pages] == [
        ["p0", "p1", "p2"],
        ["p3", "p4", ""],
        ["", ""],
        [],
    ]
    assert {count(page) for page in pages} == {8}
    assert (pages[0].in_set, pages[0].status.ok) == (False, True)
    assert ask(caller, 0, 3).status.major == "failure"


def test_reading_without_converting_writes_nothing(run):
    """A preview would change the school."""
    site, caller = run()
    three_by_hand(site)
    reply = ask(caller, manual="true", convert="false")
    assert (keys(reply), count(reply)) == (["", "", ""], 3)
    assert [row["key"] for row in site.persons()] == [None, None, None]


def test_convert_gives_keys_to_the_page_and_to_nobody_else(run):
    """An adoption would not know whom it converted."""
    site, caller = run()
    three_by_hand(site)
    caller.persons("create", person("p"))
    made = keys(ask(caller, 1, 2, manual="1", convert="1"))
    assert all(re.fullmatch(r"itsla-[0-9a-f-]{36}", key) for key in made)
    assert [row["key"] for row in site.persons()] == [*made, None, "p"]
    # Still manual, so pages do not shift under the reader's feet.
    again = ask(caller, 1, 100, manual="true")
    assert (keys(again), count(again)) == ([*made, ""], 3)
    caller.rename("pms", "changePersonsIdentifier", (made[0], "hand1"))
    assert count(ask(caller, manual="true")) == 2


def test_convert_without_only_manual_is_refused(run):
    """The dangerous flag must not work by itself."""
    site, caller = run()
    three_by_hand(site)
    assert ask(caller, convert="true").status.major == "failure"
    assert {row["key"] for row in site.persons()} == {None}


def test_it_can_be_switched_off(run):
    """Many integrations do not have it; the client must cope."""
    _, caller = run(read_all_persons=False)
    reply = ask(caller)
    assert (reply.http, reply.status.major, count(reply)) == (200, "failure", 0)


def test_the_trash_is_not_listed_and_created_from_limits(run):
    """Somebody in the trash would be taken for somebody who is there."""
    _, caller = run()
    caller.persons("create", person("a"), person("b"))
    caller.keys("pms", "deletePersons", "a")
    assert keys(ask(caller)) == ["b"]
    assert keys(ask(caller, created="2000-01-01T00:00:00Z")) == ["b"]
    assert keys(ask(caller, created="2999-01-01T00:00:00Z")) == []


def test_a_page_index_that_is_no_number_is_a_fault(run):
    """Typed values are strict for the whole request."""
    _, caller = run()
    assert ask(caller, "one").http == 500
    assert ask(caller, created="yesterday").http == 500
    assert ask(caller, manual="yes").http == 500
