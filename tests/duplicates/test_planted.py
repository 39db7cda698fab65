"""Precision and recall on a school with planted duplicates and planted look-alikes."""

from __future__ import annotations

import pytest

from sync.duplicates import find
from sync.findings import Account, Finding, FindingClass, Strength
from tests.duplicates.planted import Planted, planted_school


@pytest.fixture(scope="module")
def school() -> Planted:
    return planted_school()


@pytest.fixture(scope="module")
def findings(school: Planted) -> list[Finding]:
    return find(school.workspace, live=True, behind=False)


def named(finding: Finding) -> frozenset[str]:
    return frozenset(_name(account) for account in finding.accounts)


def _name(account: Account) -> str:
    if account.place == "trash":
        return f"trash {account.key}"
    if account.key.startswith("x-"):
        return f"{account.user_name}/x"
    if account.role == "Administrator":
        return account.user_name
    return account.key or account.user_name


@pytest.mark.parametrize("cls", list(FindingClass))
def test_what_was_planted_is_found_and_nothing_else_is_called_sure(
    cls: FindingClass, school: Planted, findings: list[Finding]
) -> None:
    """Recall is what a school loses, precision what its people stop reading for."""
    planted = school.truth[cls]
    found = {named(finding) for finding in findings if finding.cls is cls}
    sure = {
        named(finding)
        for finding in findings
        if finding.cls is cls and finding.strength is not Strength.WEAK
    }
    everything = set().union(*school.truth.values())
    recall = len(planted & found) / len(planted)
    precision = len(everything & sure) / max(len(sure), 1)
    assert recall >= 0.98, sorted(map(sorted, planted - found))
    assert precision >= 0.98, sorted(map(sorted, sure - everything))


def test_people_who_only_look_alike_are_not_called_one_person(
    school: Planted, findings: list[Finding]
) -> None:
    """Twins, name-sakes, student and employee, protected aliases, the timetable user, guests and
    administrators without key: each wrong one costs the trust in all the others."""
    everything = set().union(*school.truth.values())
    wrong = [finding for finding in findings if named(finding) not in everything]
    assert [
        (finding.cls, finding.accounts)
        for finding in wrong
        if finding.strength is not Strength.WEAK
    ] == []
    assert len(wrong) <= len(school.persons) // 200
    alike = {account.name for finding in findings for account in finding.accounts}
    assert "Navne Beskyttet" not in alike
    assert "UMS Timetable" not in alike


def test_evidence_is_said_in_words_and_every_strength_means_something(
    findings: list[Finding],
) -> None:
    """A number between 0 and 1 explains nothing to a secretary."""
    for finding in findings:
        assert finding.because, finding
        assert finding.advice, finding
    by_mail = next(f for f in findings if f.strength is Strength.STRONG)
    assert any("mail" in words or "born" in words or "same" in words for words in by_mail.because)


def test_what_the_next_run_would_make_comes_first(findings: list[Finding]) -> None:
    """After the run it can no longer be prevented."""
    prevents = [finding.prevents for finding in findings]
    assert prevents == sorted(prevents, reverse=True)
    assert prevents[0]
    assert not prevents[-1]


def test_the_same_school_gives_the_same_findings(school: Planted, findings: list[Finding]) -> None:
    """A list that changes by itself is decided on twice."""
    again = find(school.workspace, live=True, behind=False)
    assert [(f.identity, f.cls, f.strength) for f in again] == [
        (f.identity, f.cls, f.strength) for f in findings
    ]


def test_an_empty_site_and_an_empty_school_have_no_duplicates() -> None:
    """The first day of an installation."""
    empty = planted_school(size=0, each=0).workspace
    empty.execute("DELETE FROM live_person")
    assert find(empty, live=True, behind=False) == []
    assert find(empty, live=False, behind=False) == []


