"""Answers as itslearning's .NET service writes them: namespaces as defaults, nothing in between."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from lxml import etree
from lxml.etree import _Element

from tests.itslearning.strict_shapes import BIND

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PLAIN = (
    "<statusInfo><codeMajor>success</codeMajor><severity>status</severity>"
    "<messageIdRef>4f</messageIdRef></statusInfo>"
)
REFUSED = (
    "<statusInfo><codeMajor>failure</codeMajor><severity>error</severity><codeMinor>"
    "<codeMinorField><codeMinorName>EndSystem</codeMinorName><codeMinorValue>unknownobject"
    "</codeMinorValue></codeMinorField></codeMinor></statusInfo>"
)


def written(element: _Element, inherited: str = "") -> str:
    """The element with a default namespace wherever it changes."""
    name = etree.QName(element)
    start = name.localname
    if name.namespace != inherited:
        start += f' xmlns="{name.namespace}"'
    if element.get(f"{{{XSI}}}nil"):
        start += ' i:nil="true"'
    inner = escape(element.text or "")
    inner += "".join(written(child, name.namespace or "") for child in element)
    return f"<{start}>{inner}</{name.localname}>" if inner else f"<{start}/>"


def envelope(statuses: Sequence[str], body: str) -> str:
    """The whole answer around the response element."""
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Header><h:syncResponseHeaderInfo xmlns:h="{BIND}" '
        f'xmlns="{BIND}" xmlns:i="{XSI}"><messageIdentifier>4f</messageIdentifier><statusInfoSet>'
        f"{''.join(statuses)}</statusInfoSet></h:syncResponseHeaderInfo></s:Header>"
        f'<s:Body xmlns:i="{XSI}">{body}</s:Body></s:Envelope>'
    )
