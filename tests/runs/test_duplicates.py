"""Duplicate users over a real UMS database and a real site: found, resolved, remembered."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sync import runs
from sync.duplicates import explaining
from sync.errors import NotAllowed, NotFound, Refused
from sync.findings import FindingClass
from sync.model import Operation
from sync.state import audit, findings as stored_findings
from tests.runs.accounts import add_pupil, by_hand, carried_out, one, planned, pupil
from tests.runs.conftest import SITE, opened
from tests.runs.synced_school import School
from umstui.testsite import seed


def test_an_account_made_by_hand_gets_the_key_before_the_run_would_make_a_second(
    synced: School,
) -> None:
    """The vendor's own main advice; without it the pupil has two accounts by tomorrow morning."""
    add_pupil(synced, pupil(synced), "noraoelg", "Nora Kjær", "Ølgaard", "nora@skole.example")
    by_hand(synced, "nora-m", "Nora", "Oelgaard", email="nora@skole.example")
    search = runs.find_duplicates(synced.installation())
    finding = one(search, FindingClass.KEY_MISSING)
    assert finding.prevents
    assert finding.keep == "nora-m"
    assert search.findings[0] is finding
    resolution = runs.resolve(synced.installation(), finding.id)
    assert resolution.run
    assert "nora-m" in {p["user_name"] for p in synced.site.persons()}  # nothing was sent yet
    carried_out(synced, resolution.run)
    assert [p["user_name"] for p in synced.site.persons() if p["key"] == "noraoelg"] == ["noraoelg"]
    counts = planned(synced)
    assert counts.keys() == {"membership"}, counts
    assert counts["membership"].keys() == {"create"}
    assert planned(synced) == {}
    assert not runs.find_duplicates(synced.installation()).findings


def test_a_changed_id_takes_the_account_along(synced: School) -> None:
    """A new student system gives new ids: without this everybody starts over in empty rooms."""
    old = pupil(synced)
    synced.sql("UPDATE Students SET StudieNr = 'nytid9' WHERE lower(trim(StudieNr)) = ?", old)
    finding = one(runs.find_duplicates(synced.installation()), FindingClass.DOUBLE_SYNC)
    assert [account.key for account in finding.accounts] == [old, "nytid9"]
    before = len(synced.site.persons())
    resolution = runs.resolve(synced.installation(), finding.id, keep=old)
    carried_out(synced, resolution.run)
    assert len(synced.site.persons()) == before
    assert old not in {p["key"] for p in synced.site.persons()}
    counts = planned(synced)
    assert counts.keys() == {"membership"}, counts
    assert planned(synced) == {}
    members = {m["key"].split("@")[0] for m in synced.site.memberships() if m["key"]}
    assert "nytid9" in members
    assert old not in members


def test_of_a_pair_the_account_in_use_is_kept_and_the_other_left_to_a_person(
    synced: School,
) -> None:
    """Nothing is merged and nobody is deleted: the other account keeps its work under a parked
    key, and no later run touches it."""
    key = pupil(synced)
    person = next(p for p in synced.site.persons() if p["key"] == key)
    synced.sql("UPDATE Students SET WorkMail = 'p@s.example' WHERE StudieNr = ?", key)
    by_hand(synced, "i-brug", str(person["first"]), str(person["last"]), email="p@s.example")
    finding = one(runs.find_duplicates(synced.installation()), FindingClass.PAIR)
    assert finding.keep == key  # what is suggested; the operator knows better
    resolution = runs.resolve(synced.installation(), finding.id, keep="i-brug")
    with runs.open_plan(synced.installation(), resolution.run) as reader:
        made = [(c.kind, c.op, c.key) for c in reader.changes()]
    assert made[0] == ("person", Operation.REKEY, f"parked-{key}")
    assert made[1] == ("person", Operation.ADOPT, key)
    assert {op for kind, op, _ in made[2:] if kind == "membership"} == {Operation.DELETE}
    number = int(person["id"])
    carried_out(synced, resolution.run)
    by_id = {int(p["id"]): p for p in synced.site.persons()}
    assert by_id[number]["key"] == f"parked-{key}"
    kept = next(p for p in by_id.values() if p["key"] == key)
    assert kept["user_name"] == key
    counts = planned(synced)
    assert counts.keys() <= {"membership", "person"}, counts
    assert counts["membership"].keys() == {"create"}
    assert "delete" not in counts.get("person", {})
    assert planned(synced) == {}
    with pytest.raises(Refused, match="another account"):
        runs.undo(synced.installation(), resolution.run)


