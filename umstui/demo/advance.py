"""Lets time pass at the demo school, so that the next plan has something to show."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from umstui.demo.classes import school_year_of, written
from umstui.demo.people import STUDENT, Population
from umstui.demo.words import LAST_NAMES

# Where columns stand in Students.
_CITY, _STARTS_AT, _ACTIVITY, _CLASS_ENDS, _CODE = 16, 17, 19, 24, 32
_STARTS = "substr(StartDato, 7, 4) || substr(StartDato, 4, 2) || substr(StartDato, 1, 2)"
_ENDS = "substr(SlutDato, 7, 4) || substr(SlutDato, 4, 2) || substr(SlutDato, 1, 2)"

Row = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class Advance:
    """The user names that something happened to."""

    ended: tuple[str, ...]  # left: their rows have an end now
    vanished: tuple[str, ...]  # left: their rows are gone
    moved: tuple[str, ...]
    renamed: tuple[str, ...]
    arrived: tuple[str, ...]


def advance(
    database: Path,
    *,
    seed: int,
    day: dt.date,
    leave: float = 0.02,
    move: float = 0.02,
    rename: float = 0.01,
    arrive: float = 0.02,
) -> Advance:
    """Change a demo school as of ``day``; the shares are of the students in a class then.

    The default shares stay below every limit of the filter. Raises sqlite3.Error where
    ``database`` is no UMS database.
    """
    numbers = random.Random(seed)  # noqa: S311 (a made-up school, not a secret)
    with closing(sqlite3.connect(database)) as connection, connection:
        school = _School(connection, day)
        students = school.students
        numbers.shuffle(students)
        leaving, moving = _share(students, leave), _share(students, move)
        naming = _share(students, rename)
        gone = students[:leaving]
        ended, vanished = gone[: -(-leaving // 2)], gone[-(-leaving // 2) :]
        moved = students[leaving : leaving + moving]
        renamed = students[leaving + moving : leaving + moving + naming]
        for user_name in ended:
            school.end(user_name)
        for user_name in vanished:
            school.remove(user_name)
        moved = [user_name for user_name in moved if school.move(user_name, numbers)]
        for user_name in renamed:
            school.rename(user_name, numbers)
        arrived = school.welcome(_share(students, arrive), numbers)
        return Advance(tuple(ended), tuple(vanished), tuple(moved), tuple(renamed), arrived)


def _share(students: list[str], share: float) -> int:
    """At least one where anything is asked for."""
    return max(1, round(len(students) * share)) if share and students else 0


class _School:
    """A demo school's ``Students`` on one day."""

    def __init__(self, connection: sqlite3.Connection, day: dt.date) -> None:
        self._connection = connection
        self._day = day
        self._sortable = day.strftime("%Y%m%d")
        connection.execute(
            "CREATE TEMP TABLE student_row AS "
            "SELECT rowid AS id, lower(StudieNr) AS user_name FROM Students"
        )
        connection.execute("CREATE INDEX temp.student_row_name ON student_row (user_name)")
        self._classes = self._running_classes()
        self.students = self._students()

    def _running_classes(self) -> dict[str, list[Row]]:
        """By AktivitetsID one pattern row a subject, of the classes that run."""
        classes: dict[str, list[Row]] = {}
        found = self._connection.execute(
            "SELECT * FROM Students WHERE rowid IN (SELECT min(rowid) FROM Students WHERE "
            f"UserTypes_ID = ? AND Skolefag <> '' AND AktivitetsID <> '' AND {_STARTS} <= ? "
            f"AND {_ENDS} >= ? GROUP BY AktivitetsID, Skolefag) ORDER BY AktivitetsID, Skolefag",
            (STUDENT, self._sortable, self._sortable),
        )
        for row in found:
            classes.setdefault(row[_ACTIVITY], []).append(row)
        return classes

    def _students(self) -> list[str]:
        """Those with a class that runs and no odd row, in a fixed order."""
        found = self._connection.execute(
            "SELECT DISTINCT lower(StudieNr) FROM Students WHERE UserTypes_ID = ? "
            f"AND Skolefag <> '' AND {_STARTS} <= ? AND {_ENDS} >= ? "
            "AND StudieNr <> '' AND lower(StudieNr) NOT IN (SELECT lower(StudieNr) FROM Students "
            "WHERE Fornavne = '' OR (AktivitetsID = '' AND Aktivitet <> '') "
            f"OR (SlutDato <> '' AND {_ENDS} < {_STARTS}) OR UserTypes_ID <> ?) ORDER BY 1",
            (STUDENT, self._sortable, self._sortable, STUDENT),
        )
        return [name for (name,) in found]

    def _rows_of(self, user_name: str) -> list[int]:
        found = self._connection.execute(
            "SELECT id FROM student_row WHERE user_name = ?", (user_name,)
        )
        return [row for (row,) in found]

    def remove(self, user_name: str) -> None:
        """The administrative system no longer delivers this person."""
        self._each(user_name, "DELETE FROM Students WHERE rowid = ?")

    def end(self, user_name: str, activity: str | None = None) -> None:
        """End the running rows (of one activity) yesterday and drop those still to come."""
        only = " AND AktivitetsID = ?" if activity is not None else ""
        words = (activity,) if activity is not None else ()
        self._each(
            user_name,
            f"DELETE FROM Students WHERE rowid = ? AND {_STARTS} >= ?{only}",
            self._sortable,
            *words,
        )
        yesterday = written(self._day - dt.timedelta(days=1))
        for row in self._rows_of(user_name):
            self._connection.execute(
                f"UPDATE Students SET SlutDato = ? WHERE rowid = ? AND {_ENDS} >= ?{only}",
                (yesterday, row, self._sortable, *words),
            )

    def rename(self, user_name: str, numbers: random.Random) -> None:
        """Another last name, on every row alike (rules.md 3)."""
        last = f"{numbers.choice(LAST_NAMES)}-{numbers.choice(LAST_NAMES)}"
        for row in self._rows_of(user_name):
            self._connection.execute(
                "UPDATE Students SET Efternavn = ? WHERE rowid = ?", (last, row)
            )

    def move(self, user_name: str, numbers: random.Random) -> bool:
        """From one class to another of the same school; False where there is no other."""
        at: dict[str, int] = {}
        for (activity,) in self._connection.execute(
            "SELECT AktivitetsID FROM Students JOIN student_row ON Students.rowid = id "
            f"WHERE user_name = ? AND Skolefag <> '' AND {_STARTS} <= ? AND {_ENDS} >= ?",
            (user_name, self._sortable, self._sortable),
        ):
            at[activity] = at.get(activity, 0) + 1
        left_class = min(at, key=lambda activity: (-at[activity], activity))
        code = self._classes[left_class][0][_CODE]
        others = [
            activity
            for activity, rows in self._classes.items()
            if activity not in at and len(rows) > 1 and rows[0][_CODE] == code
        ]
        if not others:
            return False
        person = self._connection.execute(
            "SELECT Students.* FROM Students JOIN student_row ON Students.rowid = id "
            "WHERE user_name = ? ORDER BY id LIMIT 1",
            (user_name,),
        ).fetchone()
        self.end(user_name, left_class)
        self._enrol(person[:_STARTS_AT], numbers.choice(others))
        return True

    def welcome(self, count: int, numbers: random.Random) -> tuple[str, ...]:
        """New students in classes that run."""
        taken = self._connection.execute(
            "SELECT DISTINCT user_name FROM student_row WHERE user_name <> ''"
        )
        people = Population(numbers, school_year_of(self._day), {name for (name,) in taken})
        arrived = []
        for _ in range(count if self._classes else 0):
            activity = numbers.choice(list(self._classes))
            neighbour = self._classes[activity][0]
            place, postcode = str(neighbour[_CITY] or "Nordhavn"), str(neighbour[_CITY - 1] or "")
            human = people.student(place, postcode, "skole.example")
            self._enrol((STUDENT, *human.columns), activity)
            arrived.append(human.user_name)
        return tuple(arrived)

    def _enrol(self, person: Row, activity: str) -> None:
        for pattern in self._classes[activity]:
            # From today until the class itself ends.
            row = (*person, written(self._day), pattern[_CLASS_ENDS], *pattern[_ACTIVITY:])
            marks = ", ".join("?" * len(row))
            self._connection.execute(f"INSERT INTO Students VALUES ({marks})", row)

    def _each(self, user_name: str, statement: str, *words: str) -> None:
        for row in self._rows_of(user_name):
            self._connection.execute(statement, (row, *words))
