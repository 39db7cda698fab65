"""What comes back: the status of every item, the body, or a fault (imses-protocol.md 1.5-1.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml.etree import _Element

from sync.errors import SiteFault
from sync.itslearning.codec import ReadValue
from sync.itslearning.contract import SOAP, Contract, Fault, Operation
from sync.itslearning.repetition import Shortened, shorten
from sync.itslearning.shapes import ShapedReader
from sync.model import UNKNOWN_OBJECT

_BIND = "http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0"
_HEADER = f"{{{SOAP}}}Header/{{{_BIND}}}syncResponseHeaderInfo"
_BODY = f"{{{SOAP}}}Body"
_FAULT = f"{{{SOAP}}}Fault"
_SET = f"{{{_BIND}}}statusInfoSet"


class NotSoap(Exception):
    """An answer that is no SOAP envelope: an HTML page, or XML that breaks off."""


@dataclass(frozen=True, slots=True)
class Status:
    """What itslearning says of one item."""

    major: str  # success | failure | unsupported | processing
    severity: str  # status | warning | error
    code: str  # minor code, such as unknownobject
    text: str

    @property
    def success(self) -> bool:
        """True where the item was done, with or without a note."""
        return self.major == "success"

    @property
    def unknown_object(self) -> bool:
        """True where itslearning says that there is no such thing."""
        return self.code.casefold() == UNKNOWN_OBJECT


DONE = Status("success", "status", "", "")
"""The status of an item that was done and about which there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one call. ``resent`` is true where an earlier sending of the same message may
    have been carried out, its answer lost. ``rows`` are the items that were asked for, where they
    were read apart from the element; then it does not hold them."""

    statuses: Sequence[Status]
    element: _Element | None  # the response element, None where a fault stands in its place
    read: ReadValue
    fault: Fault | None = None
    resent: bool = False
    rows: Sequence[tuple[Any, ...]] | None = None

    @property
    def body(self) -> Mapping[str, Any]:
        """The record of the response element, read anew each time. Raises SiteFault."""
        if self.element is None:
            return {}
        try:
            record: Mapping[str, Any] = self.read(self.element)
        except ValueError as error:
            raise SiteFault("itslearning answered with a value that cannot be read.") from error
        return record


def read_answer(
    contract: Contract,
    operation: Operation,
    content: bytes,
    items: ShapedReader[Any] | None = None,
    *,
    resent: bool = False,
    faults_only: bool = False,
) -> Answer:
    """Statuses and body of an envelope, or its fault; ``items`` reads the set that makes up most of
    the body. Raises NotSoap for another call's answer, and for what is none."""
    names = () if items is None else (items.set_name, items.name)
    short = None if faults_only else shorten(content, *names)
    if short is not None:
        try:
            return _read_short(contract, operation, short, items, resent)
        except (NotSoap, ValueError):
            pass  # not written as expected: the parser reads all of it
    return _read_whole(contract, operation, content, resent=resent, faults_only=faults_only)


def _read_whole(
    contract: Contract, operation: Operation, content: bytes, *, resent: bool, faults_only: bool
) -> Answer:
    root = _parsed(content)
    if _has_fault(root):
        return Answer((), None, operation.read, operation.fault(root.getroottree()), resent)
    if faults_only:
        raise NotSoap("an answer that is no fault")
    body, header = _body(operation, root), root.find(_HEADER)
    return Answer(_statuses(contract, header), body, operation.read, None, resent)


def _read_short(
    contract: Contract,
    operation: Operation,
    short: Shortened,
    items: ShapedReader[Any] | None,
    resent: bool,
) -> Answer:
    """As read_answer, of an answer whose repeated parts were cut out. Raises ValueError and NotSoap
    where they did not stand where they were taken to stand."""
    root = _parsed(short.text.encode())
    if _has_fault(root):
        raise ValueError("a fault beside an answer")
    body, header = _body(operation, root), root.find(_HEADER)
    if not short.statuses:
        statuses = _statuses(contract, header)
    elif header is not None and short.counts(header.findall(_SET)):
        statuses = [DONE] * short.statuses
    else:
        raise ValueError("the statuses stood elsewhere")
    rows = None
    if items is not None and short.items is not None:
        namespace = body.tag.rpartition("}")[0]
        (item_set,) = body.findall(f"{namespace}}}{items.set_name}")
        rows = items.rows(short.items, short.place(item_set, items.name, _parsed))
    return Answer(statuses, body, operation.read, None, resent, rows)


def _parsed(content: bytes) -> _Element:
    """The envelope of an answer. Raises NotSoap."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotSoap("an answer that is no complete XML") from error
    if root.tag != f"{{{SOAP}}}Envelope" or root.getroottree().docinfo.doctype:
        raise NotSoap("an answer that is no SOAP message")
    return root


def _has_fault(root: _Element) -> bool:
    return root.find(f"{_BODY}/{_FAULT}") is not None


def _body(operation: Operation, root: _Element) -> _Element:
    body: _Element | None = root.find(f"{_BODY}/{operation.response_tag}")
    if body is None:
        raise NotSoap("an answer that does not belong to the question")
    return body


def _statuses(contract: Contract, header: _Element | None) -> list[Status]:
    """The set where it has entries, else the single status (1.6: which of them comes varies)."""
    if header is None:
        return []
    record = contract.read_status(header)
    found = (record.get("statusInfoSet") or {}).get("statusInfo")
    if not found:
        single = record.get("statusInfo")
        found = [single] if single else []
    return [_status(one) for one in found]


def _status(record: dict[str, Any]) -> Status:
    major = (record.get("codeMajor") or "").strip().lower()
    severity = (record.get("severity") or "").strip().lower()
    minor, description = record.get("codeMinor"), record.get("description")
    if minor is None and description is None:
        plain = Status(major, severity, "", "")
        return DONE if plain == DONE else plain
    code = ""
    for minor_field in (minor or {}).get("codeMinorField") or ():
        code = minor_field.get("codeMinorValue") or minor_field.get("codeMinorName") or ""
        if code:
            break
    return Status(
        major, severity, code.strip(), " ".join(((description or {}).get("text") or "").split())
    )
