"""The contract of itslearning's services, held by zeep: WSDL, WS-Security, headers, faults.

Loaded from our own WSDL files, never over the network, and once per process.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from lxml import etree
from lxml.etree import _Element
from zeep import Client, Transport
from zeep.exceptions import Fault as ZeepFault
from zeep.wsse.username import UsernameToken

from sync.errors import SettingsError
from sync.itslearning import wsdl
from sync.itslearning.codec import (
    ListWriter,
    MessageWriter,
    ReadValue,
    Record,
    fits_xml,
    message_reader,
)

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_IDENTIFIER_MARK = "@@message-identifier@@"
_SECRET = re.compile(r"(<[^<>]*Password[^<>]*>).*?(</[^<>]*Password>)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """A SOAP fault. ``code`` is the local name of the fault code, such as DeserializationFailed."""

    code: str
    text: str

    @property
    def refuses_credentials(self) -> bool:
        """True for WCF's security faults (imses-protocol.md 1.7)."""
        return self.code.casefold() in _SECURITY

    @property
    def unknown_operation(self) -> bool:
        """True where the address does not know the operation."""
        return self.code.casefold() == "actionnotsupported"

    @property
    def passing(self) -> bool:
        """True where the service itself was in trouble, so that the same message may pass later."""
        return self.code.casefold() in _PASSING


_SECURITY = frozenset({"invalidsecurity", "failedauthentication", "invalidsecuritytoken"})
_PASSING = frozenset({"internalservicefault", "server", "receiver", "servertoobusy"})


class Operation:
    """One operation: how to ask and how to read the answer."""

    def __init__(self, client: Any, service: Any, binding: Any, zeep_operation: Any) -> None:
        self.name: str = zeep_operation.name
        self.action: str = zeep_operation.soapaction
        self._client, self._service = client, service
        self._binding, self._zeep = binding, zeep_operation

    @cached_property
    def write(self) -> MessageWriter:
        """Record of the request to XML text."""
        return MessageWriter(self._zeep.input.body)

    @cached_property
    def write_list(self) -> ListWriter:
        """Items of a mass request to XML text."""
        return ListWriter(self._zeep.input.body)

    def reader_of(self, *path: str) -> ReadValue:
        """Parsed element somewhere inside the response, named from outside in, to its record."""
        element = self._zeep.output.body
        for name in path:
            element = dict(element.type.elements)[name]
        return message_reader(element)

    @cached_property
    def read(self) -> ReadValue:
        """Parsed element of the response to its record."""
        return message_reader(self._zeep.output.body)

    @cached_property
    def response_tag(self) -> str:
        """The name of the response element, namespace included."""
        return str(self._zeep.output.body.qname.text)

    def message(self, token: Any, identifier: str, request: Record) -> bytes:
        """A whole message made by zeep alone: for small calls, whose making costs little."""
        headers: dict[str, Any] = {}
        if self._zeep.input.header.type.elements:
            headers["_soapheaders"] = {"syncRequestHeaderInfo": {"messageIdentifier": identifier}}
        envelope = self._client.create_message(self._service, self.name, **request, **headers)
        envelope, _ = token.apply(envelope, {})
        return _serialized(envelope)

    def fault(self, document: _Element) -> Fault:
        """The fault of an answer that holds one."""
        try:
            self._binding.process_error(document, self._zeep)
        except ZeepFault as fault:
            code, text = fault.code or "", str(fault.message or "")
        return Fault(code.rpartition(":")[2].strip(), " ".join(text.split()))


class OwnFilesOnly(Transport):
    """Reads the WSDL beside it and refuses every other address."""

    def _load_remote_data(self, url: str) -> bytes:
        raise OSError(f"the contract names a document elsewhere: {url}")


class Contract:
    """All operations of one WSDL file by name."""

    def __init__(self, path: Path) -> None:
        logging.getLogger("zeep.transports").addFilter(without_password)
        self._client = Client(str(path), transport=OwnFilesOnly())  # type: ignore[no-untyped-call]
        self._operations: dict[str, Operation] = {}
        for service in self._client.wsdl.services.values():
            for port in service.ports.values():
                proxy = self._client.bind(service.name, port.name)
                for name, operation in port.binding.all().items():
                    self._operations[name] = Operation(self._client, proxy, port.binding, operation)

    def operation(self, name: str) -> Operation:
        """The operation of that name; KeyError where the WSDL has none."""
        return self._operations[name]

    @cached_property
    def read_status(self) -> ReadValue:
        """Parsed syncResponseHeaderInfo to its record."""
        element = self._client.get_element(  # type: ignore[no-untyped-call]
            "{http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0}syncResponseHeaderInfo"
        )
        return message_reader(element)

    def __contains__(self, name: str) -> bool:
        return name in self._operations


@dataclass(frozen=True, repr=False)
class Envelope:
    """The envelope of one login, made by zeep once: header, token and an open body."""

    start: str
    middle: str
    end: str

    def around(self, identifier: str, body: str) -> bytes:
        """The whole message. ``identifier`` is plain hexadecimal and needs no escaping."""
        return f"{self.start}{identifier}{self.middle}{body}{self.end}".encode()


@lru_cache(maxsize=4)
def contract(path: Path) -> Contract:
    """The contract of one of our WSDL files."""
    return Contract(path)


def enterprise() -> Contract:
    """IMS Enterprise Services."""
    return contract(wsdl.ENTERPRISE)


def user_name_token(user_name: str, password: str) -> Any:
    """WS-Security UsernameToken with the password as text (imses-protocol.md 1.3).

    Raises SettingsError where a login holds characters that cannot be sent.
    """
    if not user_name or not password:
        raise SettingsError(
            "itslearning needs a user name and a password; set them for the organization in UMS, "
            "in the keyring or in UMSTUI_ORG_<ID>_PASSWORD."
        )
    if not (fits_xml(user_name) and fits_xml(password)):
        raise SettingsError("The itslearning user name or password holds a control character.")
    return UsernameToken(user_name, password)  # type: ignore[no-untyped-call]


def envelope(token: Any) -> Envelope:
    """The envelope around every mass call of IMS Enterprise Services."""
    operation = enterprise().operation("readPersons")
    text = operation.message(token, _IDENTIFIER_MARK, {}).decode()
    start, _, middle = text.partition(_IDENTIFIER_MARK)
    body = re.search(r"<(?:[\w.-]+:)?readPersonsRequest\b[^<>]*/>", middle)
    if body is None:
        raise RuntimeError("the envelope was not written as expected")
    return Envelope(start, middle[: body.start()], middle[body.end() :])


def without_password(record: logging.LogRecord) -> bool:
    """A log filter: zeep writes whole envelopes at DEBUG, the password among them."""
    message = record.getMessage()
    if "password" in message.casefold():
        record.msg, record.args = _SECRET.sub(r"\1***\2", message), ()
    return True


def _serialized(element: _Element) -> bytes:
    return bytes(etree.tostring(element, xml_declaration=True, encoding="utf-8"))