def test_an_answer_can_be_turned_round(synced: School) -> None:
    """It is the way back that an undo names; the account given up has the work of a year."""
    key = pupil(synced)
    person = next(p for p in synced.site.persons() if p["key"] == key)
    synced.sql("UPDATE Students SET WorkMail = 'p@s.example' WHERE StudieNr = ?", key)
    by_hand(synced, "i-brug", str(person["first"]), str(person["last"]), email="p@s.example",
            key="gammel")  # fmt: skip
    keep = "gammel"
    for _ in range(2):
        (finding,) = runs.find_duplicates(synced.installation()).findings
        chosen = next(p for p in synced.site.persons() if p["key"] == keep)
        resolution = runs.resolve(synced.installation(), finding.id, keep=keep)
        carried_out(synced, resolution.run)
        (given_up,) = (p for p in synced.site.persons() if str(p["key"]).startswith("parked-"))
        now = next(p for p in synced.site.persons() if p["id"] == chosen["id"])
        assert (now["key"], now["user_name"]) == (key, key)
        planned(synced)
        assert planned(synced) == {}
        keep = str(given_up["key"])


@pytest.fixture
def minding_capitals(synced_folder: Path, tmp_path: Path) -> Iterator[School]:
    """The synced school, at a site where keys that differ in capitals alone are two."""
    shutil.copytree(synced_folder, tmp_path / "school")
    with opened(tmp_path / "school", of_site=replace(SITE, capitals_matter=True)) as school:
        yield school


@pytest.mark.parametrize("keep_capitals", [False, True])
def test_of_two_keys_that_differ_in_capitals_the_account_that_was_said_is_kept(
    minding_capitals: School, keep_capitals: bool
) -> None:
    """Both answer to the key without its capitals: the wrong one of the two would be given up,
    with a year of work in it, and everything would look right."""
    school = minding_capitals
    key = pupil(school)
    person = next(p for p in school.site.persons() if p["key"] == key)
    by_hand(
        school, "gammel-konto", str(person["first"]), str(person["last"]), key=key.upper(),
        email="gammel@skole.example",
    )  # fmt: skip
    other = next(p for p in school.site.persons() if p["key"] == key.upper())
    finding = one(runs.find_duplicates(school.installation()), FindingClass.DOUBLE_SYNC)
    assert sorted(account.key for account in finding.accounts) == sorted([key, key.upper()])
    assert "the SLI is the same" not in finding.because  # UMS's rows are told of one of them
    keep, chosen, left = (key.upper(), other, person) if keep_capitals else (key, person, other)
    resolution = runs.resolve(school.installation(), finding.id, keep=keep)
    assert resolution.keep == keep
    assert bool(resolution.run) == keep_capitals
    if resolution.run:
        with runs.open_plan(school.installation(), resolution.run) as reader:
            before = [c.before for c in reader.changes() if c.kind == "person"]
        assert [(was["key"], was["user_name"]) for was in before if was] == [
            (key, key), (key.upper(), "gammel-konto"),
        ]  # fmt: skip
        carried_out(school, resolution.run)
        counts = planned(school)
        assert counts.keys() == {"membership"}, counts
        assert counts["membership"].keys() == {"create"}
    assert planned(school) == {}
    by_id = {p["id"]: p for p in school.site.persons()}
    assert (by_id[chosen["id"]]["key"], by_id[chosen["id"]]["user_name"]) == (key, key)
    assert by_id[left["id"]]["key"] == (f"parked-{key}" if keep_capitals else key.upper())
    members = {
        m["user_name"] for m in school.site.memberships() if str(m["key"]).startswith(f"{key}@")
    }
    assert members == {key}
    # What is left is for a person to delete, and is not asked again.
    (again,) = runs.find_duplicates(school.installation()).findings
    assert again.decided is not None
    assert again.decided.answer == "keep"
    with seed(school.folder / "site", "u") as seeding:
        seeding.throw_away(str(by_id[left["id"]]["user_name"]))
    assert not runs.find_duplicates(school.installation()).findings
    assert planned(school) == {}


