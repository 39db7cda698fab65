"""Invented people: twins, namesakes, protected persons, and a user name for each."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection
from dataclasses import dataclass

from umstui.demo.words import FIRST_NAMES, LAST_NAMES, STREETS

STUDENT = 1  # Students.UserTypes_ID (ums-schema.sql)
EMPLOYEE = 0

_PLAIN_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


@dataclass(frozen=True, slots=True)
class Human:
    """One person as the columns of ``Students`` from StudieNr to City, in their order."""

    columns: tuple[str | int | None, ...]

    @property
    def user_name(self) -> str:
        """StudieNr, the user name and sync key."""
        return str(self.columns[0])

    def named(self, first: str, last: str) -> Human:
        """The same person under another name."""
        return Human((*self.columns[:3], first, last, *self.columns[5:]))

    def spelled(self, user_name: str) -> Human:
        """The same person under another user name."""
        return Human((user_name, *self.columns[1:]))


@dataclass(slots=True)
class _Household:
    """What twins share."""

    last_name: str
    street: str
    postcode: str
    city: str
    born: dt.date


class Population:
    """Makes people one after another; the same random numbers make the same people."""

    def __init__(
        self, numbers: random.Random, school_year: int, taken: Collection[str] = ()
    ) -> None:
        """``taken`` are user names, in small letters, that exist already."""
        self._numbers = numbers
        self._school_year = school_year
        self._taken = set(taken)
        self._made = len(taken)
        self._last_home: _Household | None = None
        self._name_to_repeat: tuple[str, str] | None = None

    def student(self, place: str, postcode: str, domain: str, year: int = 1) -> Human:
        """A new student. Every 60th is the twin of the one before, every 45th has a name that
        an earlier one has, every 150th is protected."""
        numbers = self._numbers
        ordinal = self._made
        first, last = numbers.choice(FIRST_NAMES), self._last_name()
        if numbers.random() < 0.3:
            first = f"{first} {numbers.choice(FIRST_NAMES)}"
        home = self._household(last, place, postcode, 15 + year)
        if ordinal % 60 == 7 and self._last_home is not None:
            home = self._last_home
            last = home.last_name
        elif ordinal % 45 == 11 and self._name_to_repeat is not None:
            first, last = self._name_to_repeat
        elif ordinal % 45 == 3:
            self._name_to_repeat = (first, last)
        self._last_home = home
        stem = f"{first[:2]}{last[:2]}"
        return self._human(first, last, home, stem, domain, protected=ordinal % 150 == 20)

    def employee(self, place: str, postcode: str, domain: str) -> Human:
        """A new employee, whose user name is made of initials."""
        first, last = self._numbers.choice(FIRST_NAMES), self._last_name()
        home = self._household(last, place, postcode, self._numbers.randint(27, 66))
        protected = self._made % 150 == 20
        return self._human(first, last, home, f"{first[0]}{last[:2]}", domain, protected=protected)

    def second_account(self, human: Human) -> Human:
        """The same person once more under another user name, as where UMS keeps employees and
        students apart (ums.md 2.10)."""
        self._made += 1
        user_name = self._user_name(f"{human.user_name[:2]}st", self._made)
        return human.spelled(user_name)

    def _last_name(self) -> str:
        last = self._numbers.choice(LAST_NAMES)
        if self._numbers.random() < 0.08:
            last = f"{last}-{self._numbers.choice(LAST_NAMES)}"
        return last

    def _household(self, last: str, place: str, postcode: str, age: int) -> _Household:
        numbers = self._numbers
        street = f"{numbers.choice(STREETS)} {numbers.randint(1, 140)}"
        born = dt.date(self._school_year - age, 1, 1) + dt.timedelta(days=numbers.randrange(365))
        return _Household(last, street, postcode, place, born)

    def _human(
        self, first: str, last: str, home: _Household, stem: str, domain: str, *, protected: bool
    ) -> Human:
        self._made += 1
        number = self._made
        user_name = self._user_name(stem, number)
        address = (home.street, home.postcode, home.city)
        columns = (
            user_name,
            f"SLI{number:07d}",
            f"AS-{number:07d}",
            first,
            last,
            # 60 added to the day is the Danish mark of a number that belongs to nobody.
            f"{home.born.day + 60:02d}{home.born:%m%y}-{number % 10000:04d}",
            f"{home.born.day + 60:02d}{home.born:%m%y}",
            int(protected),
            f"uni{number:06d}" if number % 12 else None,
            f"{user_name}@{domain}" if number % 9 else "",
            f"{user_name}@post.example" if number % 4 else None,
            f"00{number:06d}" if number % 3 else "",  # no Danish number begins with 00
            f"01{number:06d}" if number % 5 else None,
            *((None, None, None) if protected and number % 2 else address),
        )
        return Human(columns)

    def _user_name(self, stem: str, number: int) -> str:
        plain = stem.casefold().translate(_PLAIN_LETTERS)
        candidate = f"{plain}{number % 100:02d}"
        while candidate in self._taken:
            number += 1
            candidate = f"{plain}{number:04d}"
        self._taken.add(candidate)
        return candidate
