"""Reads the parts of a request: strict about namespaces and types, as .NET's reader is.

An element in a wrong namespace is passed over as if it were not there (imses-protocol.md 11);
the request log then names it. A value that does not fit its schema type ends the whole request
in a fault. Which elements exist, and in which order, is written here from the reference and not
taken from the WSDL that the client uses, so that a mistake there shows.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from umstui.testsite.protocol import COMMON, XSI

Element = Any  # lxml ships no types
Taker = Callable[[Element, dict[str, Any], "Reading"], None]
Table = Mapping[str, tuple[int, Taker]]

_NIL = f"{{{XSI}}}nil"


class Unreadable(Exception):
    """A value that does not fit its type, or an element out of order: HTTP 500 for the request."""


class Reading:
    """What reading one request is allowed to pass over, and what it noticed."""

    def __init__(self, *, strict_order: bool, strict_roles: bool) -> None:
        self.strict_order = strict_order
        self.strict_roles = strict_roles
        self.passed_over: dict[str, None] = {}

    def unknown(self, element: Element) -> None:
        """Remembers an element that is not read; ten different ones are enough for a note."""
        if len(self.passed_over) < 10:
            self.passed_over[str(element.tag)] = None

    def misplaced(self, element: Element) -> None:
        """An element of the right name in the wrong place."""
        if self.strict_order:
            raise Unreadable(f"Element '{_local(element)}' is not expected here.")


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def children(element: Element, table: Table, out: dict[str, Any], reading: Reading) -> None:
    """Reads the children of ``element`` by ``table`` into ``out``."""
    last = 0
    for child in element:
        entry = table.get(child.tag)
        if entry is None:
            reading.unknown(child)
            continue
        position, take = entry
        if position < last:
            reading.misplaced(child)
        last = position
        take(child, out, reading)


def sequence(*entries: tuple[str, str, Taker]) -> Table:
    """A table of children in schema order, from (namespace, local name, what takes it)."""
    return {
        f"{{{namespace}}}{name}": (position, take)
        for position, (namespace, name, take) in enumerate(entries, 1)
    }


def text_of(element: Element) -> str | None:
    """The text of an element; None where it is xsi:nil."""
    if element.attrib and to_boolean(element.get(_NIL, "false")):
        return None
    return element.text or ""


def text(name: str) -> Taker:
    """Takes the text of the element as ``name``."""

    def take(element: Element, out: dict[str, Any], _reading: Reading) -> None:
        value = element.text or ""
        if element.attrib and text_of(element) is None:
            return
        out[name] = value

    return take


def skip(_element: Element, _out: dict[str, Any], _reading: Reading) -> None:
    """Lets an element pass that itslearning has and does nothing with."""


def typed(name: str, convert: Callable[[str], Any]) -> Taker:
    """Takes the value of the element, read into its type, as ``name``."""

    def take(element: Element, out: dict[str, Any], _reading: Reading) -> None:
        value = text_of(element)
        if value is not None:
            out[name] = checked(element, convert, value)

    return take


def checked(element: Element, convert: Callable[[str], Any], value: str) -> Any:
    """``value`` read into its type; Unreadable where it does not fit."""
    try:
        return convert(value)
    except ValueError as error:
        # The value itself is not repeated: it may be a birthday.
        message = f"The value of element '{_local(element)}' cannot be read: {error}."
        raise Unreadable(message) from error


def one_of(values: frozenset[str] | Mapping[str, str]) -> Callable[[str], str]:
    """A converter that takes only the values of an enumeration."""

    def convert(value: str) -> str:
        trimmed = value.strip()
        if trimmed not in values:
            raise ValueError("it is not one of the values of its enumeration")
        return trimmed

    return convert


def to_boolean(value: str) -> bool:
    """xs:boolean."""
    trimmed = value.strip()
    if trimmed in {"true", "1"}:
        return True
    if trimmed in {"false", "0"}:
        return False
    raise ValueError("it is no boolean")


def to_integer(value: str) -> int:
    """xs:int."""
    trimmed = value.strip()
    if re.fullmatch(r"[+-]?[0-9]{1,10}", trimmed) is None or abs(int(trimmed)) > 2**31 - 1:
        raise ValueError("it is no int")
    return int(trimmed)


_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?")


def to_date(value: str) -> str:
    """xs:date, as YYYY-MM-DD without time zone."""
    found = _DATE.fullmatch(value.strip())
    if found is None:
        raise ValueError("it is no date")
    try:
        return dt.date.fromisoformat(found[1]).isoformat()
    except ValueError:
        raise ValueError("it is no date") from None


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?")


def to_moment(value: str) -> dt.datetime:
    """xs:dateTime, in UTC; one without a time zone is taken as UTC."""
    trimmed = value.strip()
    if _MOMENT.fullmatch(trimmed) is None:
        raise ValueError("it is no dateTime")
    # fromisoformat reads at most six digits of a second.
    trimmed = re.sub(r"(\.\d{6})\d+", r"\1", trimmed)
    try:
        moment = dt.datetime.fromisoformat(trimmed)
    except ValueError:
        raise ValueError("it is no dateTime") from None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC)


IDENTIFIER = f"{{{COMMON}}}identifier"


def identifier(element: Element, reading: Reading) -> str:
    """The trimmed common:identifier inside ``element``; empty when there is none."""
    found = ""
    for child in element:
        if child.tag == IDENTIFIER:
            found = (child.text or "").strip()
        else:
            reading.unknown(child)
    return found


def key(name: str) -> Taker:
    """Takes the identifier inside the element as ``name``."""

    def take(element: Element, out: dict[str, Any], reading: Reading) -> None:
        out[name] = identifier(element, reading)

    return take


def _field(element: Element, out: dict[str, Any], reading: Reading) -> None:
    entry: dict[str, Any] = {}
    children(element, EXTENSION_FIELD, entry, reading)
    if entry.get("name"):
        out.setdefault("extension", {})[entry["name"].strip()] = entry.get("value", "")


EXTENSION_FIELD = sequence(
    (COMMON, "fieldName", text("name")),
    (COMMON, "fieldType", skip),
    (COMMON, "fieldValue", text("value")),
)
EXTENSION_FIELD_ENTRY = (COMMON, "extensionField", _field)
