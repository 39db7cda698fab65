"""The Organisation API: DataService and ReadDataService (imses-protocol.md 8.2).

INVENTED, because no answer was ever seen: which Status stands for a message whose events all or
partly failed, and the members of the events that ReadCalendarEvent gives back.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from umstui.testsite import calendar, envelope
from umstui.testsite.calendar import Detail
from umstui.testsite.context import Context
from umstui.testsite.envelope import Refused
from umstui.testsite.installation import Installation, Prepared
from umstui.testsite.protocol import (
    ARRAYS,
    DATA_ENTITIES,
    EVENT_ENTITIES,
    READ_ENTITIES,
    SOAP,
    TEMPURI,
    WSU,
    XSI,
)
from umstui.testsite.reading import Element, Unreadable, checked, to_integer
from umstui.testsite.sites import CALENDAR_MESSAGES, QUEUED_MESSAGES, Site
from umstui.testsite.texts import DONE, TEXTS, Result
from umstui.testsite.writing import timestamp, xml

_TYPES = CALENDAR_MESSAGES + QUEUED_MESSAGES

Work = tuple[int, Callable[[Context], tuple[Sequence[Result], str]]]


def prepared(installation: Installation, service: str, action: str, content: bytes) -> Prepared:
    """Understands a request to DataService or ReadDataService; raises Refused."""
    opened = envelope.opened(content, installation.clock())
    number, site = _site_of(installation, opened.user_name, opened.password)
    start = f"{TEMPURI}I{service}/"
    name = action.removeprefix(start)
    reader = _OPERATIONS.get((service, name))
    if reader is None or not action.startswith(start):
        raise Refused("action", action)
    if opened.body.tag != f"{{{TEMPURI}}}{name}":
        raise Refused("unreadable", f"The body is no {name}.")
    try:
        items, work = reader(site, opened.body)
    except Unreadable as error:
        raise Refused("unreadable", str(error)) from None
    bodies: list[str] = []

    def run(context: Context) -> Sequence[Result]:
        results, body = work(context)
        bodies.append(body)
        return results

    def write(_results: Sequence[Result], now: dt.datetime) -> bytes:
        return (
            f'<s:Envelope xmlns:s="{SOAP}" xmlns:u="{WSU}"><s:Header>{timestamp(now)}</s:Header>'
            f'<s:Body><{name}Response xmlns="{TEMPURI}">'
            f'<{name}Result xmlns:a="{DATA_ENTITIES}" xmlns:i="{XSI}">{bodies[0]}</{name}Result>'
            f"</{name}Response></s:Body></s:Envelope>"
        ).encode()

    return Prepared(number, name, opened.message, items, run, write)


def _site_of(installation: Installation, user_name: str, password: str) -> tuple[int, Site]:
    for number, site in installation.sites.items():
        if site.api_user_name and site.api_user_name == user_name:
            if not envelope.same(site.api_password, password):
                break
            return number, site
    raise Refused("credentials")


def _ids(site: Site) -> dict[int, str]:
    """The message types that are open to the client, by their numbers on this site."""
    return {
        site.api_first_message_id + place: name
        for place, name in enumerate(_TYPES)
        if name in site.api_messages
    }


# ---- DataService


def _outcome(message: int | str, status: str, details: Sequence[Mapping[str, str]]) -> str:
    said = "".join(
        f"<a:DataMessageStatusDetail><a:Entity>{xml(detail['entity'])}</a:Entity>"
        f"<a:Message>{xml(detail['message'])}</a:Message><a:SyncKey>{xml(detail['key'])}</a:SyncKey>"
        f"<a:Type>{detail['type']}</a:Type></a:DataMessageStatusDetail>"
        for detail in details
    )
    inner = (
        f"<a:StatusDetails>{said}</a:StatusDetails>" if said else '<a:StatusDetails i:nil="true"/>'
    )
    return f"<a:MessageId>{message}</a:MessageId><a:Status>{status}</a:Status>{inner}"


def _status(details: Sequence[Detail]) -> str:
    types = {detail.type for detail in details}
    return "Error" if "Error" in types else "Warning" if "Warning" in types else "Finished"


def _results(items: int, details: Sequence[Detail]) -> list[Result]:
    """The statuses that the request log counts."""
    said = [
        Result("failure", "error", "", detail.message)
        if detail.type == "Error"
        else Result("success", "warning", "", detail.message)
        for detail in details
    ]
    return said + [DONE] * (items - len(said))


def _add_message(site: Site, body: Element) -> Work:
    data, number = "", None
    message = body.find(f"{{{TEMPURI}}}dataMessage")
    for child in () if message is None else message:
        if child.tag == f"{{{DATA_ENTITIES}}}Data":
            data = child.text or ""
        elif child.tag == f"{{{DATA_ENTITIES}}}Type":
            number = checked(child, to_integer, child.text or "")
    type_ = _ids(site).get(number if number is not None else -1)
    items = max(1, calendar.count_of(data))

    def work(context: Context) -> tuple[Sequence[Result], str]:
        details: list[Detail]
        status = ""
        if type_ is None:
            words = TEXTS["type-refused"].words.format(id=number)
            details = [Detail("Error", words, entity="DataMessage")]
        elif type_ in QUEUED_MESSAGES:
            details, status = [], "InQueue"
        else:
            try:
                details = calendar.carried_out(context, type_, data)
            except calendar.Unusable as error:
                words = TEXTS["message-broken"].words.format(why=error)
                details = [Detail("Error", words, entity="DataMessage")]
        status = status or _status(details)
        kept = [asdict(detail) for detail in details]
        added = context.state.execute(
            "INSERT INTO message (site, type, status, details, at) VALUES (?, ?, ?, ?, ?)",
            (context.number, type_ or "", status, json.dumps(kept), context.now),
        )
        return _results(items, details), _outcome(added.lastrowid or 0, status, kept)

    return items, work


def _get_message_result(_site: Site, body: Element) -> Work:
    asked = (body.findtext(f"{{{TEMPURI}}}messageId") or "").strip()

    def work(context: Context) -> tuple[Sequence[Result], str]:
        row = context.state.execute(
            "SELECT * FROM message WHERE site = ? AND id = ?",
            (context.number, int(asked) if asked.isdecimal() else 0),
        ).fetchone()
        if row is None:
            words = TEXTS["message-unknown"].words.format(id=asked)
            details = [Detail("Error", words, entity="DataMessage")]
            return _results(1, details), _outcome(xml(asked), "Error", [asdict(details[0])])
        details_kept = json.loads(row["details"])
        status = row["status"]
        if status == "InQueue":
            status = "Finished"
            words = TEXTS["queued-type"].words
            details_kept = [asdict(Detail("Info", words, entity="DataMessage"))]
            context.state.execute(
                "UPDATE message SET status = ?, details = ? WHERE id = ?",
                (status, json.dumps(details_kept), row["id"]),
            )
        return [DONE], _outcome(row["id"], status, details_kept)

    return 1, work


def _get_message_types(site: Site, _body: Element) -> Work:
    said = "".join(
        f"<a:DataMessageType><a:Identifier>{number}</a:Identifier><a:Name>{name}</a:Name>"
        '<a:Schema i:nil="true"/></a:DataMessageType>'
        for number, name in _ids(site).items()
    )
    return 1, lambda _context: ([DONE], said)


# ---- ReadDataService


def _read_calendar_event(_site: Site, body: Element) -> Work:
    path = f"{{{TEMPURI}}}request/{{{EVENT_ENTITIES}}}SyncKeys/{{{ARRAYS}}}string"
    keys = [(element.text or "").strip() for element in body.iterfind(path)]

    def work(context: Context) -> tuple[Sequence[Result], str]:
        found = []
        for key in keys:
            row = context.state.execute(
                "SELECT event.*, course.key AS course_key, person.key AS user_key FROM event "
                "JOIN person ON person.id = event.creator "
                "LEFT JOIN course ON course.id = event.course "
                "WHERE event.site = ? AND event.key_folded = ?",
                (context.number, key.rstrip().lower()),
            ).fetchone()
            if row is not None:
                found.append(_event(row))
        events = f'<v:Events xmlns:v="{EVENT_ENTITIES}">{"".join(found)}</v:Events>'
        return [DONE], events

    return max(1, len(keys)), work


def _event(row: Any) -> str:
    def member(name: str, value: str | None) -> str:
        if value is None:
            return f'<v:{name} i:nil="true"/>'
        return f"<v:{name}>{xml(value)}</v:{name}>"

    def moment(value: str) -> str:
        return dt.datetime.fromisoformat(value).strftime("%Y-%m-%dT%H:%M:%SZ")

    return "".join(
        (
            "<v:Event>",
            member("CourseSyncKey", row["course_key"]),
            member("Description", row["description"]),
            member("EndDateTime", moment(row["ends"])),
            member("StartDateTime", moment(row["starts"])),
            member("SyncKey", row["key"]),
            member("Title", row["title"]),
            member("UserSyncKey", row["user_key"]),
            "</v:Event>",
        )
    )


def _read_courses(_site: Site, body: Element) -> Work:
    asked = {"PageIndex": 1, "PageSize": 100}
    request = body.find(f"{{{TEMPURI}}}request")
    for child in () if request is None else request:
        namespace, _, name = str(child.tag)[1:].partition("}")
        if namespace == READ_ENTITIES and name in asked:
            asked[name] = max(1, checked(child, to_integer, child.text or ""))

    def work(context: Context) -> tuple[Sequence[Result], str]:
        total = context.state.execute(
            "SELECT count(*) FROM course WHERE site = ?", (context.number,)
        ).fetchone()[0]
        rows = context.state.execute(
            "SELECT id, key, title FROM course WHERE site = ? ORDER BY id LIMIT ? OFFSET ?",
            (context.number, asked["PageSize"], (asked["PageIndex"] - 1) * asked["PageSize"]),
        ).fetchall()
        courses = "".join(
            f"<r:Course><r:CourseId>{row['id']}</r:CourseId>"
            f"<r:CourseSyncKey>{xml(row['key'] or '')}</r:CourseSyncKey>"
            f"<r:CourseTitle>{xml(row['title'])}</r:CourseTitle></r:Course>"
            for row in rows
        )
        return [DONE], (
            f'<r:Courses xmlns:r="{READ_ENTITIES}">{courses}</r:Courses>'
            f'<r:CurrentPageIndex xmlns:r="{READ_ENTITIES}">{asked["PageIndex"]}'
            f'</r:CurrentPageIndex><r:Total xmlns:r="{READ_ENTITIES}">{total}</r:Total>'
        )

    return 1, work


_OPERATIONS: dict[tuple[str, str], Callable[[Site, Element], Work]] = {
    ("DataService", "AddMessage"): _add_message,
    ("DataService", "GetMessageResult"): _get_message_result,
    ("DataService", "GetMessageTypes"): _get_message_types,
    ("ReadDataService", "ReadCalendarEvent"): _read_calendar_event,
    ("ReadDataService", "ReadCourses"): _read_courses,
}
