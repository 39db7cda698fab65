"""Writes answers as itslearning's .NET service shapes them (imses-protocol.md 1.5 to 1.7)."""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from umstui.testsite.protocol import (
    ADDRESSING_NONE,
    BIND,
    COMMON,
    DISPATCHER,
    GMS_DATA,
    LEVELS,
    MMS_DATA,
    PMS_DATA,
    SCHEME,
    SOAP,
    WSSE,
    WSU,
    XSI,
    Operation,
)
from umstui.testsite.sites import Site
from umstui.testsite.texts import Result

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml(value: str) -> str:
    """``value`` as text of an element."""
    return escape(_NOT_XML.sub("", value))


def _status(result: Result, reference: str) -> str:
    parts = [
        f"<statusInfo><codeMajor>{result.major}</codeMajor><severity>{result.severity}</severity>"
    ]
    if result.minor:
        parts.append(
            "<codeMinor><codeMinorField><codeMinorName>ItslearningStatus</codeMinorName>"
            f"<codeMinorValue>{result.minor}</codeMinorValue></codeMinorField></codeMinor>"
        )
    parts.append(reference)
    if result.words:
        parts.append(
            f'<description><language xmlns="{COMMON}">en-US</language>'
            f'<text xmlns="{COMMON}">{xml(result.words)}</text></description>'
        )
    parts.append("</statusInfo>")
    return "".join(parts)


def timestamp(now: dt.datetime) -> str:
    """The Security header of every answer, valid for five minutes."""
    expires = now + dt.timedelta(minutes=5)
    return (
        f'<o:Security s:mustUnderstand="1" xmlns:o="{WSSE}"><u:Timestamp u:Id="_0">'
        f"<u:Created>{_moment(now)}</u:Created><u:Expires>{_moment(expires)}</u:Expires>"
        "</u:Timestamp></o:Security>"
    )


def _moment(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def answer(
    operation: Operation, message: str, results: Sequence[Result], body: str, now: dt.datetime
) -> bytes:
    """The whole answer: status header, timestamp, and ``body`` inside the response element."""
    quoted = xml(message)
    echo = f"<messageIdentifier>{quoted}</messageIdentifier>" if message else "<messageIdentifier/>"
    reference = f"<messageIdRef>{quoted}</messageIdRef>" if message else "<messageIdRef/>"
    plain = _status(Result(), reference)
    statuses = "".join(
        plain if result.major == "success" and not result.words else _status(result, reference)
        for result in results
    )
    if operation.status_set:
        statuses = f"<statusInfoSet>{statuses}</statusInfoSet>"
    name = f"{operation.name}Response"
    element = f'<{name} xmlns="{operation.namespace}"'
    if body:
        element += f' xmlns:c="{COMMON}" xmlns:d="{_DATA[operation.service]}" xmlns:i="{XSI}"'
        element += f">{body}</{name}>"
    else:
        element += "/>"
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:u="{WSU}"><s:Header>'
        f'<h:syncResponseHeaderInfo xmlns:h="{BIND}" xmlns="{BIND}">{echo}{statuses}'
        f"</h:syncResponseHeaderInfo>{timestamp(now)}</s:Header>"
        f"<s:Body>{element}</s:Body></s:Envelope>"
    ).encode()


_DATA = {"pms": PMS_DATA, "gms": GMS_DATA, "mms": MMS_DATA}

# INVENTED as far as this host goes: the codes and words are WCF's own (1.7).
_FAULTS = {
    "security": (
        WSSE,
        "InvalidSecurity",
        "An error occurred when verifying security for the message.",
    ),
    "credentials": (
        WSSE,
        "FailedAuthentication",
        "At least one security token in the message could not be validated.",
    ),
    "action": (
        ADDRESSING_NONE,
        "ActionNotSupported",
        "The message with Action '{detail}' cannot be processed at the receiver.",
    ),
    "unreadable": (
        DISPATCHER,
        "DeserializationFailed",
        "The formatter threw an exception while trying to deserialize the message: {detail}",
    ),
    "not-understood": (SOAP, "MustUnderstand", "The header '{detail}' was not understood."),
    "version": (SOAP, "VersionMismatch", "The envelope is not one of SOAP 1.1."),
    "internal": (
        DISPATCHER,
        "InternalServiceFault",
        "The server was unable to process the request due to an internal error.",
    ),
    "busy": (DISPATCHER, "InternalServiceFault", "The server is too busy: {detail}."),
}


def fault(name: str, detail: str = "") -> bytes:
    """A SOAP 1.1 fault as WCF writes them (1.7); it goes out with HTTP 500."""
    namespace, code, words = _FAULTS[name]
    prefix = "s" if namespace == SOAP else "a"
    declared = "" if namespace == SOAP else f' xmlns:a="{namespace}"'
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault>'
        f"<faultcode{declared}>{prefix}:{code}</faultcode>"
        f'<faultstring xml:lang="en-US">{xml(words.format(detail=detail))}</faultstring>'
        "</s:Fault></s:Body></s:Envelope>"
    ).encode()


# ---- records (sections 4 to 6)


