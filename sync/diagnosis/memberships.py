"""Why is this person not in this room? The three documented questions (ums.md 2.14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sync.diagnosis import persons, rooms
from sync.diagnosis.known import Asked, KnownPerson, KnownRoom, Row, Said
from sync.diagnosis.rooms import MEND_LINK, STILL_MISSING, link_lost
from sync.diagnosis.wording import change_steps, change_value, change_words, day
from sync.findings import Diagnosis, Fact


@dataclass(frozen=True, slots=True)
class KnownMembership:
    """What is known of one person in one room. ``rows`` are those on the room's activities;
    ``live`` is the role at itslearning, empty where it has none and None where nobody knows;
    ``kept`` where it is wanted only because it is left as it is (rules.md 2 and 8)."""

    wanted: str  # the role, empty where UMS does not want it
    reason: str
    held: str  # the role that was last sent, empty for none
    live: str | None
    rows: Sequence[Row]
    change: Said | None = None
    error: Said | None = None
    kept: bool = False


def membership_answer(
    person: KnownPerson, room: KnownRoom, member: KnownMembership, asked: Asked
) -> Diagnosis:
    """Does the course exist, does the user exist, is the link there?"""
    summary, steps = _answer(person, room, member, asked)
    away = ["Ask again when everything answers; until then this is the last that was known."]
    return Diagnosis(
        summary=summary,
        facts=tuple(_facts(person, room, member, asked)),
        next=tuple(dict.fromkeys([*steps, *(away if asked.away else [])])),
    )


def _answer(
    person: KnownPerson, room: KnownRoom, member: KnownMembership, asked: Asked
) -> tuple[str, list[str]]:
    who, what = persons.called(person), room.title or room.key
    if not rooms.there(room):
        answer = rooms.room_answer(room, asked)
        why = answer.summary.replace("There is no room", "there is no room", 1)
        return f"{who} cannot be in {what}: {why}", list(answer.next)
    if not persons.there(person):
        answer = persons.person_answer(person, asked)
        return answer.summary, list(answer.next)
    if link_lost(room):
        answer = rooms.room_answer(room, asked)
        return f"{who} is in itslearning, but {answer.summary}", list(MEND_LINK)
    there = bool(member.live) if member.live is not None else bool(member.held)
    role = member.live or member.held
    if there and member.kept:
        words = f"{who} is in {what} as {role}, and stays there: {_why_kept(person)}."
        return words, list(persons.to_mend(person))
    if there:
        return _there(who, what, role, member)
    return _missing(who, what, member, asked)


def _there(who: str, what: str, role: str, member: KnownMembership) -> tuple[str, list[str]]:
    steps = [STILL_MISSING, *MEND_LINK]
    if not member.wanted and member.change is not None:
        words = change_words(member.change, "the membership")
        because = f" ({member.reason})" if member.reason else ""
        return (
            f"{who} is in {what} as {role}, although UMS does not want it today{because}: {words}."
        ), change_steps(member.change)
    if not member.wanted:
        return _unwanted_there(who, what, role, member)
    return f"{who} is in {what} as {role}, and {what} is at itslearning.", steps


def _unwanted_there(
    who: str, what: str, role: str, member: KnownMembership
) -> tuple[str, list[str]]:
    """Somebody is there whom UMS does not want there, and no plan takes away."""
    if not member.held:
        words = "not by a sync of this program, and UMS does not want it"
        return f"{who} is in {what} as {role}, but {words}; a sync leaves it as it is.", []
    because = f" ({member.reason})" if member.reason else ""
    return (
        f"{who} is in {what} as {role}, although UMS does not want it today{because}: the last "
        "plan did not know of it."
    ), ["Make a plan: umstui plan"]


def _missing(who: str, what: str, member: KnownMembership, asked: Asked) -> tuple[str, list[str]]:
    start = f"{who} is in itslearning, but not in {what}"
    cases = _sentences_wanted(member) if member.wanted else _sentences_unwanted(what, member, asked)
    words, steps = next(cases)
    return f"{start}: {words}.", steps


def _sentences_wanted(member: KnownMembership) -> Iterator[tuple[str, list[str]]]:
    """Why somebody whom UMS wants there is not, and what to do; the first one holds."""
    if member.change is not None:
        yield change_words(member.change, "the membership"), change_steps(member.change)
    if member.error is not None:
        yield change_words(member.error, "the membership"), change_steps(member.error)
    if member.held:
        yield (
            "the membership was sent, but somebody took it away at itslearning",
            ["Plan against what is there: umstui plan --live"],
        )
    yield "UMS wants it, the last plan did not know of it", ["Make a plan: umstui plan"]


def _sentences_unwanted(
    what: str, member: KnownMembership, asked: Asked
) -> Iterator[tuple[str, list[str]]]:
    """Why UMS does not want somebody there, and what to do; the first one holds."""
    correct = ["If that is wrong, correct the row in the administrative system, then plan again."]
    if not member.rows:
        put = f"Put the person on {what} in the administrative system, then plan again."
        yield "no row of UMS puts the person there", [put]
    if faulty := [row for row in member.rows if row.trouble]:
        yield f"the row in UMS is faulty ({faulty[0].trouble})", correct
    ended = [row for row in member.rows if row.ends is not None and row.ends < asked.day]
    if member.rows and len(ended) == len(member.rows):
        row = max(ended, key=lambda row: row.ends or asked.day)
        yield f"the row on {row.activity} ended {day(row.ends or asked.day)}", correct
    yield member.reason or "UMS does not want it today", correct


def _facts(
    person: KnownPerson, room: KnownRoom, member: KnownMembership, asked: Asked
) -> Iterator[Fact]:
    for reason in asked.away:
        yield Fact("not asked", reason, "")
    course = _said(rooms.there(room), room.live_known, rooms.called(room))
    yield Fact("1 the course exists", course, asked.live if room.live_known else asked.held)
    user = _said(persons.there(person), person.live_known, persons.called(person))
    yield Fact("2 the user exists", user, asked.live if person.live_known else asked.held)
    live = member.live
    link = f"yes, as {live}" if live else "no" if live is not None else (
        f"sent as {member.held}; not asked at itslearning" if member.held else "never sent"
    )  # fmt: skip
    yield Fact("3 the link is there", link, asked.live if live is not None else asked.held)
    for row in member.rows:
        yield Fact("UMS row", persons.row_words(row), asked.ums)
    if not member.rows:
        yield Fact("UMS row", "none of this person on this room's activities", asked.ums)
    wanted = f"as {member.wanted}" if member.wanted else "no"
    reason = f": {why}" if (why := _why(person, room, member)) else ""
    yield Fact("wanted", f"{wanted}{reason}", "rules.md 13, today")
    yield Fact("held", f"as {member.held}" if member.held else "no", asked.held)
    if room.path:
        yield Fact("place", " > ".join(room.path), room.decided_by or asked.held)
    for change in (member.change, member.error):
        if change is not None:
            yield Fact("planned", change_value(change), f"run {change.run}")


def _why(person: KnownPerson, room: KnownRoom, member: KnownMembership) -> str:
    if member.kept:
        return _why_kept(person)
    if member.rows and not any(row.templates for row in member.rows):
        return "no template of UMS for this site takes the rows"
    if member.rows and not room.wanted:
        return "the room itself is not wanted"
    return member.reason


def _why_kept(person: KnownPerson) -> str:
    faulty = next((row for row in person.rows if row.trouble), None)
    if faulty is None:
        return "a sync never touches this person"
    return (
        f"a row of UMS is faulty ({faulty.trouble}: {faulty.where}), and as long as it is nothing "
        "is taken away"
    )


def _said(there: bool, known: bool, what: str) -> str:
    answer = "yes" if there else "no"
    return f"{answer}: {what}" if known else f"{answer}, as it was last sent: {what}"
