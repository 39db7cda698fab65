"""umstui.toml as typed values (cli.md); the program reads the file, the core only these."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Percent = Annotated[float, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]


class Table(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of umstui.toml; a key it does not know is an error."""


class Ums(Table, frozen=True):
    """[ums]: where the UMS database is and how its physical names differ."""

    url: str
    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)


class State(Table, frozen=True):
    """[state]: the database of decisions, journal and audit."""

    url: str = "sqlite:///umstui-state.db"


class Snapshots(Table, frozen=True):
    """[snapshots]: where run files are kept, and for how many days."""

    dir: str = "snapshots"
    keep_days: Positive = 730


class Itslearning(Table, frozen=True):
    """[itslearning]: how the site is spoken to (imses-protocol.md 3.5).

    ``course_archiving`` is true where every site archives the courses whose group is deleted, or
    lists the organizations whose sites do; a site cannot be asked.
    """

    batch_size: Annotated[int, Meta(ge=1, le=1000)] = 50
    max_in_flight: Annotated[int, Meta(ge=1, le=64)] = 8
    timeout_seconds: Annotated[float, Meta(gt=0)] = 120
    attempts: Positive = 5
    language_field: str = ""
    category_field: str = ""
    course_archiving: bool | list[int] = False
    proxy: str = ""
    ca_bundle: str = ""

    def archives_courses(self, org: int) -> bool:
        """Whether the site of an organization archives courses (itslearning-operations.md 5.4)."""
        if isinstance(self.course_archiving, bool):
            return self.course_archiving
        return org in self.course_archiving


class Limit(Table, frozen=True):
    """A limit of the filter: count, percent of what is held, or both; whichever trips first."""

    count: Count | None = None
    percent: Percent | None = None


class Limits(Table, frozen=True):
    """[filter.<kind>]: a limit per operation."""

    create: Limit = Limit()
    update: Limit = Limit()
    delete: Limit = Limit()
    rekey: Limit = Limit()  # of key changes, which the database's name has to be typed for anyway


class Profile(Table, frozen=True, rename={"begins": "from", "ends": "to"}):
    """[[filter.profile]]: other limits between two dates, both included."""

    name: str
    begins: dt.date
    ends: dt.date
    person: Limits = Limits()
    node: Limits = Limits()
    group: Limits = Limits()
    course: Limits = Limits()
    membership: Limits = Limits()
    event: Limits = Limits()


class Filter(Table, frozen=True):
    """[filter]: umstui's own defaults (itslearning-operations.md 2.3), not itslearning's."""

    person: Limits = Limits(
        create=Limit(percent=25), update=Limit(percent=75), delete=Limit(percent=5)
    )
    node: Limits = Limits(delete=Limit(percent=10))
    group: Limits = Limits(delete=Limit(percent=10))
    course: Limits = Limits(delete=Limit(percent=10))
    membership: Limits = Limits(delete=Limit(percent=20))
    event: Limits = Limits()
    on_hold: Literal["run", "cells"] = "run"
    minimum_population: Count = 20
    minimum_cap: Count = 5
    warn_percent: Percent = 80
    cumulative_days: Positive = 7
    cumulative_factor: Annotated[float, Meta(gt=0)] = 2
    churn_percent: Percent = 5
    broken_rows_percent: Percent = 1
    profile: list[Profile] = field(default_factory=list)


class Operators(Table, frozen=True):
    """[operators]: operating-system user names; all empty = everyone may do everything."""

    viewers: list[str] = field(default_factory=list)
    approvers: list[str] = field(default_factory=list)
    schedulers: list[str] = field(default_factory=list)
    four_eyes_deletes: Count | None = None


class Mail(Table, frozen=True, rename={"sender": "from"}):
    """[mail]: where the status report goes."""

    smtp: str = ""
    sender: str = ""
    to: list[str] = field(default_factory=list)


class Calendar(Table, frozen=True):
    """[calendar]: days the guard needs to know."""

    school_year_starts: dt.date | None = None


class Log(Table, frozen=True):
    """[log]: one file of JSON lines; full, it is moved aside, and ``keep`` of those are kept."""

    file: str = ""  # empty: umstui.log in the platform's folder for logs
    level: Literal["debug", "info", "warning"] = "info"
    max_megabytes: Positive = 10
    keep: Positive = 5


class Settings(Table, frozen=True):
    """The whole of umstui.toml. ``folder`` is where relative paths start (readings.md 46)."""

    ums: Ums
    state: State = State()
    snapshots: Snapshots = Snapshots()
    itslearning: Itslearning = Itslearning()
    filter: Filter = Filter()
    operators: Operators = Operators()
    mail: Mail = Mail()
    calendar: Calendar = Calendar()
    log: Log = Log()
    folder: Path = Path()

    def path(self, relative: str) -> Path:
        """A path of the file, made absolute against the file's folder."""
        return (self.folder / relative).resolve()
