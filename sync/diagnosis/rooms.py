"""Where is this room, and why?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.diagnosis.known import Asked, KnownRoom
from sync.diagnosis.wording import change_steps, change_value, change_words, day, period
from sync.findings import Diagnosis, Fact

# itslearning shows no interface the link between a course and its place in the hierarchy, so it is
# mended by hand (ums.md 2.14).
MEND_LINK = (
    "Sign up for the course in itslearning as somebody who may edit it.",
    "Open Participants, then hierarchy synchronization, then find hierarchy.",
    "Search for the room's place in the hierarchy and press Choose; then all participants are in.",
)
STILL_MISSING = (
    "If somebody who is a member here is not among the course's participants, the course has lost "
    "its link to the hierarchy, which no interface shows. Then:"
)
_NAMED = 3
UNARCHIVE = (
    "Un-archive the course by hand in itslearning: Administration, Courses, Archived courses; a "
    "sync never does."
)


def room_answer(room: KnownRoom, asked: Asked) -> Diagnosis:
    """The answer for one room: UMS, wanted, held, itslearning, its place and what to do."""
    return Diagnosis(
        summary=_summary(room),
        facts=tuple(room_facts(room, asked)),
        next=tuple(dict.fromkeys(_steps(room, asked))),
    )


def called(room: KnownRoom) -> str:
    """``3b Math (UMSCourse_3b_Math)``."""
    return f"{room.title} ({room.key})" if room.title and room.title != room.key else room.key


def there(room: KnownRoom) -> bool:
    """Whether the room is at itslearning, as far as is known."""
    return room.live is not None if room.live_known else room.held


def link_lost(room: KnownRoom) -> bool:
    """True where itslearning shows the place without a course. That a course has lost its way to a
    place which still is one for courses, no interface shows (ums.md 2.14)."""
    return room.kind == "course" and room.live is not None and not room.live.course


def _summary(room: KnownRoom) -> str:
    if not (room.rows or room.held or room.live):
        return f"There is no room {room.key}: not in UMS, not sent, not at itslearning."
    return next(_sentences_there(room) if there(room) else _sentences_missing(room))


def _sentences_there(room: KnownRoom) -> Iterator[str]:
    """Sentences on a room that is at itslearning, of which the first one holds."""
    what = called(room)
    if link_lost(room):
        yield f"{what} has lost its link: itslearning has its place, but no course hangs on it."
    if _archived_there(room.problems):
        yield f"{what} is archived at itslearning and has to be un-archived by hand."
    if room.archived is not None:
        yield f"{what} has ended and is archived since {day(room.archived)}."
    if not room.wanted and not room.held:
        yield (
            f"{what} is at itslearning, but not by a sync of this program, and UMS does not want "
            f"it: {_why(room)}."
        )
    if not room.wanted:
        yield f"{what} is at itslearning, but UMS does not want it any more: {_why(room)}."
    plural = "" if room.members == 1 else "s"
    yield f"{what} is at itslearning with {room.members} member{plural}, under {_place(room)}."


def _sentences_missing(room: KnownRoom) -> Iterator[str]:
    """Sentences on a room that is not at itslearning, of which the first one holds."""
    what, change = called(room), room.change
    if room.held:
        yield f"{what} was sent but is not at itslearning: somebody deleted it there."
    if room.error is not None and (change is None or change.status == "failed"):
        yield f"{what} is not at itslearning: {change_words(room.error, 'the room')}."
    if room.wanted and change is not None:
        yield f"{what} is not at itslearning yet: {change_words(change, 'the room')}."
    if room.wanted:
        yield f"{what} is not at itslearning yet: UMS wants it, the last plan did not know of it."
    yield f"{what} is not at itslearning: {_why(room)}."


def _ours(room: KnownRoom) -> bool:
    return room.held or room.wanted


def _archived_there(problems: Sequence[str]) -> bool:
    return any(problem.startswith("un-archive") for problem in problems)


def _why(room: KnownRoom) -> str:
    return room.reason or "UMS does not want it"


def _place(room: KnownRoom) -> str:
    return " > ".join(room.path) or "the root"


def _named(keys: Sequence[str], one: str) -> str:
    """``5 learners: a, b, c and 2 more``."""
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    plural = "" if len(keys) == 1 else "s"
    return f"{len(keys)} {one}{plural}: {', '.join(keys[:_NAMED])}{more}"


def room_facts(room: KnownRoom, asked: Asked) -> Iterator[Fact]:
    """What the answer rests on, source by source."""
    for reason in asked.away:
        yield Fact("not asked", reason, "")
    rows = f"{room.rows} rows" if room.rows else "no row stands for it"
    dates = f", {period(room.starts, room.ends)}" if room.rows else ""
    yield Fact("UMS", f"{rows}{dates}", asked.ums)
    reason = f": {room.reason}" if room.reason else ""
    yield Fact("wanted", f"{'yes' if room.wanted else 'no'}{reason}", "rules.md 9 to 15, today")
    held = f"yes, {room.since}, {room.members} members" if room.held else "no"
    yield Fact("held", held, asked.held)
    if room.live is not None:
        course = ", with a course" if room.live.course else ", without a course"
        yield Fact("at itslearning", f"{room.live.title}{course}", asked.live)
    else:
        yield Fact("at itslearning", "no" if room.live_known else "not known", asked.live)
    if room.path:
        yield Fact("place", _place(room), room.decided_by or asked.held)
    if room.archived is not None:
        yield Fact("archived", str(room.archived), asked.held)
    if room.empty_since is not None:
        yield Fact("empty since", str(room.empty_since), asked.held)
    if room.staying:
        yield Fact("not empty", _named(room.staying, "learner"), asked.held)
    for change in room.changes:
        yield Fact(
            f"planned {change.kind}", f"{change.label}: {change_value(change)}", f"run {change.run}"
        )
    if room.error is not None:
        yield Fact("last error", room.error.message, f"run {room.error.run}")
    for problem in room.problems:
        yield Fact("problem", problem, "last plan")
    for keep in room.exceptions:
        yield Fact("kept", f"until {keep.until}: {keep.reason}", f"exception {keep.id}")


def _steps(room: KnownRoom, asked: Asked) -> Iterator[str]:
    if _archived_there(room.problems):
        yield UNARCHIVE
    elif there(room) and _archived_there(room.problems_then):
        yield f"Where nobody has done so {room.since}: {UNARCHIVE[0].lower()}{UNARCHIVE[1:]}"
    if link_lost(room):
        yield from MEND_LINK
    elif there(room) and room.kind == "course" and room.archived is None and _ours(room):
        yield STILL_MISSING
        yield from MEND_LINK
    if room.staying:
        yield (
            "A room that has ended goes once no learner is in it. Ask why one of them stays: "
            f'umstui diagnose room "{room.key}" --person {room.staying[0]}'
        )
    if not (room.rows or room.held or room.live):
        yield "Look for the activity in UMS: the key is UMSCourse_ or UMSGroups_ and its node id."
    if room.held and room.live_known and room.live is None:
        yield "Plan against what is there: umstui plan --live"
    if room.change is not None:
        yield from change_steps(room.change)
    elif room.wanted and not there(room):
        yield "Make a plan: umstui plan"
    if asked.away:
        yield "Ask again when everything answers; until then this is the last that was known."