def test_different_people_are_remembered_for_good_with_who_and_why(synced: School) -> None:
    """Else somebody answers the same question every August."""
    key = pupil(synced)
    person = next(p for p in synced.site.persons() if p["key"] == key)
    by_hand(synced, "navnebror", str(person["first"]), str(person["last"]))
    finding = one(runs.find_duplicates(synced.installation()), FindingClass.PAIR)
    runs.put_off(synced.installation(), finding.id, reason="asked the school")
    again = one(runs.find_duplicates(synced.installation()), FindingClass.PAIR)
    assert again.decided is not None
    assert (again.id, again.decided.answer, again.decided.reason) == (
        finding.id, "later", "asked the school",
    )  # fmt: skip
    runs.dismiss(synced.installation(operator="kari"), finding.id, reason="two cousins")
    search = runs.find_duplicates(synced.installation())
    assert not search.findings
    assert search.dismissed == 1
    decided = runs.duplicate(synced.installation(), finding.id).decided
    assert decided is not None
    assert (decided.answer, decided.operator, decided.reason) == (
        "different", "kari", "two cousins",
    )  # fmt: skip
    trail = [(e.action, e.operator) for e in audit.entries(synced.installation().state)]
    assert ("different people", "kari") in trail


def test_who_may_only_look_decides_nothing(synced: School) -> None:
    """A support session must not give anybody another person's key."""
    key = pupil(synced)
    person = next(p for p in synced.site.persons() if p["key"] == key)
    by_hand(synced, "dobbelt", str(person["first"]), str(person["last"]))
    installation = synced.installation(read_only=True)
    (finding,) = runs.find_duplicates(installation).findings
    for attempt in (
        lambda: runs.resolve(installation, finding.id),
        lambda: runs.dismiss(installation, finding.id, reason="no"),
        lambda: runs.put_off(installation, finding.id, reason="no"),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    with pytest.raises(NotFound):  # it stored nothing either
        runs.dismiss(synced.installation(), finding.id, reason="no")


def test_a_finding_that_no_run_can_resolve_says_what_to_do_by_hand(synced: School) -> None:
    """Half an answer costs another call to support."""
    with seed(synced.folder / "site", "u") as seeding:
        seeding.person("chef", "Karl", "Chef", profile="Administrator", key="chef")
    finding = one(runs.find_duplicates(synced.installation()), FindingClass.ADMIN_WITH_KEY)
    with pytest.raises(Refused, match="Remove the key chef"):
        runs.resolve(synced.installation(), finding.id)


def told_by_hand(school: School, user_name: str, **fields: str) -> None:
    """What somebody types into an account at the site."""
    with closing(sqlite3.connect(school.folder / "site" / "testsite.db")) as connection:
        for name, value in fields.items():
            connection.execute(
                f"UPDATE person SET {name} = ? WHERE user_name = ?", [value, user_name]
            )
        connection.commit()


def test_a_birth_date_at_itslearning_tells_name_sakes_from_one_person(synced: School) -> None:
    """Both sides have it: without it a name-sake is called the pupil, and the pupil a name-sake."""
    like = pupil(synced)
    for key, first, last in (
        ("noraolg", "Nora Kjær", "Ølgaard"),
        ("bjornfa", "Bjørn", "Fabricius"),
    ):
        add_pupil(synced, like, key, first, last, "")
        synced.sql("UPDATE Students SET BirthDay = '030309' WHERE StudieNr = ?", key)
    by_hand(synced, "nora-m", "Nora", "Oelgard")
    by_hand(synced, "bjorn", "Bjørn", "Fabricius")
    told_by_hand(synced, "nora-m", birthday="2009-03-03")
    told_by_hand(synced, "bjorn", birthday="2010-07-07")
    finding = one(runs.find_duplicates(synced.installation()), FindingClass.KEY_MISSING)
    assert [account.user_name for account in finding.accounts] == ["nora-m", "noraolg"]
    assert "they were born on the same day" in finding.because
    # The date is not kept, and without it two names that differ say nothing: itslearning is asked.
    assert runs.resolve(synced.installation(), finding.id).run


def test_what_somebody_is_called_by_counts_as_a_given_name(synced: School) -> None:
    """Elisabeth whom everybody calls Lis has an account as Lis."""
    add_pupil(synced, pupil(synced), "lisfabr", "Lis", "Fabricius", "lis@skole.example")
    by_hand(synced, "efa", "Elisabeth", "Fabricius", email="lis@hjem.example")
    told_by_hand(synced, "efa", nick="Lis")
    found = runs.find_duplicates(synced.installation())
    again = runs.find_duplicates(synced.installation(), live=False)
    assert one(found, FindingClass.KEY_MISSING).because[0] == (
        "one is called by the other's given name"
    )
    assert one(again, FindingClass.KEY_MISSING).id == one(found, FindingClass.KEY_MISSING).id


def test_one_user_name_with_two_names_is_named_with_both(synced: School) -> None:
    """Two persons share an account, or one is misspelled: no run does anything for either."""
    key = pupil(synced)
    add_pupil(synced, key, key, "Bjørn", "Fabricius", "")
    finding = one(runs.find_duplicates(synced.installation()), FindingClass.SOURCE_DUPLICATE)
    assert {account.key for account in finding.accounts} == {key}
    names = [account.name for account in finding.accounts]
    assert "Bjørn Fabricius" in names
    assert names == sorted(names, key=lambda name: name.rpartition(" ")[2]), "in the same order"
    assert "administrative system" in finding.advice[0]
    with pytest.raises(Refused, match="one name"):
        runs.resolve(synced.installation(), finding.id)


def test_birth_dates_leave_no_trace(synced: School) -> None:
    """BirthDay is half of a CPR number: no file of ours may hold one."""
    old = pupil(synced)
    told_by_hand(synced, old, birthday="2019-07-24")
    synced.sql(
        "UPDATE Students SET BirthDay = '240719', CPR = '2407191234' WHERE StudieNr = ?", old
    )
    add_pupil(synced, old, "andetnavn", "X", "Y", "")
    search = runs.find_duplicates(synced.installation())
    for path in synced.folder.rglob("*"):
        if path.is_file() and path.name != "ums.db" and path.parent.name != "site":
            for born in (b"240719", b"2019-07-24"):
                assert born not in path.read_bytes(), path
    assert "240719" not in repr(search)


def test_more_findings_than_anybody_reads_are_counted_and_the_next_search_goes_on(
    synced: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site where nobody has a key: what is left out silently is never looked at by anybody."""
    monkeypatch.setattr(explaining, "MOST", 2)
    pupils = synced.rows(
        "SELECT DISTINCT Fornavne, Efternavn, WorkMail FROM Students WHERE UserTypes_ID = 1 "
        "AND coalesce(SecretAddress, 0) = 0 AND Fornavne <> '' AND WorkMail <> '' "
        "AND Aktiviteter_SlutDato LIKE '%2027' ORDER BY StudieNr LIMIT 5"
    )
    for number, (given, family, mail) in enumerate(pupils):
        by_hand(synced, f"second{number}", str(given), str(family), email=str(mail))
    first = runs.find_duplicates(synced.installation())
    assert len(first.findings) == 2
    assert any("more findings" in remark for remark in first.remarks), first.remarks
    monkeypatch.setattr(explaining, "MOST", 100)
    monkeypatch.setattr(stored_findings, "_AT_ONCE", 2)  # stored in several parts
    every = runs.find_duplicates(synced.installation())
    assert len(every.findings) > 2
    assert not any("more findings" in remark for remark in every.remarks)
    assert {f.id for f in first.findings} < {f.id for f in every.findings}
    stored = runs.last_search(synced.installation())
    assert stored is not None
    assert {f.identity for f in stored.findings} == {f.identity for f in every.findings}
