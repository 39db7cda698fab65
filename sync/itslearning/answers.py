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

_BIND = "http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0"
_HEADER = f"{{{SOAP}}}Header/{{{_BIND}}}syncResponseHeaderInfo"
_BODY = f"{{{SOAP}}}Body"
_FAULT = f"{{{SOAP}}}Fault"


# Most answers say nothing but success; counting that is much faster than reading each status.
_SET = f"{{{_BIND}}}statusInfoSet"
_COUNT_PLAIN = etree.XPath(
    "count(b:statusInfo[b:codeMajor='success' and b:severity='status' and not(b:description)])",
    namespaces={"b": _BIND},
)


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
        return self.code.casefold() == "unknownobject"


DONE = Status("success", "status", "", "")
"""The status of an item that was done and about which there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one call. ``resent`` is true where an earlier sending of the same message may
    have been carried out, its answer lost."""

    statuses: Sequence[Status]
    element: _Element | None  # the response element, None where a fault stands in its place
    read: ReadValue
    fault: Fault | None = None
    resent: bool = False

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


def parse(content: bytes) -> _Element:
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


def has_fault(root: _Element) -> bool:
    """True where the envelope carries a fault."""
    return root.find(f"{_BODY}/{_FAULT}") is not None


def read_answer(
    contract: Contract, operation: Operation, root: _Element, *, resent: bool
) -> Answer:
    """Statuses and body of an envelope, or its fault. Raises NotSoap for another call's answer."""
    if has_fault(root):
        return Answer((), None, operation.read, operation.fault(root.getroottree()), resent)
    body = root.find(f"{_BODY}/{operation.response_tag}")
    if body is None:
        raise NotSoap("an answer that does not belong to the question")
    header = root.find(_HEADER)
    statuses = [] if header is None else _statuses(contract, header)
    return Answer(statuses, body, operation.read, None, resent)


def _statuses(contract: Contract, element: _Element) -> list[Status]:
    """The set where it has entries, else the single status (1.6: which of them comes varies)."""
    several = element.find(_SET)
    if several is not None and len(several) == int(_COUNT_PLAIN(several)) > 0:
        return [DONE] * len(several)
    header = contract.read_status(element)
    found = (header.get("statusInfoSet") or {}).get("statusInfo")
    if not found:
        single = header.get("statusInfo")
        found = [single] if single else []
    return [_status(record) for record in found]


def _status(record: dict[str, Any]) -> Status:
    major = (record.get("codeMajor") or "").strip().lower()
    severity = (record.get("severity") or "").strip().lower()
    minor, description = record.get("codeMinor"), record.get("description")
    if minor is None and description is None:
        return Status(major, severity, "", "")
    code = ""
    for minor_field in (minor or {}).get("codeMinorField") or ():
        code = minor_field.get("codeMinorValue") or minor_field.get("codeMinorName") or ""
        if code:
            break
    return Status(
        major, severity, code.strip(), " ".join(((description or {}).get("text") or "").split())
    )
