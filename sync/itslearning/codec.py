"""Records to XML text and back, generated once from zeep's own XSD types.

zeep builds a value object per element, which costs a quarter of a second per thousand persons. The
functions made here know order, namespaces and formatting from the same types and write text
directly; tests hold both to the same result on random records. Plain sequences only: a type with
attributes, choices or wildcards is refused when the function is made.

A record is a mapping from element names to values; repeated elements hold a sequence. An absent
name or None leaves an optional element out, or writes ``xsi:nil`` where the schema demands a
nillable one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lxml.etree import _Element
from zeep.xsd import Boolean, ComplexType, Date, Element, Sequence as XsdSequence, String

Record = Mapping[str, Any]
Append = Callable[[str], None]
WriteValue = Callable[[Any, Append], None]
ReadValue = Callable[[_Element], Any]

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TRUE = frozenset({"true", "1"})
_NIL = f"{{{XSI}}}nil"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class InvalidRecord(ValueError):
    """A record lacks a required element, or holds a character that XML cannot carry."""


def fits_xml(text: str) -> bool:
    """True where every character may stand in XML 1.0."""
    return text.isprintable() or _NOT_XML.search(text) is None


def escape(text: str) -> str:
    """Text as XML content. Raises InvalidRecord for characters that XML cannot carry."""
    if not text.isprintable():
        if _NOT_XML.search(text):
            raise InvalidRecord("a value holds a character that XML cannot carry")
        if "\r" in text:
            return escape_marks(text).replace("\r", "&#13;")
    return escape_marks(text)


def escape_marks(text: str) -> str:
    """Text with the marks of XML escaped, for text known to hold no control characters."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    return text


class MessageWriter:
    """Writes the body of one operation: ``writer(record)`` gives the element as XML text."""

    def __init__(self, element: Any) -> None:
        """``element`` is zeep's element of the request. Raises TypeError for unsupported types."""
        self._prefixes: dict[str, str] = {}
        self._name = _tag(element.qname, self._prefixes)
        self._write = _value_writer(element.type, self._prefixes)
        self._start = f"<{self._name}{_declarations(self._prefixes)}>"
        self._end = f"</{self._name}>"

    def __call__(self, record: Record) -> str:
        """The message as XML text. Raises InvalidRecord."""
        parts = [self._start]
        self._write(record, parts.append)
        parts.append(self._end)
        return "".join(parts)


class ListWriter:
    """Writes the body of a mass operation, a set of one repeated element, item by item."""

    def __init__(self, element: Any) -> None:
        """``element`` is zeep's element of the request. Raises TypeError for another shape."""
        prefixes: dict[str, str] = {}
        ((_, collection),) = _children(element.type)
        ((_, item),) = _children(collection.type)
        names = [_tag(element.qname, prefixes), _tag(collection.qname, prefixes)]
        self._write = _element_writer(item, prefixes)
        declared = _declarations(prefixes)
        self._start = f"<{names[0]}{declared}><{names[1]}>"
        self._end = f"</{names[1]}></{names[0]}>"

    def item(self, value: Any) -> str:
        """One item as XML text. Raises InvalidRecord."""
        parts: list[str] = []
        self._write(value, parts.append)
        return "".join(parts)

    def __call__(self, items: Iterable[str]) -> str:
        """The message around items that are XML text already."""
        return f"{self._start}{''.join(items)}{self._end}"


def message_reader(element: Any) -> ReadValue:
    """A function from a parsed element to its record. What the schema does not know is passed over:
    a site may send more than the documents say. A day (xs:date) stays the text that it is."""
    return _value_reader(element.type)


def _declarations(prefixes: Mapping[str, str]) -> str:
    declared = (f' xmlns:{prefix}="{namespace}"' for namespace, prefix in prefixes.items())
    return f'{"".join(declared)} xmlns:xsi="{XSI}"'


def _tag(qname: Any, prefixes: dict[str, str]) -> str:
    """A prefixed name; the prefix is declared once on the message's root."""
    namespace = qname.namespace
    if namespace is None:
        return str(qname.localname)
    prefix = prefixes.setdefault(namespace, f"n{len(prefixes)}")
    return f"{prefix}:{qname.localname}"


