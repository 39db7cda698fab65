"""Checks requests against the XML schemas of the shared WSDL, and serves both to whoever asks.

The rules of reading.py stand for themselves; the schemas add the types of those elements that
itslearning has and the test site does nothing with.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from lxml import etree

from sync.itslearning import wsdl
from umstui.testsite.reading import Reading

Element = Any

# Messages about the type of a value; all others are about which element stands where.
_ABOUT_VALUES = ("DATATYPE", "FACET", "ENUMERATION", "PATTERN", "LENGTH")
# The rest of such a message holds the value, which may be a birthday.
_NAME = re.compile(r"Element '(?:\{[^}]*\})?([^']*)'")
_LENIENT_ROLE = "institutionRoleType"


@cache
def _schema(path: str) -> Any:
    return etree.XMLSchema(etree.parse(path))


def value_errors(body: Element, reading: Reading) -> list[str]:
    """What is wrong with typed values of a request, in words without the values themselves."""
    schema = _schema(str(wsdl.ENTERPRISE_SCHEMA))
    if schema.validate(body):
        return []
    found = []
    for error in schema.error_log:
        if not any(word in error.type_name for word in _ABOUT_VALUES):
            continue
        name = _NAME.match(error.message)
        element = name[1] if name else "unknown"
        if element == _LENIENT_ROLE and not reading.strict_roles:
            continue
        found.append(f"The value of element '{element}' cannot be read into its type.")
    return found
