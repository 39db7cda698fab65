"""The words of the page for a school, in the languages of the schools that use it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the page says, in one language."""

    language: str
    title: str
    planned_for: str
    carried_out: str
    not_carried_out: str
    without_school: str
    leavers: str
    starters: str
    moves: str
    archived: str
    name: str
    school_class: str
    before: str
    after: str
    course: str
    remark: str
    nobody: str
    nothing: str
    held: str
    postponed: str
    failed: str
    skipped: str
    more: str
    explains: str
    months: tuple[str, ...]

    def day(self, day: dt.date) -> str:
        """A day as people of the language write it."""
        point = "." if self.language in {"da", "nb"} else ""
        return f"{day.day}{point} {self.months[day.month - 1]} {day.year}"


ENGLISH = Words(
    language="en",
    title="Changes in itslearning",
    planned_for="For",
    carried_out="Carried out.",
    not_carried_out="Planned, not carried out.",
    without_school="Without a school",
    leavers="Leavers",
    starters="Starters",
    moves="Changes of class",
    archived="Courses put away",
    name="Name",
    school_class="Class",
    before="From",
    after="To",
    course="Course",
    remark="Remark",
    nobody="Nobody.",
    nothing="Nothing changes.",
    held="waits for approval",
    postponed="postponed",
    failed="did not succeed",
    skipped="left out",
    more="… and {count} more. The whole list is in the workbook of the same run.",
    explains="Leavers lose their access to itslearning. A course that is put away keeps its "
    "content; its teachers find it in the archive.",
    months=("January", "February", "March", "April", "May", "June", "July", "August", "September",
            "October", "November", "December"),
)  # fmt: skip
DANISH = Words(
    language="da",
    title="Ændringer i itslearning",
    planned_for="For",
    carried_out="Gennemført.",
    not_carried_out="Planlagt, ikke gennemført.",
    without_school="Uden skole",
    leavers="Fratrådte og udmeldte",
    starters="Nye",
    moves="Klasseskift",
    archived="Arkiverede fag",
    name="Navn",
    school_class="Klasse",
    before="Fra",
    after="Til",
    course="Fag",
    remark="Bemærkning",
    nobody="Ingen.",
    nothing="Intet ændres.",
    held="venter på godkendelse",
    postponed="udsat",
    failed="lykkedes ikke",
    skipped="udeladt",
    more="… og {count} flere. Hele listen står i regnearket fra samme kørsel.",
    explains="De udmeldte mister deres adgang til itslearning. Et arkiveret fag beholder sit "
    "indhold; lærerne finder det i arkivet.",
    months=("januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september",
            "oktober", "november", "december"),
)  # fmt: skip
NORWEGIAN = Words(
    language="nb",
    title="Endringer i itslearning",
    planned_for="For",
    carried_out="Gjennomført.",
    not_carried_out="Planlagt, ikke gjennomført.",
    without_school="Uten skole",
    leavers="Sluttet",
    starters="Nye",
    moves="Klassebytter",
    archived="Arkiverte fag",
    name="Navn",
    school_class="Klasse",
    before="Fra",
    after="Til",
    course="Fag",
    remark="Merknad",
    nobody="Ingen.",
    nothing="Ingenting endres.",
    held="venter på godkjenning",
    postponed="utsatt",
    failed="lyktes ikke",
    skipped="utelatt",
    more="… og {count} til. Hele listen står i regnearket fra samme kjøring.",
    explains="De som slutter, mister tilgangen til itslearning. Et arkivert fag beholder "
    "innholdet; lærerne finner det i arkivet.",
    months=("januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september",
            "oktober", "november", "desember"),
)  # fmt: skip
SWEDISH = Words(
    language="sv",
    title="Ändringar i itslearning",
    planned_for="För",
    carried_out="Genomfört.",
    not_carried_out="Planerat, inte genomfört.",
    without_school="Utan skola",
    leavers="Slutar",
    starters="Nya",
    moves="Klassbyten",
    archived="Arkiverade kurser",
    name="Namn",
    school_class="Klass",
    before="Från",
    after="Till",
    course="Kurs",
    remark="Anmärkning",
    nobody="Ingen.",
    nothing="Inget ändras.",
    held="väntar på godkännande",
    postponed="uppskjuten",
    failed="lyckades inte",
    skipped="utelämnad",
    more="… och {count} till. Hela listan finns i kalkylarket från samma körning.",
    explains="De som slutar förlorar sin åtkomst till itslearning. En arkiverad kurs behåller "
    "sitt innehåll; lärarna hittar den i arkivet.",
    months=("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
            "oktober", "november", "december"),
)  # fmt: skip

LANGUAGES: dict[str, Words] = {
    words.language: words for words in (ENGLISH, DANISH, NORWEGIAN, SWEDISH)
}