def _identified(name: str, key: str | None) -> str:
    inner = f"<c:identifier>{xml(key)}</c:identifier>" if key else "<c:identifier/>"
    return f"<{name}>{inner}</{name}>"


def sourced_id(key: str | None) -> str:
    """The sourcedId of an object; its identifier is empty where the object has no key."""
    return _identified("sourcedId", key)


def _optional(name: str, value: str) -> str:
    return f"<{name}>{xml(value)}</{name}>" if value else ""


def _extension_field(name: str, value: str) -> str:
    return (
        f"<c:extensionField><c:fieldName>{xml(name)}</c:fieldName><c:fieldType>String</c:fieldType>"
        f"<c:fieldValue>{xml(value)}</c:fieldValue></c:extensionField>"
    )


def _name_part(kind: str, value: str) -> str:
    if not value:
        return ""
    return (
        f"<d:partName><d:namePartType>{kind}</d:namePartType>"
        f"<d:namePartValue>{xml(value)}</d:namePartValue></d:partName>"
    )


def _telephone(kind: str, value: str) -> str:
    if not value:
        return ""
    return f"<d:tel><d:telType>{kind}</d:telType><d:telValue>{xml(value)}</d:telValue></d:tel>"


def person(site: Site, row: sqlite3.Row, relatives: Iterable[tuple[str, str | None, str]]) -> str:
    """A person as reads show it: never the password, address line 2 as extadd (section 4)."""
    address = (
        _optional("d:extadd", row["street2"])
        + _optional("d:locality", row["locality"])
        + _optional("d:postcode", row["postcode"])
        + _optional("d:street", row["street1"])
    )
    fields = [_extension_field(*entry) for entry in json.loads(row["extension"]).items()]
    if row["external"]:
        fields.append(_extension_field("IsExternalUser", "True"))
    fields.extend(
        f"<c:relationship><c:relation>{relation}</c:relation>{_identified('c:sourceId', key)}"
        f"{_optional('c:label', label)}</c:relationship>"
        for relation, key, label in relatives
    )
    return "".join(
        (
            '<person><d:formatName i:nil="true"/><d:name>',
            _name_part("Prefix", row["prefix"]),
            _name_part("First", row["first"]),
            _name_part("Last", row["last"]),
            _name_part("Nick", row["nick"]),
            "</d:name>",
            _optional("c:email", row["email"]),
            f"<d:userId><c:userIdValue>{xml(row['user_name'])}</c:userIdValue></d:userId>",
            f"<d:address>{address}</d:address>" if address else "",
            # INVENTED: what reads show for a person of unknown gender.
            f"<d:demographics><d:gender>{row['gender'] or 'Gender'}</d:gender>",
            _optional("d:bday", row["birthday"]),
            "</d:demographics><d:institutionRole><d:institutionRoleType>",
            xml(site.role_of(row["profile"])),
            "</d:institutionRoleType><d:primaryRoleType>true</d:primaryRoleType>",
            "</d:institutionRole>",
            _telephone("Voice", row["phone"]),
            _telephone("Mobile", row["mobile"]),
            f"<d:extension>{''.join(fields)}</d:extension>" if fields else "",
            "</person>",
        )
    )


def group(row: sqlite3.Row) -> str:
    """A group as reads show it; a course with its fields (sections 5 and 5.2)."""
    parent = ""
    if row["parent"] is not None:
        parent = (
            "<d:relationship><d:relation>Parent</d:relation>"
            f"{_identified('d:sourceId', row['parent_key'])}"
            f"{_optional('d:label', row['parent_title'])}</d:relationship>"
        )
    fields = [_extension_field(*entry) for entry in json.loads(row["extension"]).items()]
    if row["course_title"] is not None:
        fields.append(_extension_field("course", row["course_title"]))
        if row["code"]:
            fields.append(_extension_field("course/code", row["code"]))
        if row["credits"]:
            fields.append(_extension_field("course/credits", row["credits"]))
    return (
        f"<group><d:groupType><d:scheme>{SCHEME}</d:scheme><d:typeValue>"
        f"<d:type>{row['type']}</d:type><d:level>{LEVELS[row['type']]}</d:level></d:typeValue>"
        f"</d:groupType>{parent}<d:description><d:descShort>{xml(row['title'])}</d:descShort>"
        f"{_optional('d:descLong', row['long_text'])}{_optional('d:descFull', row['full_text'])}"
        "</d:description>"
        + (f"<d:extension>{''.join(fields)}</d:extension>" if fields else "")
        + "</group>"
    )


def membership(row: sqlite3.Row) -> str:
    """A membership as reads show it; the home field only on the home one (6.4)."""
    home = ""
    if row["is_home"]:
        home = (
            "<d:extension><c:extensionField><c:fieldName>HomeOrganisation</c:fieldName>"
            "<c:fieldType>bool</c:fieldType><c:fieldValue>1</c:fieldValue></c:extensionField>"
            "</d:extension>"
        )
    return (
        f"<membership>{_identified('d:groupSourcedId', row['group_key'])}"
        f"<d:member>{_identified('d:memberSourcedId', row['person_key'])}"
        "<d:idType>Person</d:idType>"
        f"<d:role><d:roleType>{row['role']}</d:roleType>{home}</d:role></d:member></membership>"
    )
