"""Diagnosis: what is known of a person or a room, put together as an answer to a support question.

One sentence on top, the facts it rests on with their sources, and what to do. Knows no database:
``sync.runs`` gathers what is known.
"""

from sync.diagnosis.known import Asked, KnownPerson, KnownRoom, Row, Said
from sync.diagnosis.memberships import KnownMembership, membership_answer
from sync.diagnosis.persons import person_answer
from sync.diagnosis.rooms import room_answer
from sync.diagnosis.wording import trouble_words

__all__ = [
    "Asked",
    "KnownMembership",
    "KnownPerson",
    "KnownRoom",
    "Row",
    "Said",
    "membership_answer",
    "person_answer",
    "room_answer",
    "trouble_words",
]
