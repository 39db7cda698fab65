"""Opens a request: SOAP 1.1, WS-Security with a plain password, one operation (1.2 to 1.4)."""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass
from typing import Any

from lxml import etree

from umstui.testsite.protocol import BIND, PLAIN_TYPE, SOAP, WSSE, WSU
from umstui.testsite.reading import to_moment

Element = Any

# How far the clock of a client may be off (1.3).
CLOCK_SKEW = dt.timedelta(minutes=5)

_UNDERSTOOD = {f"{{{WSSE}}}Security", f"{{{BIND}}}syncRequestHeaderInfo"}


class Refused(Exception):
    """The request ends in the fault of that name (writing.fault)."""

    def __init__(self, fault: str, detail: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.detail = detail


@dataclass(frozen=True)
class Envelope:
    """What was asked, by whom, under which message identifier."""

    user_name: str
    password: str
    message: str
    body: Element  # the one child of soap:Body


def opened(content: bytes, now: dt.datetime) -> Envelope:
    """The envelope in ``content``; raises Refused with the fault it must end in."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Refused("unreadable", f"{error.msg}") from None
    if root.getroottree().docinfo.doctype:
        raise Refused("unreadable", "DTD is prohibited in this XML document.")
    if root.tag != f"{{{SOAP}}}Envelope":
        raise Refused(
            "version" if str(root.tag).endswith("}Envelope") else "unreadable", "Envelope"
        )
    header = root.find(f"{{{SOAP}}}Header")
    body = root.find(f"{{{SOAP}}}Body")
    user_name, password, message = _header(header, now)
    if body is None or len(body) != 1:
        raise Refused("unreadable", "The body must have one element.")
    return Envelope(user_name, password, message, body[0])


def _header(header: Element, now: dt.datetime) -> tuple[str, str, str]:
    security = None
    message = ""
    for entry in () if header is None else header:
        if entry.tag == f"{{{WSSE}}}Security":
            security = entry
        elif entry.tag == f"{{{BIND}}}syncRequestHeaderInfo":
            message = (entry.findtext(f"{{{BIND}}}messageIdentifier") or "").strip()
        elif entry.get(f"{{{SOAP}}}mustUnderstand") in {"1", "true"}:
            raise Refused("not-understood", str(entry.tag).rpartition("}")[2])
    if security is None:
        raise Refused("security")
    _check_timestamp(security.find(f"{{{WSU}}}Timestamp"), now)
    token = security.find(f"{{{WSSE}}}UsernameToken")
    if token is None:
        raise Refused("security")
    password = token.find(f"{{{WSSE}}}Password")
    if password is None or password.get("Type", PLAIN_TYPE) != PLAIN_TYPE:
        raise Refused("security")
    user_name = (token.findtext(f"{{{WSSE}}}Username") or "").strip()
    return user_name, password.text or "", message


def _check_timestamp(stamp: Element, now: dt.datetime) -> None:
    """A timestamp need not be there; a stale one is refused, as WCF does (1.3)."""
    if stamp is None:
        return
    try:
        created = to_moment(stamp.findtext(f"{{{WSU}}}Created") or "")
        expires = to_moment(stamp.findtext(f"{{{WSU}}}Expires") or "9999-01-01T00:00:00Z")
    except ValueError:
        raise Refused("security") from None
    if created > now + CLOCK_SKEW or expires < now - CLOCK_SKEW or created < now - 2 * CLOCK_SKEW:
        raise Refused("security")


def same(one: str, other: str) -> bool:
    """Whether two secrets agree, without telling by the time it takes where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
