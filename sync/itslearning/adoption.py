"""Adopting persons that were made by hand: they get a key, then the wanted one (readings.md 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sync.errors import SiteFault
from sync.itslearning.persons import LONGEST_KEY, refused_key
from sync.itslearning.reader import PAGE_SIZE, SiteReader
from sync.model import LivePerson, Outcome, OutcomeStatus

GENERATED = "itsla-"
"""What keys begin with that itslearning made itself."""


@dataclass(frozen=True)
class Adoption:
    """Outcomes in the order asked for. ``others`` counts the persons on the same pages that got an
    ``itsla-`` key by the way; they are left alone."""

    outcomes: list[Outcome]
    others: int = 0


@dataclass
class _Manual:
    """The manual persons as they were found, page by page and by folded user name."""

    pages: dict[int, list[LivePerson]] = field(default_factory=dict)
    by_name: dict[str, list[tuple[int, LivePerson]]] = field(default_factory=dict)

    def add(self, number: int, found: list[LivePerson]) -> None:
        """Notes one page."""
        self.pages[number] = found
        for person in found:
            self.by_name.setdefault(person.user_name.casefold(), []).append((number, person))


def adopt(
    reader: SiteReader,
    wanted: Sequence[tuple[str, str]],
    change_keys: Callable[[Sequence[tuple[str, str]]], list[Outcome]],
) -> Adoption:
    """Pairs of user name and wanted key. Pages are first read without converting, and only those
    that hold such a person are converted. Raises SiteUnreachable and CredentialsRefused."""
    outcomes: dict[str, Outcome] = {}
    names: dict[str, str] = {}  # folded user name: wanted key
    for user_name, key in wanted:
        name = user_name.casefold()
        if reason := refused_key(key, LONGEST_KEY):
            outcomes[name] = _failed(f"Not sent: {reason}.")
        elif names.setdefault(name, key) != key:
            outcomes[name] = _failed("Not sent: two keys are wanted for one user name.")
    try:
        generated, others = _generated_keys(
            reader, [n for n in names if n not in outcomes], outcomes
        )
    except SiteFault as error:
        for name in names:
            outcomes.setdefault(name, _failed(str(error)))
        generated, others = {}, 0
    pairs = {(key, names[name]): name for name, key in generated.items()}
    for (_, name), outcome in zip(pairs.items(), change_keys(list(pairs)), strict=True):
        outcomes[name] = outcome
    return Adoption([outcomes[user_name.casefold()] for user_name, _ in wanted], others)


def _generated_keys(
    reader: SiteReader, names: Sequence[str], outcomes: dict[str, Outcome]
) -> tuple[dict[str, str], int]:
    """The ``itsla-`` keys of the named persons, made where there are none, and how many others got
    one. Persons that cannot be adopted get their outcome here."""
    if not names:
        return {}, 0
    manual = _manual(reader)
    keys: dict[str, str] = {}
    pages: set[int] = set()
    without_key: set[str] = set()
    for name in names:
        found = manual.by_name.get(name, [])
        if reason := _not_adoptable([person for _, person in found]):
            outcomes[name] = _failed(reason)
            continue
        number, person = found[0]
        if person.key:
            keys[name] = person.key
        else:
            pages.add(number)
            without_key.add(name)
    # All pages are converted before any key changes: a changed key leaves the list and moves it.
    others = 0
    for number in sorted(pages):
        others += sum(
            person.key is None and person.user_name.casefold() not in without_key
            for person in manual.pages[number]
        )
        for person in _converted(reader, number):
            name = person.user_name.casefold()
            if name in without_key and person.key:
                keys[name] = person.key
    for name in without_key - keys.keys():
        outcomes[name] = _failed(
            "itslearning gave this person no key: it is no longer where it was found. Plan again."
        )
    return keys, others


def _manual(reader: SiteReader) -> _Manual:
    """Everybody without a key or with an ``itsla-`` key, read without changing anything."""
    manual = _Manual()
    number, read = 1, 0
    while True:
        page = reader.person_page(number, manual=True)
        manual.add(number, page.persons)
        read += len(page.persons)
        if read >= page.total or not page.persons or number * PAGE_SIZE >= page.total:
            return manual
        number += 1


def _converted(reader: SiteReader, number: int) -> list[LivePerson]:
    """A page whose persons have keys now, read again where the answer does not show them yet."""
    converted = reader.person_page(number, manual=True, convert=True).persons
    if all(person.key for person in converted):
        return converted
    return reader.person_page(number, manual=True).persons


def _not_adoptable(found: Sequence[LivePerson]) -> str:
    if not found:
        return "Nobody without a key of the school has this user name any more. Plan again."
    if len(found) > 1:
        return "Several persons without a key have this user name; a person has to choose."
    if found[0].administrator:
        return "Not sent: administrators are never touched."
    if found[0].key and not found[0].key.casefold().startswith(GENERATED):
        return "This person has a key of its own by now. Plan again."
    return ""


def _failed(message: str) -> Outcome:
    return Outcome(OutcomeStatus.FAILED, message, "not-sent")
