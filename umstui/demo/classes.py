"""Schools, their educations and classes, as the right-hand columns of ``Students``."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from umstui.demo.words import (
    ACADEMIC_SUBJECTS,
    BUSINESS_SUBJECTS,
    PLACES,
    TRADE_SUBJECTS,
    TRADES,
)

PERSONS_A_SCHOOL = 2500
LEARNERS_A_CLASS = 25
VOCATIONAL = "vocational"
ACADEMIC = "academic"
BRIDGING = "Brobygning"  # ExtraField1 of classes that belong to no education

Columns = tuple[str | int | None, ...]


def written(day: dt.date) -> str:
    """A date as ``Students`` holds it."""
    return day.strftime("%d-%m-%Y")


@dataclass(frozen=True, slots=True)
class School:
    """A school with its code and what is taught there. ``letters`` starts its class names."""

    number: int
    code: str
    letters: str
    name: str
    place: str
    postcode: str
    domain: str
    kind: str
    subjects: tuple[str, ...]
    educations: tuple[tuple[str, str], ...]

    def placement(
        self,
        education: tuple[str | None, str | None] = (None, None),
        activity: Columns = (None,) * 6,
        subject: Columns = (None,) * 3,
        extra: str | None = None,
    ) -> Columns:
        """The columns from AktivitetsID to ExtraField1, in their order."""
        department = (f"A{self.number:03d}", self.name)
        return (*activity, *subject, *department, *education, self.code, extra)


@dataclass(slots=True)
class SchoolClass:
    """An activity: the columns of its rows, one set a subject, and the days it runs."""

    identity: str
    starts: dt.date
    ends: dt.date
    home: Columns  # a row without a subject
    subjects: list[Columns] = field(default_factory=list)
    year: int = 1

    @property
    def span(self) -> tuple[str, str]:
        """The days of a row that lasts as long as the class."""
        return written(self.starts), written(self.ends)


def school_year_of(day: dt.date) -> int:
    """The year in which the school year of ``day`` began, on 1 August."""
    return day.year if day.month >= 8 else day.year - 1


def make_schools(persons: int) -> list[School]:
    """At least three schools: gymnasium, business school, vocational school, and again."""
    schools = []
    for index in range(max(3, persons // PERSONS_A_SCHOOL)):
        place = PLACES[index % len(PLACES)]
        round_number = index // len(PLACES)
        number = index + 1
        suffix = f" {round_number + 1}" if round_number else ""
        title, letter, subjects, educations, kind = (
            ("Gymnasium", "G", ACADEMIC_SUBJECTS, (("STX", "STX"), ("HF", "HF")), ACADEMIC),
            (
                "Handelsgymnasium",
                "H",
                BUSINESS_SUBJECTS,
                (("HHX", "HHX"), ("EUX", "EUX")),
                ACADEMIC,
            ),
            ("Erhvervsskole", "E", TRADE_SUBJECTS, (("EUD", "EUD"),), VOCATIONAL),
        )[index % 3]
        letters = f"{place[:2].upper()}{letter}" + (f"{number}" if index >= 3 else "")
        schools.append(
            School(
                number=number,
                code=str(280051 + 7 * index),
                letters=letters,
                name=f"{place} {title}{suffix}",
                place=place,
                postcode=str(9990 - index),
                domain=f"skole{number}.example",
                kind=kind,
                subjects=subjects,
                educations=educations,
            )
        )
    return schools


def academic_class(
    school: School, numbers: random.Random, begins: int, year: int, ordinal: int
) -> SchoolClass:
    """Class ``1a``, ``2b``, ... of the school year that begins in ``begins``."""
    label = f"{year}{_letter(ordinal)}"
    education = school.educations[0 if ordinal % 4 else ordinal % len(school.educations)]
    span = (dt.date(begins, 8, 1), dt.date(begins + 1, 7, 31))
    return _school_class(
        school,
        identity=f"{school.letters}-{begins}-{label}",
        name=f"{school.letters} {label} {begins}",
        title=f"{label} {school.letters} {begins}/{(begins + 1) % 100:02d}",
        short=label,
        span=span,
        education=education,
        subjects=tuple(numbers.sample(school.subjects, 6)),
        year=year,
    )


def vocational_class(
    school: School, numbers: random.Random, half: dt.date, ordinal: int
) -> SchoolClass:
    """A trade class of one half year. Its name begins with the half year, E26 or F27, which
    the semester roll cuts off, so that autumn and spring share a room (rules.md 10)."""
    trade, short = TRADES[(ordinal + school.number) % len(TRADES)]
    number = ordinal // len(TRADES) + 1
    half_label = f"{'E' if half.month == 8 else 'F'}{half.year % 100:02d}"
    return _school_class(
        school,
        identity=f"{school.letters}-{half_label}-{short}{number}",
        name=f"{half_label} {school.letters} {trade} {number}",
        title=f"{trade} {number} {school.letters}",
        short=f"{short}{number}",
        span=(half, _half_year_end(half)),
        education=school.educations[0],
        subjects=tuple(numbers.sample(school.subjects, 4)),
    )


def course_programme(school: School, starts: dt.date, ordinal: int) -> SchoolClass:
    """A ten week course with admission all the year; it belongs to no education."""
    ends = starts + dt.timedelta(days=69)
    label = f"{'E' if starts.month >= 8 else 'F'}{starts.year % 100:02d}"
    return _school_class(
        school,
        identity=f"{school.letters}-{starts:%Y%m%d}-{ordinal}",
        name=f"{label} {school.letters} Forløb {starts:%d%m}",
        title=f"Forløb fra {starts.day}. {starts:%m}. {school.letters}",
        short=f"F{ordinal}",
        span=(starts, ends),
        education=(None, None),
        subjects=("Værkstedslære",),
        extra=BRIDGING if ordinal % 2 else None,
    )


def common_activity(school: School, title: str, begins: int) -> SchoolClass:
    """Something across classes, such as a homework café or the guidance of the staff."""
    return _school_class(
        school,
        identity=f"{school.letters}-{title[:3].upper()}-{begins}",
        name=f"{title} {school.letters}",
        title=f"{title} {school.letters}",
        short="",
        span=(dt.date(begins, 8, 1), dt.date(begins + 1, 7, 31)),
        education=(None, None),
        subjects=(),
    )


def _school_class(
    school: School,
    *,
    identity: str,
    name: str,
    title: str,
    short: str,
    span: tuple[dt.date, dt.date],
    education: tuple[str | None, str | None],
    subjects: tuple[str, ...],
    year: int = 1,
    extra: str | None = None,
) -> SchoolClass:
    activity = (identity, name, title, short, written(span[0]), written(span[1]))
    rows = [
        # The last subject of each class is one that the school does not use itslearning for.
        school.placement(
            education,
            activity,
            (subject, int(len(subjects) == 1 or index + 1 < len(subjects)), f"F-{subject[:5]}"),
            extra,
        )
        for index, subject in enumerate(subjects)
    ]
    home = school.placement(education, activity, (None, None, None), extra)
    return SchoolClass(identity, span[0], span[1], home, rows, year)


def _letter(ordinal: int) -> str:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    rounds, index = divmod(ordinal, len(alphabet))
    return alphabet[index] if rounds == 0 else f"{alphabet[index]}{rounds + 1}"


def half_year_of(day: dt.date) -> dt.date:
    """The first day of the half year of ``day``: 1 August or 1 February."""
    if day.month >= 8:
        return dt.date(day.year, 8, 1)
    if day.month == 1:
        return dt.date(day.year - 1, 8, 1)
    return dt.date(day.year, 2, 1)


def next_half_year(half: dt.date) -> dt.date:
    """The half year after the one that begins on ``half``."""
    return _half_year_end(half) + dt.timedelta(days=1)


def half_year_before(half: dt.date) -> dt.date:
    """The half year before the one that begins on ``half``."""
    return half_year_of(half - dt.timedelta(days=1))


def _half_year_end(half: dt.date) -> dt.date:
    return dt.date(half.year + 1, 1, 31) if half.month == 8 else dt.date(half.year, 7, 31)
