"""What an answer says over and over, taken out before it is parsed.

Nearly all of a long answer repeats itself: five hundred plain statuses, fifty persons of one shape.
Building a tree of that costs several times what the rest of a call does. So the repeated part is
cut out of the text and a mark is set in its place. The XML parser reads what is left, and where it
finds the mark tells whether the part stood where it was taken to stand. Where anything differs from
how itslearning's .NET service writes (imses-protocol.md 1.5) - other prefixes, white space, a
failure among the statuses - nothing is cut, and the parser reads all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lxml.etree import _Element

from sync.itslearning.shapes import Place

_STATUSES_CUT, _ITEMS_CUT = "\ue001", "\ue002"  # private use: no answer holds them
_SET, _SET_END = "<statusInfoSet>", "</statusInfoSet>"
_PLAIN = re.compile(
    "<statusInfo><codeMajor>success</codeMajor><severity>status</severity>"
    "(?:<messageIdRef>[^<>&]*</messageIdRef>|<messageIdRef ?/>)?</statusInfo>"
)


@dataclass(frozen=True, slots=True)
class Shortened:
    """An answer without its repeated parts. ``statuses`` is how often the one plain status that is
    left stood there, ``items`` the items without their end tags; 0 and None where not cut."""

    text: str
    statuses: int
    items: list[str] | None

    def counts(self, status_sets: Sequence[_Element]) -> bool:
        """True where the parser found the statuses where they were cut out, and no others."""
        return [(one.text, len(one)) for one in status_sets] == [(_STATUSES_CUT, 1)] and (
            status_sets[0][0].tail is None
        )

    def place(self, item_set: _Element, name: str, parse: Callable[[bytes], _Element]) -> Place:
        """The place of the items. Raises ValueError where the parser did not find it there."""
        if item_set.text != _ITEMS_CUT or len(item_set):
            raise ValueError("the items stood elsewhere")
        path = item_set.getroottree().getelementpath(item_set)
        before, _, after = self.text.partition(_ITEMS_CUT)
        tag = item_set.tag.rpartition("}")[0] + "}" + name

        def parsed(item: str) -> _Element:
            found = parse(f"{before}{item}</{name}>{after}".encode()).find(path)
            if found is None or found.text or [one.tag for one in found] != [tag] or found[0].tail:
                raise ValueError("no item")
            return found[0]

        return Place(parsed, tuple(item_set.nsmap.items()))


def shorten(content: bytes, set_name: str = "", name: str = "") -> Shortened | None:
    """The answer without its plain statuses and, where ``set_name`` names their set, its items;
    None where nothing can be cut out."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    if text[:2] in {"<?", "<!"} or _STATUSES_CUT in text or _ITEMS_CUT in text:
        return None  # a declaration may name another encoding
    statuses, items = 0, None
    begin = text.find(_SET) + len(_SET)
    first = _PLAIN.match(text, begin)
    if first:
        end = text.find(_SET_END, begin)
        statuses, rest = divmod(end - begin, len(first[0]))
        if rest or text[begin:end] != first[0] * statuses:
            statuses = 0
        else:
            text = f"{text[:begin]}{_STATUSES_CUT}{first[0]}{text[end:]}"
    if set_name:
        begin = text.find(f"<{set_name}>") + len(f"<{set_name}>")
        end = text.rfind(f"</{set_name}>")
        *pieces, rest_text = text[begin:end].split(f"</{name}>")
        if pieces and not rest_text and end > begin:
            items = pieces
            text = f"{text[:begin]}{_ITEMS_CUT}{text[end:]}"
    return Shortened(text, statuses, items) if statuses or items else None
