"""Serves the WSDL that the client uses too, under the addresses WCF would serve it at (1.1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree

from sync.itslearning import wsdl
from umstui.testsite.protocol import (
    PORTS,
)

_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
_XS = "http://www.w3.org/2001/XMLSchema"
_SCHEMAS_HERE = b"<!--schemas-->"
_QNAMES = ("message", "binding", "type", "element")

Element = Any

_MAIN = {
    **dict.fromkeys(PORTS, wsdl.ENTERPRISE),
    "DataService": wsdl.DATA_SERVICE,
    "ReadDataService": wsdl.READ_DATA_SERVICE,
}


def document(name: str, address: str, query: dict[str, str]) -> bytes | None:
    """The description that is asked for at ``address``, or None for anything else.

    ``?wsdl`` names further parts as ``?wsdl=FILE`` and ``?xsd=FILE``; ``?singleWsdl`` has all in
    one document.
    """
    asked = {key.lower(): value for key, value in query.items()}
    if "singlewsdl" in asked:
        root, schemas = _single(_MAIN[name])
        return _served(root, name, address).replace(_SCHEMAS_HERE, schemas)
    if "xsd" in asked:
        path = _part(asked["xsd"], ".xsd")
    elif asked.get("wsdl"):
        path = _part(asked["wsdl"], ".wsdl")
    else:
        path = _MAIN[name] if "wsdl" in asked else None
    return None if path is None else _served(etree.parse(path).getroot(), name, address)


def _part(name: str, ending: str) -> Path | None:
    """A part by its file name; only names that are there, so no path can be asked for."""
    return next(
        (path for path in wsdl.FOLDER.iterdir() if path.name == name and path.suffix == ending),
        None,
    )


def _served(root: Element, name: str, address: str) -> bytes:
    """The document with our own address in it, and with links that lead back here."""
    for link in root.iter(f"{{{_XS}}}import"):
        if link.get("schemaLocation"):
            link.set("schemaLocation", f"{address}?xsd={link.get('schemaLocation')}")
    for link in root.iter(f"{{{_WSDL}}}import"):
        link.set("location", f"{address}?wsdl={link.get('location')}")
    for port in list(root.iter(f"{{{_WSDL}}}port")):
        if name in PORTS[1:] and port.get("name") != f"BasicHttpBinding_{name}":
            port.getparent().remove(port)
        for place in port.iter(f"{{{_SOAP}}}address"):
            place.set("location", address)
    served: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return served


def _single(path: Path) -> tuple[Element, bytes]:
    """One document with everything that ``path`` imports, and the schemas to put into it.

    Messages, port types and bindings move into the namespace of the main document; none of
    these names ever goes on the wire (9.1).
    """
    main = etree.parse(path).getroot()
    parts = [
        etree.parse(path.with_name(link.get("location"))).getroot()
        for link in main.iter(f"{{{_WSDL}}}import")
    ]
    parts.append(main)
    target = main.get("targetNamespace")
    merged = {part.get("targetNamespace") for part in parts}
    schemas: dict[str, Element] = {}
    for part in parts:
        _gather(part, path.parent, schemas)
    prefixes = {namespace: f"n{number}" for number, namespace in enumerate(schemas)}
    if target not in prefixes:
        prefixes[target] = "t"
    names = {prefix: namespace for namespace, prefix in prefixes.items()}
    root = etree.Element(f"{{{_WSDL}}}definitions", nsmap={"wsdl": _WSDL, "soap": _SOAP, **names})
    root.set("targetNamespace", target)
    types = etree.SubElement(root, f"{{{_WSDL}}}types")
    # Put in as text: moving a schema under another root would drop prefixes that only its
    # attributes use.
    types.append(etree.Comment("schemas"))
    for kind in ("message", "portType", "binding", "service"):
        for part in parts:
            for entry in part.findall(f"{{{_WSDL}}}{kind}"):
                _requalify(entry, merged, target, prefixes)
                root.append(entry)
    return root, b"".join(etree.tostring(schema) for schema in schemas.values())


def _gather(document: Element, folder: Path, schemas: dict[str, Element]) -> None:
    """Collects every schema that a document imports, each namespace once."""
    for link in document.iter(f"{{{_XS}}}import"):
        namespace, location = link.get("namespace"), link.attrib.pop("schemaLocation", None)
        if location is None or namespace in schemas:
            continue
        schema = etree.parse(folder / location).getroot()
        schemas[namespace] = schema
        _gather(schema, folder, schemas)


def _requalify(entry: Element, merged: set[str], target: str, prefixes: dict[str, str]) -> None:
    """Writes the names that ``entry`` refers to with the prefixes of the merged document."""
    for element in entry.iter():
        for attribute in _QNAMES:
            prefix, colon, local = (element.get(attribute) or "").partition(":")
            if not colon:
                continue
            namespace = element.nsmap[prefix]
            if attribute != "element" and namespace in merged:
                namespace = target
            element.set(attribute, f"{prefixes[namespace]}:{local}")
