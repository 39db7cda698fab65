"""The documents about calendar events that the Organisation API takes (imses-protocol.md 8.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sync.itslearning.codec import escape, fits_xml
from sync.itslearning.persons import TIMETABLE_USER
from sync.model import Event

CREATE = "Create.Calendar.Event"
UPDATE = "Update.Calendar.Event"
DELETE = "Delete.Calendar.Event"

LONGEST_KEY = 255
LONGEST_TITLE = 80
_START = '<Message xmlns="urn:message-schema">'


def refused(event: Event) -> str:
    """Why an event cannot be sent, empty where it can."""
    texts = (event.title, event.description, event.course_key)
    reasons = (
        (True, refused_key(event.key)),
        (not event.title.strip(), "it has no title"),
        (
            len(event.title) > LONGEST_TITLE,
            f"its title is longer than {LONGEST_TITLE} characters",
        ),
        (not event.course_key.strip(), "it has no course"),
        (_utc(event.ends_at) <= _utc(event.starts_at), "it ends before it starts"),
        (not all(map(fits_xml, texts)), "a value holds a control character"),
    )
    return next((reason for applies, reason in reasons if applies and reason), "")


def refused_key(key: str) -> str:
    """Why the key of an event cannot be sent, empty where it can."""
    if not key.strip():
        return "it has no key"
    if len(key) > LONGEST_KEY or not fits_xml(key):
        return f"its key is longer than {LONGEST_KEY} characters or holds a control character"
    return ""


def events_message(events: Sequence[Event]) -> str:
    """The document of Create and Update.Calendar.Event; every event belongs to UMSTimetableUser."""
    keys, parts = [], []
    for number, event in enumerate(events, start=1):
        keys.append(f'<SyncKey ID="ID{number}">{escape(event.key)}</SyncKey>')
        parts.append(
            f"<Event><StartDateTime>{moment(event.starts_at)}</StartDateTime>"
            f"<EndDateTime>{moment(event.ends_at)}</EndDateTime>"
            f"<Title>{escape(event.title)}</Title>"
            f"<Description>{escape(event.description)}</Description>"
            f"<SyncKeyRef>ID{number}</SyncKeyRef>"
            f"<UserSyncKey>{TIMETABLE_USER}</UserSyncKey>"
            f"<CourseSyncKey>{escape(event.course_key)}</CourseSyncKey></Event>"
        )
    return (
        f"{_START}<SyncKeys>{''.join(keys)}</SyncKeys><Events>{''.join(parts)}</Events></Message>"
    )


def delete_message(keys: Sequence[str]) -> str:
    """The document of Delete.Calendar.Event."""
    listed = "".join(f"<SyncKey>{escape(key)}</SyncKey>" for key in keys)
    return f"{_START}<SyncKeys>{listed}</SyncKeys></Message>"


def moment(when: dt.datetime) -> str:
    """A UTC moment as itslearning takes it, to the second."""
    return _utc(when).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(value: dt.datetime) -> dt.datetime:
    """A moment that was read, in UTC."""
    return _utc(value)


def shows(live: Event | None, sent: Event) -> bool:
    """True where itslearning shows the event as it was sent; descriptions are filtered there."""
    return live is not None and (
        live.title,
        moment(live.starts_at),
        moment(live.ends_at),
        live.course_key.casefold(),
    ) == (sent.title, moment(sent.starts_at), moment(sent.ends_at), sent.course_key.casefold())


def _utc(when: dt.datetime) -> dt.datetime:
    """Times of an event are UTC, also where they do not say so."""
    return when.replace(tzinfo=dt.UTC) if when.tzinfo is None else when.astimezone(dt.UTC)
