"""Fast ways for records of a shape that was seen before.

Thousands of persons differ in their texts, not in which elements they have. The first record of a
shape goes through the codec with marks in place of its texts; where the marks come out tells how to
do all others of that shape without building anything in between. The codec stays the one that knows
the schema, and tests hold both ways to the same result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, Generic, TypeVar

from lxml.etree import _Element

from sync.itslearning.codec import ReadValue, Record, escape

Item = TypeVar("Item")
Live = TypeVar("Live")

Pick = Callable[[Sequence[Any]], tuple[Any, ...]]

_MARK = "\ue000"  # private use: no text of a school holds it
_MARKED = re.compile(f"{_MARK}(\\d+){_MARK}")
_MOST_SHAPES = 1000  # more than any site has; beyond, nothing is learned any more
_MOST_FORMS = 50  # each is tried in turn

# An element that holds nothing but a text, up to its end tag.
_LEAF = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)(?: [^<>]*)?>([^<>]+)(?=</)")


class ShapedWriter(Generic[Item]):
    """Writes the items of a batch as the codec does: same text, a template for each shape."""

    def __init__(
        self,
        write: Callable[[Any], str],
        record: Callable[[Item], Record],
        names: Sequence[str],
    ) -> None:
        """``write`` is the codec's writer of one item, ``record`` what it is given, and ``names``
        are the fields of the item (texts or None) that the record is made of."""
        self._write, self._record, self._names = write, record, tuple(names)
        self._row: Callable[[Item], tuple[str | None, ...]] = attrgetter(*names)
        self._templates: dict[Any, tuple[tuple[str, ...], Pick]] = {}

    def __call__(self, items: Sequence[Item]) -> list[str]:
        """The items as XML text, in pieces to be joined. Raises InvalidRecord."""
        rows = list(map(self._row, items))
        if not _is_plain("".join(filter(None, chain.from_iterable(rows)))):
            rows = [tuple(value and escape(value) for value in row) for row in rows]
        templates = self._templates
        pieces: list[str] = []
        for item, row in zip(items, rows, strict=True):
            shape = True if all(row) else tuple([value and True for value in row])
            template = templates.get(shape)
            if template is None:
                template = self._learned(item, row)
                if len(templates) < _MOST_SHAPES:
                    templates[shape] = template
            literals, pick = template
            pieces += pick(row + literals)
        return pieces

    def _learned(self, item: Item, row: Sequence[str | None]) -> tuple[tuple[str, ...], Pick]:
        """What stands between the texts, and what picks both in turn out of row and literals."""
        marks = {
            name: f"{_MARK}{place}{_MARK}"
            for place, (name, value) in enumerate(zip(self._names, row, strict=True))
            if value
        }
        text = self._write(self._record(replace(item, **marks)))  # type: ignore[type-var]
        literals, places = _MARKED.split(text)[::2], map(int, _MARKED.findall(text))
        turns = zip(range(len(row), len(row) + len(literals)), [*places, None], strict=True)
        return tuple(literals), _picker([one for one in chain(*turns) if one is not None])


@dataclass(frozen=True, slots=True)
class Place:
    """Where the items of an answer stand: ``parsed`` gives the element that the XML parser makes of
    one there, ``names`` the prefixes that hold there. Raises ValueError for what is no item."""

    parsed: Callable[[str], _Element]
    names: tuple[tuple[str | None, str], ...]


class ShapedReader(Generic[Live]):
    """Reads the items of one set of an answer, ``set_name`` and ``name`` being their elements."""

    def __init__(
        self,
        set_name: str,
        name: str,
        read: ReadValue,
        make: Callable[[Record], Live],
        made: Callable[..., Live],
        values: frozenset[str],
        switches: frozenset[str],
    ) -> None:
        """``read`` is the codec's reader of one item, ``make`` what its record becomes, of the type
        ``made``. ``values`` are local names of elements whose texts are carried over as they are;
        ``switches`` those whose texts decide what becomes of others, such as telType. All other
        texts decide nothing."""
        self.set_name, self.name, self.made = set_name, name, made
        self._read, self._make = read, make
        self._values, self._switches = values, switches
        self._fields = attrgetter(*(one.name for one in fields(made)))  # type: ignore[arg-type]
        self._forms: dict[Any, list[_Form]] = {}

    def live(self, element: _Element) -> Live:
        """What one element says, by the codec. Raises ValueError for a typed text that cannot be
        read."""
        return self._make(self._read(element))

    def rows(self, items: Sequence[str], place: Place) -> list[tuple[Any, ...]]:
        """What the items say, each as the fields of ``Live``. The items are XML text without the
        end tag. Raises ValueError where one is not what the XML parser takes."""
        forms = self._forms.setdefault(place.names, [])
        rows = []
        for item in items:
            for form in forms:
                row = form.row(item)
                if row is not None:
                    break
            else:
                row = self._row_of_new(item, place, forms)
            rows.append(row)
        return rows

    def _row_of_new(self, item: str, place: Place, forms: list[_Form]) -> tuple[Any, ...]:
        live = self.live(place.parsed(item))
        if len(forms) < _MOST_FORMS:
            form = self._learned(item, place)
            if form.row(item) is not None:
                forms.append(form)
        row: tuple[Any, ...] = self._fields(live)
        return row

    def _learned(self, item: str, place: Place) -> _Form:
        texts = [leaf for leaf in _LEAF.finditer(item) if leaf[1] not in self._switches]
        between = [0, *chain.from_iterable(leaf.span(2) for leaf in texts), len(item)]
        literals = [item[a:b] for a, b in zip(between[::2], between[1::2], strict=True)]
        marked = literals[0]
        for number, (leaf, literal) in enumerate(zip(texts, literals[1:], strict=True)):
            value = leaf[1] in self._values
            marked += (f"{_MARK}{number}{_MARK}" if value else leaf[2]) + literal
        # The fields are picked from the texts, followed by what is the same for all of the form.
        constants: list[Any] = []
        places: list[int] = []
        for value in self._fields(self.live(place.parsed(marked))):
            mark = _MARKED.fullmatch(value) if isinstance(value, str) else None
            places.append(int(mark[1]) if mark else len(texts) + len(constants))
            if not mark:
                constants.append(value)
        return _Form(literals, constants, _picker(places))


class _Form:
    """What items of one shape have in common: all their XML but the texts that vary."""

    def __init__(self, literals: Sequence[str], constants: list[Any], pick: Pick) -> None:
        self._start, self._literals = literals[0], tuple(literals[1:])
        self._constants, self._pick = constants, pick

    def row(self, item: str) -> tuple[Any, ...] | None:
        """The fields of an item, None where it has another shape or a text that needs a parser."""
        if not item.startswith(self._start):
            return None
        begin = len(self._start)
        texts: list[Any] = []
        for literal in self._literals:
            end = item.find("<", begin)
            if end <= begin or not item.startswith(literal, end):
                return None
            texts.append(item[begin:end])
            begin = end + len(literal)
        if begin != len(item) or not _is_plain("".join(texts)):
            return None
        texts += self._constants
        return self._pick(texts)


def _is_plain(text: str) -> bool:
    """True for text that stands in XML as it is; markup, references and control characters, line
    ends among them, are not."""
    return text.isprintable() and "&" not in text and "<" not in text and ">" not in text


def _picker(places: Sequence[int]) -> Pick:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda texts: tuple(texts[place] for place in places)
