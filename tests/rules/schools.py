"""Schools full of odd cases, and what happens to them in a year, all from one number."""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from typing import Any

from tests.rules.oracle import School
from tests.rules.school_settings import ORGANIZATION, RandomSettings

DAYS = [
    dt.date(2026, 7, 20),
    dt.date(2026, 7, 27),
    dt.date(2026, 8, 3),
    dt.date(2026, 8, 10),
    dt.date(2026, 8, 31),
    dt.date(2026, 10, 5),
    dt.date(2026, 12, 18),
    dt.date(2026, 12, 21),
    dt.date(2027, 1, 4),
    dt.date(2027, 1, 5),
    dt.date(2027, 2, 1),
    dt.date(2027, 3, 5),
    dt.date(2027, 6, 25),
    dt.date(2027, 6, 26),
    dt.date(2027, 8, 1),
]
_STARTS = [dt.date(2026, 8, 3), dt.date(2026, 8, 10), dt.date(2026, 8, 24), dt.date(2027, 1, 4)]
_ENDS = [dt.date(2026, 10, 5), dt.date(2026, 12, 18), dt.date(2027, 1, 31), dt.date(2027, 6, 25)]


def days_of(seed: int) -> list[dt.date]:
    """The days of a year that are looked at: half of the schools have days of their own, on and
    beside those on which something begins or ends."""
    if seed % 2:
        return DAYS
    numbers = random.Random(seed)
    turns = [
        *(
            start - dt.timedelta(days=lead)
            for start in _STARTS
            for lead in (0, 3, 6, 7, 14, 21, 30)
        ),
        *(end + dt.timedelta(days=wait) for end in _ENDS for wait in (0, 1, 20, 21, 30, 31)),
    ]
    near = [turn + dt.timedelta(days=beside) for turn in turns for beside in (-1, 0, 1)]
    return sorted(numbers.sample(sorted(set(near)), len(DAYS)))


_SUBJECTS = ["Dansk", "Matematik", "Ærø kundskab", "Håndværk", "Engelsk"]
_FIRST = ["Åse", "Bjørn", "Cæcilie", "Dorthe", "Ejnar", "Frøja", "Gry", "Hans Åge", "Ida", "Jonas"]
_LAST = ["Ærø", "Bø", "Christensen", "Dalsgård", "Ågård", "Øster", "Poulsen", "Holm-Jensen"]
_PLACES = [("D10", "Business", "280051"), ("D20", "Tech", "280052"), (None, None, "280053")]
_EDUCATIONS = [("U1", "HHX"), ("U2", "HTX"), (None, None), ("U3", "STX")]

Facts = dict[str, Any]


def written(day: dt.date | None) -> str | None:
    """A date as ``Students`` holds it."""
    return day.strftime("%d-%m-%Y") if day else None


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


