"""Where is this person, and why?"""

from __future__ import annotations

from collections.abc import Iterator

from sync.diagnosis.known import Asked, KnownPerson, Row
from sync.diagnosis.wording import change_steps, change_value, change_words, day, period
from sync.findings import Diagnosis, Fact, Finding, FindingClass

_TIMETABLE_USER = "umstimetableuser"  # rules.md 8


def person_answer(person: KnownPerson, asked: Asked) -> Diagnosis:
    """The answer for one person: UMS, wanted, held, itslearning, and what stands in between."""
    return Diagnosis(
        summary=_summary(person, asked),
        facts=tuple(person_facts(person, asked)),
        next=tuple(dict.fromkeys(_steps(person, asked))),
    )


def called(person: KnownPerson) -> str:
    """``Anna Holm (anna01)``."""
    return f"{person.name} ({person.key})" if person.name else person.key


def there(person: KnownPerson) -> bool:
    """Whether the person is at itslearning, as far as is known."""
    if stands_in_the_way(person):
        return False
    return person.live is not None if person.live_known else person.held


def stands_in_the_way(person: KnownPerson) -> bool:
    """Whether the account at itslearning has the user name of somebody whom UMS wants, and not the
    key: perhaps the person's own, perhaps another's."""
    live = person.live
    has_key = live is None or (live.key or "").casefold() == person.key.casefold()
    return person.wanted and not person.held and not has_key


def _open(person: KnownPerson) -> list[Finding]:
    """The findings that nobody has decided on, or has put off."""
    return [one for one in person.findings if one.decided is None or one.decided.answer == "later"]


def _summary(person: KnownPerson, asked: Asked) -> str:
    who = called(person)
    if not (person.rows or person.held or person.live or person.trashed):
        seen = "" if person.live_known else ", as far as is known without asking it,"
        return (
            f"Nobody has the key {person.key}: not in UMS, not sent{seen} and not at itslearning."
        )
    if person.live is not None and person.live.administrator:
        return f"{who} is an administrator at itslearning and is never touched by a sync."
    if person.key.casefold() == _TIMETABLE_USER:
        return f"{who} is the user of the timetable at itslearning and is never touched by a sync."
    others = [one for one in _open(person) if one.cls is not FindingClass.USERNAME_TAKEN]
    second = " A second account may be this person's." if others else ""
    where = _wanted(person, who) if person.wanted else _unwanted(person, who, asked)
    return next(where) + second


def _wanted(person: KnownPerson, who: str) -> Iterator[str]:
    """Sentences on somebody whom UMS wants, of which the first one holds."""
    change, error = person.change, person.error
    if (there(person) and not person.held) or stands_in_the_way(person):
        yield _not_from_here(person, who)
    if there(person):
        rooms = len(person.rooms)
        plural = "" if rooms == 1 else "s"
        where = f"in {rooms} room{plural} and groups" if rooms else "in no room or group of a sync"
        waiting = [one for one in person.changes if one.status in {"planned", "held"}]
        count = "1 change" if len(waiting) == 1 else f"{len(waiting)} changes"
        are = "is" if len(waiting) == 1 else "are"
        tail = f"; {count} of run {waiting[0].run} {are} open" if waiting else ""
        if not person.live_known:
            tail += "; that is what was last sent, itslearning itself was not asked"
        yield f"{who} is in itslearning as UMS has it, {where}{tail}."
    if person.held:
        yield f"{who} was sent but is not at itslearning: somebody deleted the account there."
    if person.old_key:
        second = change_words(change, "a second one") if change else "the next plan would make two"
        yield (
            f"{who} is not in itslearning under this key, but has an account as {person.old_key}, "
            f"by the administrative id: {second}."
        )
    if error is not None and error.kind == "person" and not (change and change.status == "planned"):
        yield f"{who} is not in itslearning: {change_words(error, 'the account')}."
    if change is not None:
        yield f"{who} is not in itslearning yet: {change_words(change, 'the account')}."
    yield f"{who} is not in itslearning yet: UMS wants it, the last plan did not know of it."


