"""What teachers are told of a window, in the languages of the schools: the main complaint during a
delay delete is that classes look half changed (itslearning-operations.md 3)."""

from __future__ import annotations

import datetime as dt

from sync.windows import Window, WindowType

LANGUAGES = ("en", "da", "nb", "sv")

_DAY = {
    "en": "{d.day} {month} {d.year}",
    "da": "{d.day}. {month} {d.year}",
    "nb": "{d.day}. {month} {d.year}",
    "sv": "{d.day} {month} {d.year}",
}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "nb": "januar februar mars april mai juni juli august september oktober november desember",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
}
_DELAY = {
    "en": "From {first} to {last} nobody is removed from rooms and groups in itslearning. New "
    "pupils and new classes appear as usual, but those who have left stay in sight, so a class may "
    "show both last year's and this year's pupils. That is on purpose: work that was handed in "
    "stays within reach. From {after} the old memberships go. You need not do anything.",
    "da": "Fra {first} til {last} fjernes ingen fra rum og grupper i itslearning. Nye elever og "
    "nye klasser kommer som sædvanligt, men de, der er gået ud, kan stadig ses, så en klasse kan "
    "vise både sidste og dette skoleårs elever. Det er med vilje: afleverede opgaver er fortsat "
    "til at få fat i. Fra {after} forsvinder de gamle medlemskaber. I behøver ikke gøre noget.",
    "nb": "Fra {first} til {last} fjernes ingen fra rom og grupper i itslearning. Nye elever og "
    "nye klasser kommer som vanlig, men de som har sluttet, er fortsatt synlige, så en klasse kan "
    "vise både fjorårets og årets elever. Det er med hensikt: innleverte oppgaver er fortsatt "
    "tilgjengelige. Fra {after} forsvinner de gamle medlemskapene. Dere trenger ikke å gjøre noe.",
    "sv": "Från {first} till {last} tas ingen bort från rum och grupper i itslearning. Nya elever "
    "och nya klasser kommer som vanligt, men de som har slutat syns fortfarande, så en klass kan "
    "visa både förra årets och årets elever. Det är avsiktligt: inlämnade arbeten går fortfarande "
    "att nå. Från {after} försvinner de gamla medlemskapen. Ni behöver inte göra något.",
}
_FREEZE = {
    "en": "From {first} to {last} nothing changes in itslearning: no new pupils, no new classes, "
    "nobody is removed. Changes in the school's records are kept and show in itslearning from "
    "{after}. You need not do anything.",
    "da": "Fra {first} til {last} ændres intet i itslearning: ingen nye elever, ingen nye klasser, "
    "og ingen fjernes. Ændringer i skolens oplysninger gemmes og ses i itslearning fra {after}. "
    "I behøver ikke gøre noget.",
    "nb": "Fra {first} til {last} endres ingenting i itslearning: ingen nye elever, ingen nye "
    "klasser, og ingen fjernes. Endringer i skolens opplysninger tas vare på og vises i "
    "itslearning fra {after}. Dere trenger ikke å gjøre noe.",
    "sv": "Från {first} till {last} ändras ingenting i itslearning: inga nya elever, inga nya "
    "klasser, och ingen tas bort. Ändringar i skolans uppgifter sparas och syns i itslearning från "
    "{after}. Ni behöver inte göra något.",
}
_SCHOOL = {
    "en": "This is about {school}. ",
    "da": "Dette gælder {school}. ",
    "nb": "Dette gjelder {school}. ",
    "sv": "Detta gäller {school}. ",
}


def text_for_teachers(window: Window, language: str) -> str:
    """A paragraph for teachers in en, da, nb or sv. KeyError for another language."""
    texts = _FREEZE if window.type is WindowType.FREEZE else _DELAY
    about = _SCHOOL[language].format(school=window.school) if window.school else ""
    return about + texts[language].format(
        first=_spoken(window.begins, language),
        last=_spoken(window.ends, language),
        after=_spoken(window.ends + dt.timedelta(days=1), language),
    )


def _spoken(day: dt.date, language: str) -> str:
    month = _MONTHS[language].split()[day.month - 1]
    return _DAY[language].format(d=day, month=month)
