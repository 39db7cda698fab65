"""A calendar that takes the Organisation API's messages to the letter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from lxml import etree
from lxml.etree import _Element

from tests.itslearning.strict_shapes import ENTITIES, MODEL, TEMPURI, Violation

_URN = "{urn:message-schema}"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MEMBERS = (
    "StartDateTime",
    "EndDateTime",
    "Title",
    "Description",
    "SyncKeyRef",
    "UserSyncKey",
    "CourseSyncKey",
)


@dataclass
class Calendar:
    """Events by key. ``types`` are the numbers this site happens to use."""

    types: dict[str, int] = field(
        default_factory=lambda: {
            "Create.Calendar.Event": 71,
            "Update.Calendar.Event": 72,
            "Delete.Calendar.Event": 73,
        }
    )
    courses: set[str] = field(default_factory=set)
    events: dict[str, dict[str, str]] = field(default_factory=dict)
    queued: int = 0  # how often a result is asked for before it is there
    waiting: dict[str, str] = field(default_factory=dict)
    keys_in_details: bool = True

    def answer(self, operation: str, message: _Element) -> str:
        """The XML inside the response element."""
        if operation == "GetMessageTypes":
            listed = "".join(
                f"<DataMessageType><Identifier>{number}</Identifier><Name>{name}</Name>"
                "</DataMessageType>"
                for name, number in self.types.items()
            )
            return _result(operation, ENTITIES, listed)
        if operation == "AddMessage":
            done = self._add(message[0][0].text or "", int(message[0][1].text or ""))
            if self.queued:
                self.waiting["message-1"] = done
                done = "<MessageId>message-1</MessageId><Status>InQueue</Status>"
            return _result(operation, ENTITIES, done)
        if operation == "GetMessageResult":
            self.queued -= 1
            key = message[0].text or ""
            done = f"<MessageId>{key}</MessageId><Status>InQueue</Status>"
            return _result(operation, ENTITIES, done if self.queued else self.waiting.pop(key))
        if operation == "ReadCalendarEvent":
            keys = [child.text or "" for child in message[0][0]]
            found = "".join(self._event(key) for key in keys if key in self.events)
            return _result(operation, f"{MODEL}.CalendarEvent", f"<Events>{found}</Events>")
        page, size = int(message[0][0].text or ""), int(message[0][1].text or "")
        courses = sorted(self.courses)[(page - 1) * size : page * size]
        listed = "".join(
            f"<Course><CourseId>1</CourseId><CourseSyncKey>{key}</CourseSyncKey>"
            f"<CourseTitle>Title of {key}</CourseTitle></Course>"
            for key in courses
        )
        inner = (
            f"<Courses>{listed}</Courses><CurrentPageIndex>{page}</CurrentPageIndex>"
            f"<Total>{len(self.courses)}</Total>"
        )
        return _result(operation, MODEL, inner)

    def _add(self, data: str, number: int) -> str:
        name = {number: name for name, number in self.types.items()}[number]
        root = etree.fromstring(data.encode())
        if root.tag != f"{_URN}Message" or root[0].tag != f"{_URN}SyncKeys":
            raise Violation("no Message with SyncKeys")
        if name == "Delete.Calendar.Event":
            return _outcome([self._delete(child.text or "") for child in root[0]], True)
        keys = {child.get("ID"): child.text or "" for child in root[0]}
        details = []
        for event in root[1]:
            members = [child.tag.removeprefix(_URN) for child in event]
            if event.tag != f"{_URN}Event" or tuple(members) != _MEMBERS:
                raise Violation(f"an event of {members}")
            record = dict(zip(members, (child.text or "" for child in event), strict=True))
            for moment in ("StartDateTime", "EndDateTime"):
                if not _MOMENT.fullmatch(record[moment]):
                    raise Violation(f"{moment} is {record[moment]}")
            if record["UserSyncKey"] != "UMSTimetableUser" or len(record["Title"]) > 80:
                raise Violation("owner or title")
            details.append(self._save(keys[record["SyncKeyRef"]], record))
        return _outcome(details, self.keys_in_details)

    def _save(self, key: str, record: dict[str, str]) -> tuple[str, str, str]:
        if record["CourseSyncKey"] not in self.courses:
            return ("Error", key, "[invented] The course was not found.")
        self.events[key] = record
        return ("Info", key, "")

    def _delete(self, key: str) -> tuple[str, str, str]:
        if self.events.pop(key, None) is None:
            return ("Warning", "", f"Event '{key}' does not exist in itslearning")
        return ("Info", key, "")

    def _event(self, key: str) -> str:
        record = self.events[key]
        return (
            f"<Event><CourseSyncKey>{escape(record['CourseSyncKey'])}</CourseSyncKey>"
            f"<Description>{escape(record['Description'])}</Description>"
            f"<EndDateTime>{record['EndDateTime']}</EndDateTime>"
            f"<StartDateTime>{record['StartDateTime']}</StartDateTime>"
            f"<SyncKey>{escape(key)}</SyncKey><Title>{escape(record['Title'])}</Title></Event>"
        )


def _outcome(details: list[tuple[str, str, str]], with_keys: bool) -> str:
    kinds = {kind for kind, _, _ in details}
    status = "Error" if "Error" in kinds else "Warning" if "Warning" in kinds else "Finished"
    listed = "".join(
        "<DataMessageStatusDetail><Entity>Event</Entity>"
        f"<Message>{escape(text)}</Message><SyncKey>{escape(key) if with_keys else ''}</SyncKey>"
        f"<Type>{kind}</Type></DataMessageStatusDetail>"
        for kind, key, text in details
        if text
    )
    return (
        f"<MessageId>message-1</MessageId><Status>{status}</Status>"
        f"<StatusDetails>{listed}</StatusDetails>"
    )


def _result(operation: str, namespace: str, inner: str) -> str:
    """The result element is the service's, what it holds belongs to the data's namespace."""
    held = etree.fromstring(f'<held xmlns="{namespace}">{inner}</held>')
    children = "".join(etree.tostring(child).decode() for child in held)
    return f'<{operation}Result xmlns="{TEMPURI}">{children}</{operation}Result>'
