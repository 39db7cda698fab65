"""diagnose: the answer to a support question, read-only, from whatever answers."""

from __future__ import annotations

from sync.diagnosis import membership_answer, person_answer, room_answer
from sync.findings import Diagnosis
from sync.runs.gathering import gathering
from sync.runs.installation import Installation
from sync.runs.known_persons import known_membership, known_person
from sync.runs.known_rooms import known_room


def diagnose_person(
    installation: Installation, key: str, org: int | None = None, *, live: bool = True
) -> Diagnosis:
    """Where a person is, and why. ``live`` asks itslearning for this one person; where it is away
    or not asked, its last reading and what was last sent serve, and the answer says so.

    Reads the rows of this person alone; writes nothing anywhere.
    """
    with gathering(installation, org, person=key, live=live) as gathered:
        return person_answer(known_person(gathered), gathered.asked)


def diagnose_room(
    installation: Installation, key: str, org: int | None = None, *, live: bool = True
) -> Diagnosis:
    """Where a room, group or place of the hierarchy is, and why."""
    with gathering(installation, org, room=key, live=live) as gathered:
        return room_answer(known_room(gathered), gathered.asked)


def diagnose_membership(
    installation: Installation,
    person: str,
    room: str,
    org: int | None = None,
    *,
    live: bool = True,
) -> Diagnosis:
    """Why a person is, or is not, in a room: the three documented questions (ums.md 2.14)."""
    with gathering(installation, org, person=person, room=room, live=live) as gathered:
        who, what = known_person(gathered), known_room(gathered)
        member = known_membership(gathered)
        return membership_answer(who, what, member, gathered.asked)
