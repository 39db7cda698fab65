"""A school, a site and an installation over both."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sync.model import Operator, RunReport
from sync.runs import Installation, apply, confirmation, plan
from sync.settings import Filter, Itslearning, Limit, Limits, Operators, Settings, Ums
from umstui.testsite.running import RunningSite

DAY = dt.date(2026, 11, 21)
OPEN = Limits(create=Limit(percent=100), update=Limit(percent=100), delete=Limit(percent=100))


@dataclass
class School:
    """A UMS database, the site it is synced to, and the folder of umstui between them."""

    folder: Path
    site: RunningSite
    now: dt.datetime = field(default_factory=lambda: dt.datetime(2026, 11, 21, 6, 0, tzinfo=dt.UTC))

    def installation(
        self,
        *,
        limits: Filter | None = None,
        operators: Operators | None = None,
        operator: str = "mk",
        read_only: bool = False,
    ) -> Installation:
        """A fresh session on it, as one process has."""
        settings = Settings(
            ums=Ums(url="sqlite:///ums.db"),
            itslearning=Itslearning(attempts=1),  # a fault that lasts need not be waited out
            filter=limits or Filter(),
            operators=operators or Operators(),
            folder=self.folder,
        )
        return Installation(
            settings, Operator(operator, "school-server"), lambda: self.now, read_only
        )

    def sql(self, statement: str, *values: object) -> int:
        """Change the UMS database as the student administration would; gives rows touched."""
        with closing(sqlite3.connect(self.folder / "ums.db")) as connection:
            cursor = connection.execute(statement, values)
            connection.commit()
            return cursor.rowcount

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Rows of the UMS database."""
        with closing(sqlite3.connect(self.folder / "ums.db")) as connection:
            return connection.execute(query).fetchall()

    def content(self) -> dict[str, set[tuple[object, ...]]]:
        """What the site holds, without its internal numbers."""
        return {
            "persons": {
                (p["key"], p["user_name"], p["first"], p["last"]) for p in self.site.persons()
            },
            "groups": {(g["key"], g["title"], g["parent"]) for g in self.site.groups()},
            "courses": {(c["key"], c["title"]) for c in self.site.courses()},
            "memberships": {(m["key"], m["role"]) for m in self.site.memberships()},
        }

    def promote(self, key: str) -> None:
        """Make somebody an administrator, as a person does at the site itself."""
        with closing(sqlite3.connect(self.folder / "site" / "testsite.db")) as connection:
            connection.execute("UPDATE person SET profile = 'Administrator' WHERE key = ?", [key])
            connection.commit()

    def pupils(self, number: int) -> list[str]:
        """User names of some pupils who are there all year, in order."""
        found = self.rows(
            "SELECT StudieNr FROM Students WHERE UserTypes_ID = 1 AND StartDato = '01-08-2026' "
            "AND SlutDato = '31-07-2027' AND StudieNr = lower(trim(StudieNr)) "
            f"GROUP BY 1 HAVING count(DISTINCT Fornavne) = 1 ORDER BY 1 LIMIT {number}"
        )
        return [str(row[0]) for row in found]


def loaded(school: School) -> RunReport:
    """Plan and carry out the first run."""
    installation = school.installation()
    report = plan(installation)
    return apply(installation, report.summary.run, confirm=confirmation(report))
