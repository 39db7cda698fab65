"""Writes the demo school: a UMS database in SQLite, the same for the same seed and day."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from umstui.demo.classes import (
    LEARNERS_A_CLASS,
    VOCATIONAL,
    School,
    SchoolClass,
    academic_class,
    common_activity,
    course_programme,
    half_year_before,
    half_year_of,
    make_schools,
    next_half_year,
    school_year_of,
    vocational_class,
    written,
)
from umstui.demo.configuration import GUIDANCE, HOMEWORK_CAFE, write_configuration
from umstui.demo.people import EMPLOYEE, STUDENT, Human, Population
from umstui.demo.words import LONG_FIRST_NAMES

SMALLEST_SCHOOL = 20
STUDENT_COLUMNS = 34
STAFF_SHARE = 0.09
LEAVER_SHARE = 0.03
STARTER_SHARE = 0.02
BROKEN_SHARE = 0.008  # of all rows; above 1 % every delete would be held (rules.md 2)

Row = tuple[str | int | None, ...]
_INSERT = f"INSERT INTO Students VALUES ({', '.join('?' * STUDENT_COLUMNS)})"


def make_school(
    database: Path,
    *,
    persons: int = 600,
    seed: int = 1,
    today: dt.date,
    site_url: str,
    site_user: str,
    site_password: str,
    root_key: str,
) -> None:
    """Write a whole UMS database for ``persons`` people (at least 20) as seen on ``today``.

    ``site_url``, ``site_user``, ``site_password`` and ``root_key`` (sync key of the site's root)
    go into the organization's row. Raises FileExistsError where ``database`` is there already
    and ValueError for fewer people. A file that was not finished is never left behind.
    """
    if persons < SMALLEST_SCHOOL:
        raise ValueError(f"A demo school has at least {SMALLEST_SCHOOL} persons, not {persons}.")
    if database.exists():
        raise FileExistsError(f"{database} exists already; name another file or remove it.")
    unfinished = database.with_name(f"{database.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        connection.executescript(
            files("umstui.demo").joinpath("schema.sql").read_text(encoding="utf-8")
        )
        schools = make_schools(persons)
        write_configuration(
            connection,
            schools,
            site_url=site_url,
            site_user=site_user,
            site_password=site_password,
            root_key=root_key,
        )
        _Writer(connection, schools, persons, seed, today).write()
        connection.commit()
    unfinished.replace(database)


def _rows(kind: int, human: Human, span: tuple[str, str], places: Iterable[Row]) -> list[Row]:
    left = (kind, *human.columns, *span)
    return [left + place for place in places]


@dataclass(slots=True)
class _Roll:
    """Who there is at one school, as far as it is written."""

    school: School
    staff: list[Human]
    rows: list[Row] = field(default_factory=list)
    students: list[tuple[Human, SchoolClass]] = field(default_factory=list)

    def add(self, kind: int, human: Human, span: tuple[str, str], places: Iterable[Row]) -> None:
        self.rows.extend(_rows(kind, human, span, places))


class _Writer:
    """Fills ``Students`` school by school."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        schools: Sequence[School],
        persons: int,
        seed: int,
        today: dt.date,
    ) -> None:
        self._connection = connection
        self._schools = schools
        self._persons = persons
        self._today = today
        self._numbers = random.Random(seed)  # noqa: S311 (a made-up school, not a secret)
        self._year = school_year_of(today)
        self._population = Population(self._numbers, self._year)
        self._written_rows = 0

    def write(self) -> None:
        """Write everybody; the counts of all schools add up to the number asked for."""
        count = len(self._schools)
        staff = _shares(max(round(self._persons * STAFF_SHARE), count), count)
        leavers = _shares(max(round(self._persons * LEAVER_SHARE), count), count)
        starters = _shares(max(round(self._persons * STARTER_SHARE), count), count)
        accounts = max(1, self._persons // 400)
        others = sum(staff) + sum(leavers) + sum(starters) + accounts
        learners = _shares(self._persons - others, count)
        rolls: list[_Roll] = []
        for index, school in enumerate(self._schools):
            roll = self._roll(school, staff[index])
            self._classes(roll, learners[index])
            self._leavers(roll, leavers[index])
            self._starters(roll, starters[index])
            self._common_activities(roll)
            self._flush(roll)
            # Only a few are needed once a school is written.
            roll.students = roll.students[-60:]
            rolls.append(roll)
        self._staff_who_study(rolls, accounts)
        self._broken_rows(rolls)

    def _flush(self, roll: _Roll) -> None:
        self._connection.executemany(_INSERT, roll.rows)
        self._written_rows += len(roll.rows)
        roll.rows = []

    def _roll(self, school: School, staff: int) -> _Roll:
        people = [
            self._population.employee(school.place, school.postcode, school.domain)
            for _ in range(staff)
        ]
        roll = _Roll(school, people)
        for number, human in enumerate(people):
            hired = written(dt.date(self._year - 1 - number % 9, 8, 1))
            roll.add(EMPLOYEE, human, (hired, ""), [school.placement()])
        return roll

    def _new_student(self, school: School, year: int = 1) -> Human:
        return self._population.student(school.place, school.postcode, school.domain, year)

    def _classes(self, roll: _Roll, learners: int) -> None:
        school = roll.school
        number_of_classes = max(1, -(-learners // LEARNERS_A_CLASS))
        for ordinal, size in enumerate(_shares(learners, number_of_classes)):
            now, before, after = self._class_and_neighbours(school, ordinal)
            self._teach(roll, now, ordinal)
            for place in range(size):
                human = self._new_student(school, now.year)
                span = now.span
                if place % 30 == 29:  # left during the year
                    left = max(now.starts, self._today - dt.timedelta(days=20))
                    span = (span[0], written(left))
                roll.students.append((human, now))
                roll.add(STUDENT, human, span, now.subjects)
                self._odd_spelling(roll, human)
                if before is not None:
                    roll.add(STUDENT, human, before.span, [before.home])
                if after is not None and place % 2:
                    roll.add(STUDENT, human, after.span, [after.home])
        if school.kind == VOCATIONAL:
            self._programmes(roll)

    def _class_and_neighbours(
        self, school: School, ordinal: int
    ) -> tuple[SchoolClass, SchoolClass | None, SchoolClass | None]:
        numbers = self._numbers
        if school.kind == VOCATIONAL:
            half = half_year_of(self._today)
            now = vocational_class(school, numbers, half, ordinal)
            before = vocational_class(school, numbers, half_year_before(half), ordinal)
            after = vocational_class(school, numbers, next_half_year(half), ordinal)
            return now, before if ordinal % 2 else None, after
        year, letter = ordinal % 3 + 1, ordinal // 3
        current = academic_class(school, numbers, self._year, year, letter)
        if year == 1:
            return current, None, None
        return current, academic_class(school, numbers, self._year - 1, year - 1, letter), None

    def _teach(self, roll: _Roll, taught: SchoolClass, ordinal: int) -> None:
        if ordinal % 2 == 0:  # a class teacher, who has no subject and so is in all of them
            roll.add(EMPLOYEE, self._numbers.choice(roll.staff), taught.span, [taught.home])
        for subject in taught.subjects:
            roll.add(EMPLOYEE, self._numbers.choice(roll.staff), taught.span, [subject])

    def _odd_spelling(self, roll: _Roll, human: Human) -> None:
        """Now and then a row spells the user name in capitals, or leaves blanks after a name."""
        last = roll.rows[-1]
        if len(roll.students) % 80 == 0:
            roll.rows[-1] = (last[0], human.user_name.upper(), *last[2:])
        elif len(roll.students) % 90 == 0:
            roll.rows[-1] = (*last[:4], f" {last[4]} ", f"{last[5]}  ", *last[6:])

    def _programmes(self, roll: _Roll) -> None:
        """Ten week courses that began some weeks ago, for a few students beside their class."""
        for ordinal, days in enumerate((-49, -14)):
            programme = course_programme(
                roll.school, self._today + dt.timedelta(days=days), ordinal
            )
            self._teach(roll, programme, ordinal)
            for human, _ in roll.students[ordinal * 8 : ordinal * 8 + 8]:
                roll.add(STUDENT, human, programme.span, programme.subjects)

    def _leavers(self, roll: _Roll, count: int) -> None:
        """People of a class that is over; rules.md 6 no longer counts them."""
        school = roll.school
        if school.kind == VOCATIONAL:
            half = half_year_before(half_year_of(self._today))
            past = vocational_class(school, self._numbers, half, 0)
        else:
            past = academic_class(school, self._numbers, self._year - 1, 3, 0)
        for _ in range(count):
            human = self._new_student(school, 4)
            roll.add(STUDENT, human, past.span, past.subjects)

    def _starters(self, roll: _Roll, count: int) -> None:
        """People whose first day is still to come: some within the lead of rules.md 6."""
        school = roll.school
        if school.kind == VOCATIONAL:
            coming = [
                course_programme(school, self._today + dt.timedelta(days=days), 2 + ordinal)
                for ordinal, days in enumerate((5, 30))
            ]
        else:
            coming = [academic_class(school, self._numbers, self._year + 1, 1, 0)]
        for number in range(count):
            future = coming[number % len(coming)]
            human = self._new_student(school, 0)
            roll.add(STUDENT, human, future.span, future.subjects)

    def _common_activities(self, roll: _Roll) -> None:
        school = roll.school
        if school.kind == VOCATIONAL:
            guidance = common_activity(school, GUIDANCE, self._year)
            # One school's guidance is enough for all vocational rooms.
            for human in roll.staff[:2] if school.number == 3 else ():
                roll.add(EMPLOYEE, human, guidance.span, [guidance.home])
            return
        cafe = common_activity(school, HOMEWORK_CAFE, self._year)
        roll.add(EMPLOYEE, roll.staff[0], cafe.span, [cafe.home])
        for human, _ in roll.students[:10]:
            roll.add(STUDENT, human, cafe.span, [cafe.home])

    def _staff_who_study(self, rolls: Sequence[_Roll], accounts: int) -> None:
        """Employees who attend a class elsewhere: some with the one user name they have, and
        ``accounts`` of them with a second one."""
        hosts = [roll for roll in rolls if roll.students]
        for number in range(2 * accounts):
            home = rolls[number % len(rolls)]
            host = hosts[(number + 1) % len(hosts)]
            human = home.staff[number % len(home.staff)]
            if number % 2:
                human = self._population.second_account(human)
            _, attended = host.students[number % len(host.students)]
            host.add(STUDENT, human, attended.span, attended.subjects[:2])
            self._flush(host)

    def _broken_rows(self, rolls: Sequence[_Roll]) -> None:
        """Rows that rules.md 1 and 3 call problems, and a name that has to be cut."""
        allowed = int(self._written_rows * BROKEN_SHARE)
        broken: list[Row] = []
        for roll in rolls:
            for number, (human, attended) in enumerate(roll.students[-5:]):
                good = _rows(STUDENT, human, attended.span, attended.subjects[:1])[0]
                broken.append(_break(good, number))
        singles = broken[: max(1, allowed // 3)]
        self._connection.executemany(_INSERT, singles)
        human, attended = next(student for roll in rolls for student in roll.students)
        at_most = len(attended.subjects) + 5  # every row of a name conflict is a problem
        if allowed - len(singles) >= at_most:
            other = human.named(str(human.columns[3]), f"{human.columns[4]}-Ærø")
            rows = _rows(STUDENT, other, attended.span, attended.subjects[:1])
            self._connection.executemany(_INSERT, rows)
        self._connection.execute(
            "UPDATE Students SET Fornavne = ? WHERE StudieNr = ?",
            (LONG_FIRST_NAMES, rolls[0].staff[-1].user_name),
        )


def _break(good: Row, way: int) -> Row:
    """The row with one of five faults."""
    if way == 0:
        return (*good[:18], "31-02-2026", *good[19:])
    if way == 1:
        return (*good[:4], "", *good[5:])
    if way == 2:
        return (*good[:17], good[18], good[17], *good[19:])
    if way == 3:
        return (*good[:19], "", *good[20:])
    return (good[0], "", *good[2:])


def _shares(total: int, parts: int) -> list[int]:
    """``total`` in ``parts`` whole shares that differ by at most one."""
    share, rest = divmod(total, parts)
    return [share + (index < rest) for index in range(parts)]