def _not_from_here(person: KnownPerson, who: str) -> str:
    live = person.live
    if live is not None and stands_in_the_way(person):
        return (
            f"{who} is not in itslearning under this key: the user name {live.user_name} is taken "
            f"there by the account of {live.first_name} {live.last_name}, which does not have it."
        )
    return (
        f"{who} is in itslearning, but was not made by a sync from here; the next plan takes "
        "the account over."
    )


def _unwanted(person: KnownPerson, who: str, asked: Asked) -> Iterator[str]:
    """Sentences on somebody whom UMS does not want, of which the first one holds."""
    why = _why_not_wanted(person, asked)
    if not there(person):
        in_trash = " The account lies in itslearning's trash." if person.trashed else ""
        yield f"{who} is not in itslearning: {why}.{in_trash}"
    if not person.held:
        yield f"{who} is in itslearning, but not from a sync: {why}."
    if person.kept:
        yield f"{who} stays in itslearning as last sent, and nothing is changed: {why}."
    if person.exceptions:
        keep = person.exceptions[0]
        yield (
            f"{who} is still in itslearning, although {why}: an exception keeps the account until "
            f"{day(keep.until)} ({keep.reason})."
        )
    still = f"{who} is still in itslearning, although {why}"
    if person.postponed is not None:
        yield f"{still}: the delete waits until {day(person.postponed.due)}."
    if any(row.trouble for row in person.rows):
        yield f"{who} stays in itslearning as it is: {why}."
    if person.change is not None:
        yield f"{still}: {change_words(person.change, 'the account')}."
    yield f"{still}; the next plan would delete the account."


def _why_not_wanted(person: KnownPerson, asked: Asked) -> str:
    return next(_reasons_not_wanted(person, asked))


def _reasons_not_wanted(person: KnownPerson, asked: Asked) -> Iterator[str]:
    """Why UMS does not want somebody; the first one holds."""
    rows = person.rows
    if not rows and person.other_key:
        yield f"no row of UMS has this key; its administrative id is now {person.other_key}'s"
    if not rows:
        yield "no row of UMS names this person"
    faulty = [row for row in rows if row.trouble]
    if len(faulty) == len(rows):
        yield f"the rows in UMS are faulty ({faulty[0].trouble})"
    if not any(row.templates for row in rows):
        yield "no template of UMS for this site takes the rows"
    sound = [row for row in rows if not row.trouble and row.templates]
    ended = [row.ends for row in sound if row.ends is not None and row.ends < asked.day]
    if ended and len(ended) == len(sound):
        yield f"the last row in UMS ended {day(max(ended))}"
    starts = [row.starts for row in sound if row.starts is not None and row.starts > asked.day]
    if starts:
        yield f"the row in UMS begins {day(min(starts))}"
    yield person.reason or "UMS does not want it today"


def person_facts(person: KnownPerson, asked: Asked) -> Iterator[Fact]:
    """What the answer rests on, source by source."""
    for reason in asked.away:
        yield Fact("not asked", reason, "")
    if not person.rows:
        yield Fact("UMS", "no row names this person", asked.ums)
    for row in person.rows:
        yield Fact("UMS row", row_words(row), asked.ums)
    if person.rows:
        templates = sorted({name for row in person.rows for name in row.templates})
        yield Fact("template", ", ".join(templates) or "none takes the rows", "rules.md 5")
    reason = f": {person.reason}" if person.reason else ""
    yield Fact("wanted", f"{'yes' if person.wanted else 'no'}{reason}", "rules.md 6 and 7, today")
    held = f"yes, {person.since}" if person.held else "no"
    yield Fact("held", held, asked.held)
    if person.live is not None:
        live = person.live
        name = f"{live.first_name} {live.last_name}"
        value = f"{name}, user name {live.user_name}, key {live.key or 'none'}, {live.role}"
        yield Fact("at itslearning", value, asked.live)
    else:
        yield Fact("at itslearning", "no" if person.live_known else "not known", asked.live)
    for key, title, role in person.rooms:
        yield Fact("in", f"{title} ({key}) as {role}", asked.held)
    for change in person.changes:
        yield Fact(
            f"planned {change.kind}", f"{change.label}: {change_value(change)}", f"run {change.run}"
        )
    yield from _beside(person, asked)