def _children(xsd_type: Any) -> list[tuple[str, Any]]:
    """The elements of a plain sequence in their order; TypeError for anything richer."""

    if xsd_type.attributes:
        raise TypeError(f"{xsd_type} has attributes")
    for _, indicator in xsd_type.elements_nested:
        if not isinstance(indicator, XsdSequence) or indicator.accepts_multiple:
            raise TypeError(f"{xsd_type} is no plain sequence")
    for _, child in xsd_type.elements:
        if not isinstance(child, Element):
            raise TypeError(f"{xsd_type} holds something other than elements")
    return list(xsd_type.elements)


def _value_writer(xsd_type: Any, prefixes: dict[str, str]) -> WriteValue:
    if isinstance(xsd_type, ComplexType):
        return _sequence_writer(xsd_type, prefixes)
    xmlvalue = xsd_type.xmlvalue

    def write(value: Any, append: Append) -> None:
        append(escape(xmlvalue(value)))

    return write


def _sequence_writer(xsd_type: Any, prefixes: dict[str, str]) -> WriteValue:
    members = [
        (name, element.is_optional, element.accepts_multiple, _element_writer(element, prefixes))
        for name, element in _children(xsd_type)
    ]
    required = [(name, write) for name, optional, _, write in members if not optional]
    singles = len(required) == len(members) and not any(many for _, _, many, _ in members)

    def write_all_required(value: Record, append: Append) -> None:
        for name, write in required:
            write(value.get(name), append)

    def write_sequence(value: Record, append: Append) -> None:
        for name, optional, many, write in members:
            item = value.get(name)
            if item is None:
                if not optional:
                    write(None, append)
            elif many:
                for one in item:
                    write(one, append)
            else:
                write(item, append)

    return write_all_required if singles else write_sequence


def _element_writer(element: Any, prefixes: dict[str, str]) -> WriteValue:
    """Writes one occurrence with its tags."""
    tag = _tag(element.qname, prefixes)
    start, end, empty = f"<{tag}>", f"</{tag}>", f'<{tag} xsi:nil="true"/>'
    nillable = bool(element.nillable)
    plain_text = isinstance(element.type, String)
    inner = _value_writer(element.type, prefixes)

    def missing(append: Append) -> None:
        if not nillable:
            raise InvalidRecord(f"the element {element.name} is missing")
        append(empty)

    def write_text(value: Any, append: Append) -> None:
        if type(value) is str:
            append(f"{start}{escape(value)}{end}")
        elif value is None:
            missing(append)
        else:
            append(start)
            inner(value, append)
            append(end)

    def write_record(value: Any, append: Append) -> None:
        if value is None:
            missing(append)
            return
        append(start)
        inner(value, append)
        append(end)

    return write_text if plain_text else write_record


def _value_reader(xsd_type: Any) -> ReadValue:
    if isinstance(xsd_type, ComplexType):
        return _sequence_reader(xsd_type)

    pythonvalue = _boolean if isinstance(xsd_type, Boolean) else xsd_type.pythonvalue

    def read(element: _Element) -> Any:
        text = element.text
        return None if text is None else pythonvalue(text)

    return read


def _boolean(text: str) -> bool:
    return text in _TRUE or text.strip() in _TRUE


def _sequence_reader(xsd_type: Any) -> ReadValue:
    slots: dict[str, tuple[str, bool, ReadValue | None]] = {}
    for name, element in _children(xsd_type):
        reader = (
            None
            if isinstance(element.type, (String, Date))
            else _nillable(_value_reader(element.type), element.nillable)
        )
        slots[element.qname.text] = (name, element.accepts_multiple, reader)
    find = slots.get

    def read(element: _Element) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for child in element:
            slot = find(child.tag)
            if slot is None:
                continue
            name, many, reader = slot
            value = child.text if reader is None else reader(child)
            if not many:
                record[name] = value
            elif name in record:
                record[name].append(value)
            else:
                record[name] = [value]
        return record

    return read


def _nillable(reader: ReadValue, nillable: bool) -> ReadValue:
    if not nillable:
        return reader

    def read(element: _Element) -> Any:
        return None if element.get(_NIL) in _TRUE else reader(element)

    return read


def occurrences(value: Any) -> Sequence[Any]:
    """A repeated element of a record that was read, empty where it was absent."""
    return value or ()
