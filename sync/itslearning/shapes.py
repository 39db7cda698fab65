"""Fast ways for records of a shape that was seen before.

Thousands of persons differ in their texts, not in which elements they have. The first record of a
shape goes through the codec with marks in place of its texts; where the marks come out tells how to
do all others of that shape without building anything in between. The codec stays the one that knows
the schema, and tests hold both ways to the same result.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from operator import attrgetter, itemgetter
from typing import Any, Generic, TypeVar

from lxml.etree import _Element

from sync.itslearning.codec import ReadValue, Record, escape

Item = TypeVar("Item")
Live = TypeVar("Live")

Plan = Callable[[list[str | None], str | None], Live]

_MARK = "\ue000"  # private use: no text of a school holds it
_MARKED = re.compile(f"{_MARK}(\\d+){_MARK}")
_MOST_SHAPES = 1000  # more than any site has; beyond, nothing is learned any more


class ShapedWriter(Generic[Item]):
    """Writes one item of a list as the codec does: same text, a template for each shape."""

    def __init__(
        self,
        write: Callable[[Any], str],
        record: Callable[[Item], Record],
        names: Sequence[str],
    ) -> None:
        """``write`` is the codec's writer of one item, ``record`` what it is given, and ``names``
        are the fields of the item (texts or None) that the record is made of."""
        self._write, self._record, self._names = write, record, tuple(names)
        self._values: Callable[[Item], tuple[str | None, ...]] = attrgetter(*names)
        self._templates: dict[Any, Callable[[Any], str]] = {}

    def __call__(self, item: Item) -> str:
        """The item as XML text. Raises InvalidRecord."""
        values = self._values(item)
        shape = True if all(values) else (*map(type, values), *map(bool, values))
        template = self._templates.get(shape)
        if template is None:
            template = self._learned(item, values)
            if len(self._templates) < _MOST_SHAPES:
                self._templates[shape] = template
        return template(values)

    def _learned(self, item: Item, values: Sequence[str | None]) -> Callable[[Any], str]:
        marks = {
            name: f"{_MARK}{place}{_MARK}"
            for place, (name, value) in enumerate(zip(self._names, values, strict=True))
            if value
        }
        text = self._write(self._record(replace(item, **marks)))  # type: ignore[type-var]
        places = [int(place) for place in _MARKED.findall(text)]
        form = _MARKED.sub("%s", text.replace("%", "%%"))
        if len(places) < 2:
            return lambda found: form % tuple(escape(found[place]) for place in places)
        pick = itemgetter(*places)

        def fill(found: Sequence[str]) -> str:
            chosen = pick(found)
            joined = "".join(chosen)
            if not joined.isprintable() or "&" in joined or "<" in joined or ">" in joined:
                chosen = tuple(map(escape, chosen))
            text: str = form % chosen
            return text

        return fill


class ShapedReader(Generic[Live]):
    """Reads one element as the codec and ``make`` do, by what was learned of its shape.

    The first field of what ``make`` gives is a key; a caller gives it where the answer has none.
    """

    def __init__(
        self,
        read: ReadValue,
        make: Callable[[Record], Live],
        values: frozenset[str],
        switches: frozenset[str],
    ) -> None:
        """``values`` are local names of elements whose texts are carried over as they are;
        ``switches`` those whose texts decide what becomes of others, such as telType."""
        self._read, self._make = read, make
        self._is_value, self._is_switch = values, switches
        self._forms: dict[str, _Form[Live]] = {}

    def __call__(self, element: _Element, key: str | None = None) -> Live:
        """What the element says. Raises ValueError for a typed text that cannot be read."""
        parts = list(element.iter())
        tags = "".join([part.tag for part in parts])
        texts = [part.text for part in parts]
        form = self._forms.get(tags)
        if form is None:
            form = self._formed(parts)
            if len(self._forms) < _MOST_SHAPES:
                self._forms[tags] = form
        shape = form.shape(texts)
        plan = form.plans.get(shape)
        if plan is None:
            plan = self._learned(element, form, texts)
            if len(form.plans) < _MOST_SHAPES:
                form.plans[shape] = plan
        return plan(texts, key)

    def _formed(self, parts: Sequence[_Element]) -> _Form[Live]:
        names = [part.tag.rpartition("}")[2] for part in parts]
        return _Form(
            [place for place, name in enumerate(names) if name in self._is_value],
            [place for place, name in enumerate(names) if name in self._is_switch],
        )

    def _learned(
        self, element: _Element, form: _Form[Live], texts: Sequence[str | None]
    ) -> Plan[Live]:
        marked = copy.deepcopy(element)
        for place, part in enumerate(marked.iter()):
            if place in form.values and texts[place]:
                part.text = f"{_MARK}{place}{_MARK}"
        live = self._make(self._read(marked))
        # The fields are picked from the texts, followed by what is the same for all of the shape,
        # followed by the key that a caller may give.
        constants: list[Any] = []
        places: list[int] = []
        for one in fields(live):  # type: ignore[arg-type]
            value = getattr(live, one.name)
            mark = _MARKED.fullmatch(value) if isinstance(value, str) else None
            places.append(int(mark[1]) if mark else len(texts) + len(constants))
            if not mark:
                constants.append(value)
        pick = itemgetter(*places)
        pick_keyed = itemgetter(len(texts) + len(constants), *places[1:])
        kind: Callable[..., Live] = type(live)

        def plan(found: list[str | None], key: str | None) -> Live:
            found += constants
            if key is None:
                return kind(*pick(found))
            found.append(key)
            return kind(*pick_keyed(found))

        return plan


class _Form(Generic[Live]):
    """What elements with the same tags have in common."""

    def __init__(self, values: Sequence[int], switches: Sequence[int]) -> None:
        self.values = frozenset(values)
        self._values = _picker(values)
        self._switches = _picker(switches)
        self.plans: dict[Any, Plan[Live]] = {}

    def shape(self, texts: list[str | None]) -> Any:
        """Switches by their text, values by whether they are empty."""
        values = self._values(texts)
        return self._switches(texts), True if all(values) else tuple(map(bool, values))


def _picker(places: Sequence[int]) -> Callable[[list[str | None]], tuple[str | None, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda texts: tuple(texts[place] for place in places)