def _beside(person: KnownPerson, asked: Asked) -> Iterator[Fact]:
    """What stands beside the way from UMS to itslearning."""
    if person.error is not None:
        yield Fact("last error", person.error.message, f"run {person.error.run}")
    if person.postponed is not None:
        postponed = person.postponed
        value = f"delete missing since {postponed.first_missing}, due {postponed.due}"
        yield Fact("postponed", value, f"ledger, {postponed.state}")
    for keep in person.exceptions:
        yield Fact("kept", f"until {keep.until}: {keep.reason}", f"exception {keep.id}")
    for finding in person.findings:
        others = ", ".join(
            f"{account.name} ({account.key or account.user_name})"
            for account in finding.accounts
            if account.key.casefold() != person.key.casefold()
        )
        evidence = "; ".join(part for part in (others, *finding.because) if part)
        said = finding.decided
        decided = f"; {said.answer}, says {said.operator}" if said is not None else ""
        words = f"{finding.cls}, {finding.strength}: {evidence}{decided}"
        yield Fact("duplicate", words, f"duplicate {finding.id}")
    if person.old_key:
        words = f"{person.old_key} has the same administrative id"
        yield Fact("held as another", words, asked.held)
    if person.trashed:
        yield Fact("trash", "the key lies in itslearning's trash", asked.held)


def _if_wrong(person: KnownPerson) -> Iterator[str]:
    """Where to look when somebody ought to be wanted and is not."""
    if person.other_key:
        yield (
            f"If both are one person, search with umstui duplicates list before {person.other_key} "
            "is made: resolving it gives the account the new key."
        )
    elif person.rows and not any(row.templates for row in person.rows):
        yield "If that is wrong, look at the filter and user type of the templates in UMS."
    elif person.rows:
        yield "If that is wrong, correct the dates in the administrative system."
    elif person.held:
        yield "If that is wrong, find out in the administrative system why the row is gone."


def row_words(row: Row) -> str:
    """A row in a line."""
    state = row.trouble or ("counts today" if row.counts else "does not count today")
    kind = "employee" if row.employee else "student"
    return f"{row.where}, {kind}, {period(row.starts, row.ends)}: {state}"


def to_mend(person: KnownPerson) -> Iterator[str]:
    """The step that mends the first faulty row of the person, where there is one."""
    for row in person.rows:
        if row.trouble:
            yield f"Mend the row in the administrative system: {row.trouble} ({row.where})."
            return


def _steps_of_findings(person: KnownPerson) -> Iterator[str]:
    found = _open(person)
    if stands_in_the_way(person) and not found:
        yield "See whose account it is, and give it the key or not: umstui duplicates list"
    for finding in found:
        yield f"Look at what was found: umstui duplicates show {finding.id}"


def _steps(person: KnownPerson, asked: Asked) -> Iterator[str]:
    faulty = any(row.trouble for row in person.rows)
    yield from to_mend(person)
    if not person.rows and not person.held and person.live is None:
        yield "Look the person up by name in UMS: the key may be spelled otherwise."
    if person.wanted and person.held and person.live_known and person.live is None:
        yield "Plan against what is there: umstui plan --live"
    change = person.change
    if person.old_key and not there(person):
        yield (
            "Before a run makes it, search with umstui duplicates list: resolving the finding "
            f"gives the account of {person.old_key} the key {person.key}."
        )
    elif change is not None:
        yield from change_steps(change)
    elif waiting := [one for one in person.changes if one.status in {"planned", "held"}]:
        yield from change_steps(waiting[0])
    elif person.wanted and person.held and not there(person):
        pass  # said above
    elif person.other_key or stands_in_the_way(person):
        pass  # said below: a plan would delete the account, or be refused
    elif person.wanted != there(person) and not faulty and (person.wanted or person.held):
        yield "Make a plan: umstui plan"
    yield from _steps_of_findings(person)
    if not person.wanted and not faulty:
        yield from _if_wrong(person)
    if asked.away:
        yield "Ask again when everything answers; until then this is the last that was known."
