"""Adopting persons who were made by hand, and nobody else (readings.md 1)."""

from __future__ import annotations

from sync.itslearning import SiteWriter
from sync.model import Person
from tests.itslearning.strict_school import StoredPerson
from tests.itslearning.strict_server import StrictServer, Trouble


def _by_hand(server: StrictServer, name: str, key: str | None = None, role: str = "Staff") -> None:
    fields = {"userId": name, "First": "A", "Last": "B", "role": role}
    server.school.persons.append(StoredPerson(key, fields))


def _conversions(server: StrictServer) -> list[bytes]:
    return [body for _, body in server.requests if b"ConvertFromManual>true<" in body]


def test_only_the_pages_that_hold_a_wanted_person_are_converted(
    server: StrictServer, writer: SiteWriter
) -> None:
    """Others on those pages get keys by it, which an operator must be told; nobody else may."""
    for number in range(250):
        _by_hand(server, f"hand{number}")
    adoption = writer.adopt_persons([("HAND7", "anna01"), ("hand120", "bo02"), ("nobody", "x")])
    assert [one.ok for one in adoption.outcomes] == [True, True, False]
    assert "Plan again" in adoption.outcomes[2].message
    assert adoption.others == 198
    assert len(_conversions(server)) == 2
    keys = [person.key for person in server.school.persons]
    assert (keys[7], keys[120]) == ("anna01", "bo02")
    assert keys[200:] == [None] * 50
    assert all(str(key).startswith("itsla-") for key in keys[:7])


def test_a_generated_key_is_only_changed(server: StrictServer, writer: SiteWriter) -> None:
    """Such a person has a key already: no page is converted, no other person touched."""
    _by_hand(server, "anna", "itsla-1")
    _by_hand(server, "other")
    adoption = writer.adopt_persons([("anna", "anna01")])
    assert adoption.outcomes[0].ok
    assert adoption.others == 0
    assert _conversions(server) == []
    assert [person.key for person in server.school.persons] == ["anna01", None]


def test_who_cannot_be_adopted(server: StrictServer, writer: SiteWriter) -> None:
    """Administrators, and names that stand for several persons, are left to a person."""
    _by_hand(server, "chief", role="Administrator")
    _by_hand(server, "twin")
    _by_hand(server, "Twin")
    server.school.persons.append(StoredPerson("k", {"userId": "keyed"}))
    adoption = writer.adopt_persons(
        [("chief", "a"), ("twin", "b"), ("keyed", "c"), ("x", "y" * 65), ("z", "1"), ("z", "2")]
    )
    assert not any(one.ok for one in adoption.outcomes)
    assert "administrators" in adoption.outcomes[0].message
    assert "Several" in adoption.outcomes[1].message
    assert _conversions(server) == []


def test_a_wanted_key_in_the_trash_is_explained(server: StrictServer, writer: SiteWriter) -> None:
    """The answer that names 'unknown unknown' comes here first of all."""
    writer.create_persons([Person("anna01", "old", "A", "B", "Staff")])
    writer.delete_persons(["anna01"])
    _by_hand(server, "anna")
    (outcome,) = writer.adopt_persons([("anna", "anna01")]).outcomes
    assert outcome.code == "key-in-trash"


def test_lost_answers_on_every_step(server: StrictServer, writer: SiteWriter) -> None:
    """A conversion may be sent again, a key change is looked up first."""
    _by_hand(server, "anna")
    server.trouble.append(Trouble("after", "readAllPersons"))
    server.trouble.append(Trouble("broken", "readAllPersons"))
    server.trouble.append(Trouble("after", "changePersonsIdentifier"))
    adoption = writer.adopt_persons([("anna", "anna01")])
    assert adoption.outcomes[0].ok
    assert server.school.persons[0].key == "anna01"


def test_a_site_that_lists_nobody_fails_the_adoptions(
    server: StrictServer, writer: SiteWriter
) -> None:
    """The rest of the run goes on."""
    server.school.listing = False
    (outcome,) = writer.adopt_persons([("anna", "anna01")]).outcomes
    assert not outcome.ok
    assert "switched on" in outcome.message


def test_nothing_wanted_asks_nothing(server: StrictServer, writer: SiteWriter) -> None:
    """An empty step must not read the whole site."""
    assert writer.adopt_persons([]).outcomes == []
    assert server.requests == []
