"""A school with duplicates planted in it, and with all that only looks like one."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import duckdb

from sync.findings import FindingClass
from sync.snapshots.workspace import create_tables

_GIVEN = (
    "Anna Bo Carl Dorte Else Finn Gry Hans Ida Jens Karen Lars Mette Niels Olga Per Rikke Søren "
    "Tove Ulla Vagn Yrsa Åse Ærø Mads Noah Alma Freja Oskar Luna Aksel Malthe Agnes Viggo Nora "
    "Emil Karla Storm Liva Valdemar Clara Otto Ella Magnus Josefine Elias Laura William"
)
_FAMILY = (
    "Jensen Nielsen Hansen Pedersen Andersen Christensen Larsen Sørensen Rasmussen Jørgensen "
    "Petersen Madsen Kristensen Olsen Thomsen Christiansen Poulsen Johansen Møller Mortensen "
    "Østergaard Ågård Kjær Holm Dahl Friis Lund Berg Skov Nygaard Bruun Krogh Toft Vestergaard "
    "Bech Ravn Winther Iversen Lassen Nguyễn Aydin Hussein Kovač Müller Schrøder Ølholm"
)
GIVEN, FAMILY = _GIVEN.split(), _FAMILY.split()


@dataclass
class Planted:
    """The workspace, and which accounts each planted case joins: user names at the site or keys."""

    connection: duckdb.DuckDBPyConnection
    numbers: random.Random
    truth: dict[FindingClass, set[frozenset[str]]] = field(default_factory=dict)
    persons: list[tuple[str, str, str]] = field(default_factory=list)
    births: dict[str, int] = field(default_factory=dict)
    _serial: int = 0
    _waiting: dict[tuple[str, ...], list[list[object]]] = field(default_factory=dict)

    @property
    def workspace(self) -> duckdb.DuckDBPyConnection:
        """With all rows: they go in a column at a time, because each row alone costs a
        millisecond, and so does each row of a long list of VALUES."""
        for (table, *names), rows in self._waiting.items():
            columns = ", ".join(["unnest(?)"] * len(names))
            self.connection.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {columns}",
                [list(column) for column in zip(*rows, strict=True)],
            )
        self._waiting.clear()
        return self.connection

    def insert(self, table: str, **values: object) -> None:
        self._waiting.setdefault((table, *values), []).append([*values.values()])

    def key(self) -> str:
        self._serial += 1
        return f"fj{104000 + self._serial}"

    def name(self) -> tuple[str, str]:
        pick = self.numbers.choice
        given = pick(GIVEN) if self.numbers.random() < 0.6 else f"{pick(GIVEN)} {pick(GIVEN)}"
        family = pick(FAMILY) if self.numbers.random() < 0.4 else f"{pick(FAMILY)} {pick(FAMILY)}"
        return given, family

    def person(
        self, given: str = "", family: str = "", *, key: str = "", wanted: bool = True,
        at_site: bool = True, role: str = "Student", mail: str | None = None,
        birth: int | None = None, secret: bool = False, class_: str = "", uni: str = "",
    ) -> str:  # fmt: skip
        """A person of UMS: rows, wanted, and at the site; ``wanted`` False for one who has left."""
        if not given:
            given, family = self.name()
        key = key or self.key()
        mail = f"{key}@skole.example" if mail is None else mail
        birth = self.numbers.randrange(7000) if birth is None else birth
        class_ = class_ or f"{len(self.persons) // 25 % 9 + 1}{'ABCD'[len(self.persons) % 4]}"
        self.persons.append((key, given, family))
        self.insert(
            "student", row_number=len(self.persons), UserTypes_ID=int(role == "Student"),
            StudieNr=key, Fornavne=given, Efternavn=family, SecretAddress=int(secret),
            WorkMail=mail, Aktivitet=class_, Skolekode="280051", UniLogin=uni,
        )  # fmt: skip
        if birth >= 0:
            self.insert("birth", person=key, birth=birth)
        fields = {
            "key": key, "user_name": key, "first_name": given, "last_name": family, "role": role,
            "email": mail,
        }  # fmt: skip
        if wanted:
            self.insert("wanted_person", **fields, school="280051")
        if at_site:
            self.insert("held_person", **fields, school="280051")
            self.insert("live_person", **fields)
        return key

    def by_hand(
        self, given: str, family: str, *, user_name: str = "", mail: str = "",
        role: str = "Student", key: str | None = None,
    ) -> str:  # fmt: skip
        """An account that somebody made at the site."""
        self._serial += 1
        user_name = user_name or f"hand{self._serial}"
        self.insert(
            "live_person", key=key, user_name=user_name, first_name=given, last_name=family,
            role=role, email=mail,
        )  # fmt: skip
        return user_name

    def plant(self, cls: FindingClass, *accounts: str) -> None:
        self.truth.setdefault(cls, set()).add(frozenset(accounts))


def spelled_otherwise(numbers: random.Random, given: str, family: str) -> tuple[str, str]:
    """The name as a school secretary would type it."""
    way = numbers.randrange(6)
    if way == 0:
        letters = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa"})
        return given.translate(letters), family.translate(letters)
    if way == 1:
        return given.split(maxsplit=1)[0], family.rsplit(maxsplit=1)[-1]
    if way == 2:
        return given, family.replace(" ", "-")
    if way == 3:
        middle = len(family) // 2
        return given, family[:middle] + family[middle + 1 :]
    if way == 4:
        return given.upper(), family.upper()
    return given, family


def planted_school(size: int = 3000, each: int = 25, seed: int = 4) -> Planted:
    """``size`` ordinary persons, ``each`` cases of every class, and as many look-alikes."""
    workspace = duckdb.connect()
    create_tables(workspace)
    workspace.execute("CREATE TEMP TABLE birth (person VARCHAR, birth UHUGEINT)")
    numbers = random.Random(seed)
    school = Planted(workspace, numbers)
    for place in range(size):
        school.person(role="Staff" if place % 10 == 0 else "Student")
    for _ in range(each):
        _duplicates(school)
        _look_alikes(school)
    workspace.execute(
        "INSERT INTO live_person (key, user_name, first_name, last_name, role) "
        "VALUES (NULL, 'UMSTimetableUser', 'UMS', 'Timetable', 'Staff'), "
        "(NULL, 'admin', 'Anna', 'Jensen', 'Administrator')"
    )
    return school


def _duplicates(school: Planted) -> None:
    numbers = school.numbers
    # Made by hand, not yet made by a sync: known by mail, or by user name.
    given, family = school.name()
    key = school.person(given, family, at_site=False)
    hand = school.by_hand(*spelled_otherwise(numbers, given, family), mail=f"{key}@skole.example")
    school.plant(FindingClass.KEY_MISSING, key, hand)
    given, family = school.name()
    key = school.person(given, family, at_site=False)
    school.plant(
        FindingClass.KEY_MISSING, key, school.by_hand(given, family, user_name=key.upper())
    )
    # Made by hand, and once more by a sync.
    given, family = school.name()
    key = school.person(given, family)
    hand = school.by_hand(*spelled_otherwise(numbers, given, family), mail=f"{key}@skole.example")
    school.plant(FindingClass.PAIR, key, hand)
    # The key has changed: the old rows are still in Students.
    given, family = school.name()
    birth = numbers.randrange(7000)
    old = school.person(given, family, wanted=False, birth=birth)
    new = school.person(given, family, at_site=bool(numbers.randrange(2)), birth=birth)
    school.plant(FindingClass.DOUBLE_SYNC, old, new)
    # Somebody else has the user name that UMS wants.
    key = school.person(at_site=False)
    taker = school.by_hand(*school.name(), user_name=key, key=f"x-{key}")
    school.plant(FindingClass.USERNAME_TAKEN, key, taker + "/x")
    # The key lies in the trash.
    given, family = school.name()
    key = school.person(given, family, at_site=False)
    school.insert("held_trash", key=key, user_name=key, first_name=given, last_name=family)
    school.plant(FindingClass.KEY_IN_TRASH, key, f"trash {key}")
    # One person twice in Students.
    given, family = school.name()
    uni = f"uni{school.key()}"
    one = school.person(given, family, uni=uni)
    school.plant(FindingClass.SOURCE_DUPLICATE, one, school.person(given, family, uni=uni))
    # An administrator with a key.
    hand = school.by_hand(*school.name(), role="Administrator", key=f"adm-{school.key()}")
    school.plant(FindingClass.ADMIN_WITH_KEY, hand)


def _look_alikes(school: Planted) -> None:
    numbers = school.numbers
    given, family = school.name()
    # Twins: one family, one mail at home, one class, one birth date.
    birth, other = numbers.randrange(7000), f"{numbers.choice(GIVEN)}e"
    for twin in (given, other):
        school.person(twin, family, birth=birth, class_="3b", mail="hjemme@familie.example")
    # Name-sakes: two in UMS at once, and one who left when another came, born on other days.
    given, family = school.name()
    for _ in range(2):
        school.person(given, family, class_="4c")
    given, family = school.name()
    school.person(given, family, wanted=False, birth=birth + 7001)
    school.person(given, family, birth=birth + 1)
    # A student who is employed has two accounts by right.
    given, family = school.name()
    birth = numbers.randrange(7000)
    school.person(given, family, birth=birth)
    school.person(given, family, role="Staff", birth=birth)
    # Protected persons share an alias.
    for _ in range(2):
        school.person("Navne", "Beskyttet", secret=True)
    # Brothers and sisters of somebody at the site, made by hand under their parents' mail.
    given, family = school.name()
    school.person(given, family)
    school.by_hand(f"{numbers.choice(GIVEN)}ka", family)
    # A key that itslearning made up is none, and a parent is no pupil.
    school.by_hand("Gæst", f"Lærer{school.key()}", key=f"itsla-{school.key()}")