class SchoolYear:
    """A school and its changes; the same seed makes the same year."""

    def __init__(self, seed: int, persons: int | None = None) -> None:
        self._n = random.Random(seed)
        self._made = 0
        self._activities = self._make_activities()
        self._stash: list[list[Facts]] = []  # rows that may come back
        self.rows: list[Facts] = []
        self.settings = RandomSettings(self._n).make()
        count = persons or self._n.randint(60, 200)
        for _ in range(count):
            self._add_person(student=self._chance(0.82))
        self._odd_rows(max(1, count // 25))

    @property
    def school(self) -> School:
        """The school as the source gives it now, rows in no particular order."""
        rows = [dict(row) for row in self.rows]
        self._n.shuffle(rows)
        return School(rows, ORGANIZATION, self.settings)

    @property
    def live(self) -> list[Facts]:
        """Some of the persons as itslearning holds them already, spelled in another way."""
        names = sorted({row["StudieNr"].strip() for row in self.rows if row["StudieNr"]})
        return [
            {"key": name.upper(), "user_name": name.upper(), "role": "Student"}
            for name in names[::9]
        ]

    def _chance(self, share: float) -> bool:
        return self._n.random() < share

    def _one_of(self, *values: Any) -> Any:
        return self._n.choice(values)

    # People and classes ----------------------------------------------------------------------

    def _make_activities(self) -> list[Facts]:
        found: list[Facts] = []
        for number in range(self._n.randint(8, 14)):
            starts, ends = self._n.choice(_STARTS), self._n.choice(_ENDS)
            if ends < starts:
                ends = _ENDS[-1]
            base = f"{number // 2 + 1}{self._one_of('a', 'b', 'å')}"
            long = "Avanceret håndværksmæssig fordybelse for de særligt interesserede"
            name = f"{self._one_of('', '', '', 'NG ')}{self._one_of('E26', 'F27')} {base}"
            if found and self._chance(0.1):  # one that looks like a subject of another
                name = f"{found[-1]['Aktivitet']}_{self._n.choice(_SUBJECTS)}"
            place, education = self._n.choice(_PLACES), self._n.choice(_EDUCATIONS)
            found.append(
                {
                    "AktivitetsID": f"A{number}",
                    "Aktivitet": f"{name} {long}" if self._chance(0.06) else name,
                    "ActivityDisplayName": self._one_of(None, None, f"Klasse {base}", long),
                    "Kort_Betegnelse": self._one_of(None, f"{number % 3 + 1}x", f" b{number} "),
                    "Aktiviteter_StartDato": written(starts) if self._chance(0.8) else None,
                    "Aktiviteter_SlutDato": written(ends) if self._chance(0.8) else "",
                    "DepartmentID": place[0],
                    "Department": place[1],
                    "EducationID": education[0],
                    "Education": education[1],
                    "Skolekode": place[2],
                    "ExtraField1": self._one_of(None, None, "Brobygning"),
                    "starts": starts,
                    "ends": ends,
                }
            )
        return found

    def _person(self) -> Facts:
        self._made += 1
        number = self._made
        first, last = self._n.choice(_FIRST), self._n.choice(_LAST)
        if self._chance(0.01):
            last = "Æ" * 70
        return {
            "StudieNr": f"{first[:2].lower()}{number:03d}",
            "SLI_ID": f"S{number}",
            "UMS_IDFromAdministrativeSystem": f"adm{number}",
            "Fornavne": first,
            "Efternavn": last,
            "SecretAddress": self._one_of(0, 0, 0, 0, 0, 1, None),
            "UniLogin": f"uni{number}",
            "WorkMail": self._one_of(None, "", f"w{number}@skole.example"),
            "PrivateMail": self._one_of(None, f"p{number}@post.example"),
            "PhoneNumber": self._one_of(None, f"00{number:06d}"),
            "MobilePhone": self._one_of("", f"01{number:06d}"),
            "Adresse": self._one_of(None, f"Ågade {number}"),
            "PostNummer": "9990",
            "City": self._one_of("Ærøskøbing", None),
        }

    def _add_person(self, *, student: bool) -> None:
        person = self._person()
        if not student:
            self.rows.append(self._row(person, None, 0, None))
            if self._chance(0.2):
                name = self._one_of("Vejledning", "it-støtte", "Lt-gruppe", "Køkken")
                guide = {"AktivitetsID": f"V-{name}", "Aktivitet": name}
                guide |= {"StartDato": self._one_of(None, "01-09-2026"), "SlutDato": ""}
                self.rows.append(self._row(person, None, 0, None) | guide)
        kinds = [1] if student else [0]
        if self._chance(0.04):
            kinds = [0, 1]
        for kind in kinds:
            for activity in self._n.sample(self._activities, self._one_of(1, 1, 2)):
                count = self._one_of(0, 1, 2, 3) if kind else self._one_of(0, 1)
                for subject in self._subjects(count):
                    self.rows.append(self._row(person, activity, kind, subject))

    def _subjects(self, count: int) -> list[str | None]:
        return [*self._n.sample(_SUBJECTS, count)] if count else [None]

    def _row(self, person: Facts, activity: Facts | None, kind: int, subject: str | None) -> Facts:
        row = {**person, "UserTypes_ID": kind, "SKFA_ID": None}
        if activity is None:
            starts = self._one_of(None, None, "", "01-08-2026", "01-02-2027")
            ends = self._one_of(None, None, None, "", "31-07-2027", "18-12-2026")
            if starts == "01-02-2027" and ends == "18-12-2026":
                ends = ""
            place = dict.fromkeys(key for key in self._activities[0] if not key.islower())
            place["Skolekode"] = self._one_of("280051", "280052 ", None)
            return row | place | _subject(None, None) | {"StartDato": starts, "SlutDato": ends}
        starts, ends = activity["starts"], activity["ends"]
        if self._chance(0.12):
            starts = min(ends, starts + dt.timedelta(days=self._one_of(1, 14, 60)))
        if self._chance(0.12):
            ends = max(starts, ends - dt.timedelta(days=self._one_of(1, 20, 45)))
        elif self._chance(0.1):
            ends = ends + dt.timedelta(days=self._one_of(1, 40))
        row |= {key: value for key, value in activity.items() if not key.islower()}
        row |= _subject(subject, self._one_of(None, 0, 1))
        row["StartDato"] = None if self._chance(0.04) else written(starts)
        row["SlutDato"] = None if self._chance(0.04) else written(ends)
        return self._disagree(row)

    def _disagree(self, row: Facts) -> Facts:
        """What the rows of one person or one class say differently, and odd spellings."""
        changed = dict(row)
        if self._chance(0.05):
            changed["StudieNr"] = self._one_of(str.upper, str.title)(row["StudieNr"])
        if self._chance(0.03):
            changed["Fornavne"] = _decomposed(row["Fornavne"])
        if self._chance(0.03):
            changed["Fornavne"] = f"  {row['Fornavne'].replace(' ', '   ')}\t"
            changed["StudieNr"] = f" {row['StudieNr']} "
        if self._chance(0.05):
            changed["WorkMail"] = self._one_of("", "zz@skole.example", "aa@skole.example")
            changed["PrivateMail"] = self._one_of(None, "aa@post.example")
            changed["MobilePhone"] = self._one_of(None, "0299", " 02  99 ")
            changed["Adresse"] = self._one_of(None, "Åvej  1")
        if self._chance(0.02):
            changed["SecretAddress"] = 1
        if self._chance(0.03):
            changed["Aktivitet"] = f"{row['Aktivitet']} x"
        elif self._chance(0.03):
            changed["Aktivitet"] = f" {_decomposed(row['Aktivitet']).replace(' ', '  ')}"
        if self._chance(0.05):
            changed["ActivityDisplayName"] = self._one_of(None, "Klassen", " ")
        if self._chance(0.04) and row["Kort_Betegnelse"]:
            changed["Kort_Betegnelse"] = f"{row['Kort_Betegnelse']}2"
        if self._chance(0.05):
            changed["Department"] = self._one_of("tech", "Business", None, "Tech")
            changed["Education"] = self._one_of("HHX", None, "HTX")
        if self._chance(0.05):
            changed["ExtraField1"] = self._one_of("Brobygning", "Andet", None)
        return changed | self._odd_dates(row)

    def _odd_dates(self, row: Facts) -> Facts:
        changed: Facts = {}
        if self._chance(0.03):
            ends = self._one_of("28-06-2027", " 28-06-2027\t", "31-12-9999")
            changed["Aktiviteter_SlutDato"] = ends
        if self._chance(0.02):
            changed["StartDato"] = self._one_of(
                "01-01-1900", " 03-08-2026 ", "\u00a0", "01-01-0001"
            )
        if self._chance(0.01) and row["AktivitetsID"]:
            number = row["AktivitetsID"]
            changed["AktivitetsID"] = self._one_of(number.lower(), f" {number} ")
        return changed

    # Odd rows ----------------------------------------------------------------------------------

    def _odd_rows(self, count: int) -> None:
        """Problem rows of every kind, and the user that is never touched."""
        for _ in range(count):
            self._break(dict(self._n.choice(self.rows)), keep=True)
        person = {
            **self._person(),
            "StudieNr": self._one_of("UMSTimetableUser", "umstimetableuser"),
        }
        self.rows.append(self._row(person, self._n.choice(self._activities), 0, None))

    def _break(self, row: Facts, *, keep: bool) -> Facts:
        """Give a row a fault; ``keep`` adds it as one more row."""
        faults: list[Facts] = [
            {"StartDato": "31-02-2026"},
            {"SlutDato": "1-8-2026"},
            {"Aktiviteter_StartDato": "2026-08-01"},
            {"StartDato": "01-10-2026", "SlutDato": "30-09-2026"},
            {"Aktiviteter_StartDato": "01-10-2026", "Aktiviteter_SlutDato": "30-09-2026"},
            {"StudieNr": self._one_of(None, "", "   ")},
            {"StudieNr": "x" * 65},
            {"Fornavne": " "},
            {"Efternavn": None},
            {"StartDato": "29-02-2027"},
            {"SlutDato": "10.08.2026"},
            {"SlutDato": "10-08-26"},
            {"Aktiviteter_SlutDato": "00-00-0000"},
            {"StartDato": "10-08-2026 00:00"},
            {"AktivitetsID": "A1", "Aktivitet": ""},
            {"AktivitetsID": None, "Aktivitet": "E26 1a"},
        ]
        row |= self._n.choice(faults)
        if keep:
            self.rows.append(row)
        return row

    # What happens in a year --------------------------------------------------------------------

    def pass_time(self) -> None:
        """Some of everything that a new import may bring."""
        events = (
            self._some_rows_vanish,
            self._rows_come_back,
            self._class_vanishes,
            self._class_changes_name,
            self._class_moves,
            self._class_breaks,
            self._rows_break,
            self._rows_are_mended,
            self._person_changes,
            self._department_changes_name,
            self._person_becomes_an_employee,
            self._box_is_ticked,
            self._name_conflict,
            self._people_arrive,
            self._people_stop,
        )
        for event in events:
            if self._chance(0.3):
                event()

    def _of_class(self) -> list[Facts]:
        activity = self._n.choice(self._activities)["AktivitetsID"]
        return [row for row in self.rows if row["AktivitetsID"] == activity]

    def _of_person(self) -> list[Facts]:
        name = self._n.choice(self.rows)["StudieNr"]
        folded = str(name).strip().casefold()
        return [row for row in self.rows if str(row["StudieNr"]).strip().casefold() == folded]

    def _take_out(self, rows: list[Facts]) -> None:
        if rows and len(rows) < len(self.rows) / 2:
            gone = {id(row) for row in rows}
            self.rows = [row for row in self.rows if id(row) not in gone]
            self._stash.append(rows)

    def _some_rows_vanish(self) -> None:
        self._take_out(self._n.sample(self.rows, len(self.rows) // 30))
        self._take_out(self._of_person())

    def _class_vanishes(self) -> None:
        self._take_out(self._of_class())

    def _rows_come_back(self) -> None:
        if self._stash:
            self.rows += self._stash.pop(self._n.randrange(len(self._stash)))

    def _class_changes_name(self) -> None:
        addition = self._one_of(" ny", " B", "")
        for row in self._of_class():
            row["Aktivitet"] = f"{row['Aktivitet']}{addition}"
            row["ActivityDisplayName"] = self._one_of("Nyt navn")

    def _class_moves(self) -> None:
        place, education = self._n.choice(_PLACES), self._n.choice(_EDUCATIONS)
        for row in self._of_class():
            row |= {"DepartmentID": place[0], "Department": place[1], "Skolekode": place[2]}
            row |= {"EducationID": education[0], "Education": education[1]}

    def _department_changes_name(self) -> None:
        number = self._one_of("D10", "D20")
        name = self._one_of("Business", "Erhverv", "Teknik")
        for row in self.rows:
            if row["DepartmentID"] == number:
                row["Department"] = name

    def _person_becomes_an_employee(self) -> None:
        for row in self._of_person():
            row["UserTypes_ID"] = self._one_of(0, 1)

    def _box_is_ticked(self) -> None:
        """An administrator changes one setting in the middle of the year."""
        setting = self._n.choice(self.settings["itslearning_setting"])
        change = self._one_of(
            ("StudentMobilePhone", self._one_of(0, 1)),
            ("EmployeeMail", self._one_of(0, 1)),
            ("MaintainTemplateGroups", self._one_of(0, 1)),
            ("SQLGroups", self._one_of(None, "Vejl%")),
            ("RemoveLearnerMethod", self._one_of("Finished", "DeletedInAD")),
            ("DeleteSites", self._one_of("Auto", "Manual")),
            ("DeleteDaysAfterEnd", self._one_of(0, 10)),
            ("TeacherRole", self._one_of("Instructor", "Member")),
            ("ActivitySites", self._one_of("All", "LMS")),
            ("CreateDaysBefore", self._one_of(14, 30)),
        )
        setting[change[0]] = change[1]

    def _class_breaks(self) -> None:
        for row in self._of_class():
            row["StartDato"] = "00-00-0000"

    def _rows_break(self) -> None:
        for row in self._n.sample(self.rows, 2):
            self._break(row, keep=False)

    def _rows_are_mended(self) -> None:
        for row in self.rows:
            if row["StartDato"] in ("31-02-2026", "00-00-0000"):
                row["StartDato"] = "10-08-2026" if not row["SlutDato"] else None

    def _person_changes(self) -> None:
        changes = {"Efternavn": self._n.choice(_LAST), "MobilePhone": "0300"}
        for row in self._of_person():
            row.update(changes)

    def _name_conflict(self) -> None:
        self._n.choice(self.rows)["Efternavn"] = "Anderledes"

    def _people_arrive(self) -> None:
        for _ in range(3):
            self._add_person(student=self._chance(0.8))

    def _people_stop(self) -> None:
        for row in self._of_person():
            row["SlutDato"] = self._one_of("18-12-2026", "10-08-2026")


def _subject(subject: str | None, ticked: int | None) -> Facts:
    return {"Skolefag": subject, "Skolefag_LMS": ticked if subject else None}
