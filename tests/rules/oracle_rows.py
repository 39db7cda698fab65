"""Rows of ``Students`` as rules.md 1 to 6 read them, in plain Python: half of the second opinion.

Written from the contract alone and slow on purpose: what is compared with it in
test_against_oracle.py is set-based SQL that shares no line with it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Facts = Mapping[str, Any]
Predicate = Callable[[Facts], bool]

EMPLOYEE, STUDENT = 0, 1
UNTOUCHABLE = "umstimetableuser"  # rules.md 8
_DATE = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{4})")
# What a hierarchy may be made of in these schools (rules.md 18).
_COLUMNS = (
    *("UserTypes_ID", "Aktivitet", "Kort_Betegnelse", "Skolefag", "DepartmentID", "Department"),
    *("EducationID", "Education", "Skolekode", "ExtraField1", "City", "Skolefag_LMS"),
)
_DATES = ("StartDato", "SlutDato", "Aktiviteter_StartDato", "Aktiviteter_SlutDato")


def clean(value: object) -> str:
    """rules.md 4: trimmed, inner white space folded, NFC; nothing is an empty text."""
    return "" if value is None else " ".join(unicodedata.normalize("NFC", str(value)).split())


def folded(value: object) -> str:
    """The form in which user names are compared (rules.md 4)."""
    return clean(value).casefold()


def word(value: object) -> str:
    """A word that a setting chooses, however it is spelled (readings.md 39)."""
    return clean(value).casefold()


def column_of(name: object) -> str:
    """The column of Students that a setting names; empty where it names none."""
    return next((column for column in _COLUMNS if column.casefold() == word(name)), "")


def most_frequent(values: Iterable[str], *, empty_counts: bool = False) -> str:
    """Most frequent, then smallest; empty where there is none. Empty is a value only if said so."""
    counted = Counter(value for value in values if value or empty_counts)
    return min(counted, key=lambda value: (-counted[value], value)) if counted else ""


def role_of(setting: Facts, *, learner: bool) -> str:
    """The role of the setting, else the one that ums-schema.sql gives it."""
    if learner:
        return clean(setting["StudentRole"]) or "Learner"
    return clean(setting["TeacherRole"]) or "Instructor"


def cut_title(text: str) -> str:
    """rules.md 11."""
    return text if len(text) <= 64 else text[:61] + "..."


@dataclass(frozen=True)
class Template:
    """A UMS template of the organization, with the settings it leads to."""

    facts: Facts
    setting: Facts
    site: Facts | None
    cohort: Facts | None

    @property
    def id(self) -> int:
        return int(self.facts["ID"])

    @property
    def lead(self) -> dt.timedelta:
        return dt.timedelta(days=int(self.setting["CreateDaysBefore"]))

    @property
    def publish_lead(self) -> dt.timedelta:
        return dt.timedelta(days=int(self.setting["StartPublishingDaysBefore"]))

    @property
    def refused(self) -> bool:
        """rules.md 12: publishing must be later than creating."""
        return self.publish_lead >= self.lead


@dataclass(eq=False)
class Row:
    """One row, cleaned; ``facts`` is as it stands in the database."""

    facts: Facts
    dates: dict[str, dt.date | None] = field(default_factory=dict)
    faults: set[str] = field(default_factory=set)
    templates: list[Template] = field(default_factory=list)

    def __getitem__(self, column: str) -> str:
        return clean(self.facts.get(column))

    @property
    def person(self) -> str:
        return folded(self.facts["StudieNr"])

    @property
    def activity(self) -> str:
        return self["AktivitetsID"]

    @property
    def is_student(self) -> bool:
        return bool(self.facts["UserTypes_ID"] == STUDENT)

    @property
    def is_employee(self) -> bool:
        return bool(self.facts["UserTypes_ID"] == EMPLOYEE)

    @property
    def starts(self) -> dt.date | None:
        return self.dates["StartDato"]

    @property
    def ends(self) -> dt.date | None:
        return self.dates["SlutDato"]

    def counts_for(self, template: Template, day: dt.date) -> bool:
        """rules.md 6, for one template."""
        begun = self.starts is None or self.starts <= day + template.lead
        return begun and (self.ends is None or day <= self.ends)

    def counts(self, day: dt.date) -> bool:
        """readings.md 13."""
        return any(self.counts_for(template, day) for template in self.templates)

    def is_active(self, day: dt.date) -> bool:
        begun = self.starts is None or self.starts <= day
        return begun and (self.ends is None or day <= self.ends)

    def lasted_to(self, end: dt.date) -> bool:
        return self.ends is None or self.ends >= end


def _date(text: str) -> dt.date | None:
    """None for a text that is no real ``dd-mm-yyyy`` date."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _read(facts: Facts) -> Row:
    """One row with its faults (rules.md 1)."""
    row = Row(facts)
    for column in _DATES:
        text = row[column]
        row.dates[column] = _date(text) if text else None
        if text and row.dates[column] is None:
            row.faults.add("date")
    for starts, ends in (_DATES[:2], _DATES[2:]):
        first, last = row.dates[starts], row.dates[ends]
        if first is not None and last is not None and last < first:
            row.faults.add("ends-before-start")
    if not 1 <= len(row["StudieNr"]) <= 64:
        row.faults.add("user-name")
    if not row["Fornavne"] or not row["Efternavn"]:
        row.faults.add("name")
    if bool(row["AktivitetsID"]) != bool(row["Aktivitet"]):
        row.faults.add("activity")
    return row


def read_rows(students: Iterable[Facts]) -> list[Row]:
    """Every row of ``Students``, problems marked (rules.md 1 and 3)."""
    rows = [_read(facts) for facts in students]
    names: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        if not row.faults:
            names.setdefault(row.person, set()).add((row["Fornavne"], row["Efternavn"]))
    in_conflict = {person for person, different in names.items() if len(different) > 1}
    for row in rows:
        if row.person in in_conflict:
            row.faults.add("name-conflict")
    return rows


def templates_of(organization: int, settings: Mapping[str, Sequence[Facts]]) -> list[Template]:
    """rules.md 5: those whose setting leads to the organization, lowest ID first."""
    by_id = {table: {row["ID"]: row for row in rows} for table, rows in settings.items()}
    found = []
    for facts in sorted(settings["template"], key=lambda facts: int(facts["ID"])):
        setting = by_id["itslearning_setting"].get(facts["itslearningSettings_ID"])
        if setting is None or setting["OrganizationSettings_ID"] != organization:
            continue
        site = by_id["site_setting"].get(facts["itslearningSiteSettings_ID"])
        cohort = by_id["cohort_setting"].get(facts["itslearningCohortSettings_ID"])
        found.append(Template(facts, setting, site, cohort))
    return found


def attach_templates(
    rows: Iterable[Row], templates: Iterable[Template], criteria: Callable[[str], Predicate]
) -> None:
    """rules.md 5 and readings.md 7: filters see the values as they stand in the database."""
    for template in templates:
        holds = criteria(template.facts["SQLFilter"] or "")
        for row in rows:
            kind = row.facts["UserTypes_ID"] == template.facts["UserTypes_ID"]
            if kind and holds(row.facts):
                row.templates.append(template)
