"""Timetable blocks as calendar events, over the Organisation API (imses-protocol.md 8)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sync.errors import SiteFault
from sync.itslearning import event_messages, wsdl
from sync.itslearning.answers import Answer
from sync.itslearning.codec import occurrences
from sync.itslearning.connection import AnswerLost, Connection, MessageTooLarge
from sync.itslearning.contract import contract
from sync.model import Event, Outcome, OutcomeStatus

_POLLS = 7  # waits of 1, 2, 4, ... seconds: two minutes in all
_UNDER_WAY = frozenset({"inqueue", "inprogress", "processing", "waiting"})
_REFUSED = frozenset({"error", "failed", "failure"})


class EventReader:
    """Reads calendar events by key. The connection has the login of the Organisation API."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url = service_address(connection.url, "ReadDataService.svc")

    def read_events(self, keys: Sequence[str]) -> dict[str, Event | None]:
        """Events by key; None for one that is not there. Raises SiteUnreachable,
        CredentialsRefused and SiteFault."""
        distinct = list(dict.fromkeys(keys))
        size = self._connection.settings.batch_size
        found: dict[str, Event | None] = dict.fromkeys(distinct)
        by_folded = {key.casefold(): key for key in distinct}
        for start in range(0, len(distinct), size):
            batch = distinct[start : start + size]
            for record in self._read(batch):
                if not record:
                    continue
                name = record.get("SyncKey") or (batch[0] if len(batch) == 1 else "")
                key = by_folded.get(name.casefold())
                if key is not None:
                    found[key] = _event(key, record)
        return found

    def _read(self, keys: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        answer = self._connection.call(
            "ReadCalendarEvent",
            {"request": {"SyncKeys": {"string": list(keys)}}},
            services=contract(wsdl.READ_DATA_SERVICE),
            url=self._url,
        )
        _stop_for_fault(answer)
        result = answer.body.get("ReadCalendarEventResult") or {}
        return occurrences((result.get("Events") or {}).get("Event"))

    def read_courses(self, page_size: int = 100) -> Iterator[list[tuple[str, str]]]:
        """All courses page by page as (sync key, title); the only listing of courses there is.
        The key is empty for a course that was made by hand."""
        page, read = 1, 0
        while True:
            answer = self._connection.call(
                "ReadCourses",
                {"request": {"PageIndex": page, "PageSize": page_size}},
                services=contract(wsdl.READ_DATA_SERVICE),
                url=self._url,
            )
            _stop_for_fault(answer)
            result = answer.body.get("ReadCoursesResult") or {}
            courses = [
                (course.get("CourseSyncKey") or "", course.get("CourseTitle") or "")
                for course in occurrences((result.get("Courses") or {}).get("Course"))
            ]
            yield courses
            read += len(courses)
            if not courses or read >= (result.get("Total") or 0):
                return
            page += 1


class EventWriter:
    """Creates, updates and deletes calendar events. The connection has the login of the
    Organisation API; the events belong to UMSTimetableUser, whose key must be that name.

    Outcomes come in the order given. Raises only SiteUnreachable and CredentialsRefused.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url = service_address(connection.url, "DataService.svc")
        self._reader = EventReader(connection)
        self._types: dict[str, int] = {}
        self._looking_up = threading.Lock()

    def create_events(self, batch: Sequence[Event]) -> list[Outcome]:
        """Makes events. Nobody documents what a second creation does, so a creation whose answer
        was lost is looked up before it is sent again."""
        return self._deliver(event_messages.CREATE, batch)

    def update_events(self, batch: Sequence[Event]) -> list[Outcome]:
        """Changes events."""
        return self._deliver(event_messages.UPDATE, batch)

    def delete_events(self, keys: Sequence[str]) -> list[Outcome]:
        """Deletes events; one that is not there any more is deleted enough."""
        outcomes = {
            key: Outcome(OutcomeStatus.FAILED, f"Not sent: {reason}.", "not-sent")
            for key in keys
            if (reason := event_messages.refused_key(key))
        }

        def gone(pending: Sequence[str]) -> list[bool]:
            found = self._reader.read_events(pending)
            return [found[key] is None for key in pending]

        pending = [key for key in dict.fromkeys(keys) if key not in outcomes]
        self._settle(event_messages.DELETE, pending, event_messages.delete_message, gone, outcomes)
        return [outcomes[key] for key in keys]

    def _deliver(self, message_type: str, batch: Sequence[Event]) -> list[Outcome]:
        outcomes: dict[str, Outcome] = {}
        events: dict[str, Event] = {}
        for event in batch:
            reason = event_messages.refused(event)
            if events.setdefault(event.key, event) != event:
                reason = "its key stands twice in this batch"
            if reason:
                outcomes[event.key] = Outcome(
                    OutcomeStatus.FAILED, f"Not sent: {reason}.", "not-sent"
                )

        def document(keys: Sequence[str]) -> str:
            return event_messages.events_message([events[key] for key in keys])

        def arrived(keys: Sequence[str]) -> list[bool]:
            found = self._reader.read_events(keys)
            return [event_messages.shows(found[key], events[key]) for key in keys]

        pending = [key for key in events if key not in outcomes]
        self._settle(message_type, pending, document, arrived, outcomes)
        return [outcomes[event.key] for event in batch]

    def _settle(
        self,
        message_type: str,
        keys: Sequence[str],
        document: Callable[[Sequence[str]], str],
        arrived: Callable[[Sequence[str]], Sequence[bool]],
        outcomes: dict[str, Outcome],
    ) -> None:
        """Sends; after a lost answer looks, and sends the rest again, as often as attempts say."""
        pending = list(keys)
        try:
            identifier = self._type(message_type) if pending else 0
            for attempt in range(self._connection.settings.attempts):
                if not pending:
                    return
                if attempt:
                    self._connection.wait(attempt - 1)
                try:
                    self._send(identifier, pending, document, outcomes)
                except AnswerLost:
                    pending = [key for key in pending if key not in outcomes]
                    for key, there in zip(list(pending), arrived(pending), strict=True):
                        if there:
                            outcomes[key] = Outcome(
                                OutcomeStatus.OK, "The answer was lost, but itslearning shows it."
                            )
                pending = [key for key in pending if key not in outcomes]
        except SiteFault as error:
            words, code = str(error), "fault"
            status = (
                OutcomeStatus.FAILED if isinstance(error, NotOffered) else OutcomeStatus.UNKNOWN
            )
        else:
            words, code = "Every answer was lost, and itslearning does not show it.", ""
            status = OutcomeStatus.UNKNOWN
        for key in pending:
            outcomes.setdefault(key, Outcome(status, words, code))

    def _send(
        self,
        identifier: int,
        keys: Sequence[str],
        document: Callable[[Sequence[str]], str],
        outcomes: dict[str, Outcome],
    ) -> None:
        """One message; halved where a fault or an error does not say which event it is about."""
        request = {"dataMessage": {"Data": document(keys), "Type": identifier}}
        refusal = ""
        try:
            answer = self._call("AddMessage", request, resend=False)
        except MessageTooLarge:
            refusal = "The message is larger than the site takes."
        else:
            if answer.fault is not None:
                refusal = f'itslearning cannot take it: "{answer.fault.text}"'
            else:
                result = self._finished(answer.body.get("AddMessageResult") or {})
                found = _outcomes(keys, result)
                if found is not None:
                    outcomes.update(found)
                    return
                refusal = _words(result) or "itslearning refused the message without a reason."
        if len(keys) == 1:
            outcomes[keys[0]] = Outcome(OutcomeStatus.FAILED, refusal)
            return
        middle = len(keys) // 2
        self._send(identifier, keys[:middle], document, outcomes)
        self._send(identifier, keys[middle:], document, outcomes)

    def _finished(self, result: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result of a message; calendar messages have theirs at once, others are waited for."""
        for poll in range(_POLLS):
            if (result.get("Status") or "").casefold() not in _UNDER_WAY:
                break
            self._connection.wait(poll)
            answer = self._call("GetMessageResult", {"messageId": result.get("MessageId")})
            _stop_for_fault(answer)
            result = answer.body.get("GetMessageResultResult") or {}
        return result

    def _type(self, name: str) -> int:
        """The number of a message type. Numbers differ between sites, so names are looked up."""
        with self._looking_up:
            if not self._types:
                answer = self._call("GetMessageTypes", {})
                _stop_for_fault(answer)
                listed = answer.body.get("GetMessageTypesResult") or {}
                self._types = {
                    (entry.get("Name") or "").casefold(): int(entry["Identifier"])
                    for entry in occurrences(listed.get("DataMessageType"))
                    if entry and entry.get("Identifier") is not None
                }
            identifier = self._types.get(name.casefold())
        if identifier is None:
            raise NotOffered(
                f"The Organisation API does not offer {name} to this login. Ask itslearning to "
                "switch it on for the site."
            )
        return identifier

    def _call(self, operation: str, request: Mapping[str, Any], *, resend: bool = True) -> Answer:
        return self._connection.call(
            operation,
            request,
            services=contract(wsdl.DATA_SERVICE),
            url=self._url,
            resend=resend,
        )


class NotOffered(SiteFault):
    """The login may not send messages of a type."""


def service_address(url: str, service: str) -> str:
    """The address of one of the two services, from the address of either or of their folder."""
    parts = urlsplit(url)
    folder, _, last = parts.path.rpartition("/")
    if not last.casefold().endswith(".svc"):
        folder = parts.path.rstrip("/")
    return urlunsplit(parts._replace(path=f"{folder}/{service}"))


def _event(key: str, record: Mapping[str, Any]) -> Event | None:
    starts, ends = record.get("StartDateTime"), record.get("EndDateTime")
    if starts is None or ends is None:
        return None
    return Event(
        key,
        event_messages.read_moment(starts),
        event_messages.read_moment(ends),
        record.get("Title") or "",
        record.get("Description") or "",
        record.get("CourseSyncKey") or "",
    )


def _outcomes(keys: Sequence[str], result: Mapping[str, Any]) -> dict[str, Outcome] | None:
    """An outcome for each key, or None where an error does not say which event it is about."""
    status = (result.get("Status") or "").casefold()
    if status in _UNDER_WAY:
        waiting = Outcome(OutcomeStatus.UNKNOWN, "itslearning has not worked on it yet.")
        return dict.fromkeys(keys, waiting)
    outcomes: dict[str, Outcome] = {}
    for detail in _details(result):
        message = detail.get("Message") or ""
        kind = (detail.get("Type") or "").casefold()
        key = _named(keys, detail.get("SyncKey") or "", message)
        not_done = kind == "error" or "has not been" in message
        if key:
            state = OutcomeStatus.FAILED if not_done else OutcomeStatus.OK
            outcomes[key] = Outcome(state, message)
        elif not_done:
            return None
    if status in _REFUSED and not any(not one.ok for one in outcomes.values()):
        return None
    return {key: outcomes.get(key, Outcome(OutcomeStatus.OK)) for key in keys}


def _named(keys: Sequence[str], key: str, message: str) -> str:
    """Which event a detail is about: by its key, else by the key quoted in its text."""
    for one in keys:
        if (key and one.casefold() == key.casefold()) or (not key and f"'{one}'" in message):
            return one
    return keys[0] if len(keys) == 1 else ""


def _details(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    details = (result.get("StatusDetails") or {}).get("DataMessageStatusDetail")
    return [detail for detail in occurrences(details) if detail]


def _words(result: Mapping[str, Any]) -> str:
    return " ".join(detail.get("Message") or "" for detail in _details(result)).strip()


def _stop_for_fault(answer: Answer) -> None:
    if answer.fault is not None:
        raise SiteFault(f'The Organisation API reports an error: "{answer.fault.text}".')