def test_without_a_reading_of_the_site_what_was_sent_stands_in() -> None:
    """Then changed keys and the trash are still found."""
    school = planted_school(size=200, each=3)
    school.workspace.execute("DELETE FROM live_person")
    found = {finding.cls for finding in find(school.workspace, live=False, behind=False)}
    assert FindingClass.DOUBLE_SYNC in found
    assert FindingClass.KEY_IN_TRASH in found
    assert FindingClass.PAIR not in found


def test_a_name_many_have_says_nothing_of_an_account_made_by_hand() -> None:
    """Twenty weak findings about one Anna Jensen are no help."""
    school = planted_school(size=500, each=1)
    for _ in range(6):
        school.person("Anna", "Jensen")
    school.by_hand("Anna", "Jensen", user_name="anna-j")
    found = find(school.workspace, live=True, behind=False)
    assert not [f for f in found if "u:anna-j" in f.identity]


@pytest.mark.parametrize(
    ("given", "family"),
    [("Bjørn", "Fabritius"), ("Bjørn Emil", "Fabricius"), ("Bjørn", "Fabricus")],
)
def test_one_birth_date_and_a_misspelled_name_are_one_person_twice_in_students(
    given: str, family: str
) -> None:
    """Somebody was entered anew instead of corrected, and has two accounts from then on."""
    school = planted_school(size=50, each=0)
    names = (("Bjørn", "Fabricius"), (given, family))
    keys = [school.person(*name, birth=1, class_="3b") for name in names]
    (finding,) = find(school.workspace, live=True, behind=False)
    assert (finding.cls, named(finding)) == (FindingClass.SOURCE_DUPLICATE, frozenset(keys))


def test_twins_with_names_that_are_nearly_one_are_two() -> None:
    """Mads and Mats share everything but a letter."""
    school = planted_school(size=50, each=0)
    for given in ("Mads", "Mats", "Mads-Ole"):
        school.person(given, "Fabricius", birth=1, mail="hjemme@familie.example", class_="3b")
    found = find(school.workspace, live=True, behind=False)
    assert [f for f in found if "Mats" in {a.name.split()[0] for a in f.accounts}] == []


def test_a_number_behind_the_user_name_tells_more_than_the_name_alone() -> None:
    """Somebody made the account by hand and found the user name taken."""
    school = planted_school(size=50, each=0)
    key = school.person("Bjørn", "Fabricius", key="bjfa01")
    school.by_hand("Bjørn", "Fabricius", user_name=f"{key}1")
    (finding,) = find(school.workspace, live=True, behind=False)
    assert (finding.cls, finding.strength) == (FindingClass.PAIR, Strength.MEDIUM)


@pytest.mark.parametrize(
    ("given", "family"), [("Asta", "Fabricius"), ("Asta Emil", "Elkjær"), ("Asta", "Elkjær")]
)
def test_who_has_the_user_name_and_another_name_is_somebody_else(given: str, family: str) -> None:
    """A brother's account would be given away under the name of certainty."""
    school = planted_school(size=50, each=0)
    key = school.person("Bjørn Emil", "Fabricius", at_site=False)
    school.by_hand(given, family, user_name=key)
    (finding,) = find(school.workspace, live=True, behind=False)
    assert (finding.cls, finding.keep) == (FindingClass.USERNAME_TAKEN, "")


def test_one_key_in_two_spellings_is_certain() -> None:
    """A blank that came along with a paste makes a second account."""
    school = planted_school(size=50, each=0)
    key, given, family = school.persons[0]
    school.by_hand(given, family, key=f" {key.upper()} ", user_name="andet")
    (finding,) = find(school.workspace, live=True, behind=False)
    assert finding.strength is Strength.CERTAIN
    # Were UMS said to want both, nobody could resolve it by a run.
    assert finding.cls is FindingClass.DOUBLE_SYNC
    assert finding.keep == key
    assert finding.wanted == (f"k:{key}",)
    assert [account.identity in finding.wanted for account in finding.accounts] == [False, True]
