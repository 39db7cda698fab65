"""Changing umstui.toml by a line or a profile, and leaving all else, comments too, as it is."""

from __future__ import annotations

import contextlib
import copy
import os
import tempfile
import tomllib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.errors import SettingsError
from umstui import config

Data = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """The file as it would stand there, and the change in words."""

    text: str
    said: str


def changed(path: Path, section: str, name: str, value: str) -> Changed:
    """The file with ``name`` of ``[section]`` given as ``value``, written as TOML: ``5``,
    ``"cells"``, ``{ percent = 5 }``. An empty value takes the line out, so that the default counts.

    Nothing is written. Raises SettingsError where the file would no longer be right.
    """
    steps = section.split(".") if section else []
    was = _at(_data(path), steps).get(name)
    new = _value(name, value) if value else None

    def put(data: Data, given: object) -> None:
        inner = _made(data, steps) if new is not None else _at(data, steps)
        if new is not None:
            inner[name] = given
        else:
            inner.pop(name, None)

    line = _line(name, new) if new is not None else "(the default)"
    before = _line(name, was) if was is not None else "(the default)"
    return _edited(path, put, new, f"[{section}] {before} -> {line}")


def profiles(path: Path) -> list[dict[str, Any]]:
    """The profiles as the file has them: only the limits that each one names."""
    found: list[dict[str, Any]] = _data(path).get("filter", {}).get("profile", [])
    return found


def changed_profile(
    path: Path, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Changed:
    """The file with a profile put in the place of another; without ``old`` it is added, without
    ``new`` taken out. Both are as ``profiles`` gives them.

    Nothing is written. Raises SettingsError where ``old`` is not so in the file any more, or where
    the file would no longer be right.
    """
    present = profiles(path)
    if old is not None and old not in present:
        raise SettingsError(
            f"The profile {old['name']!r} was changed in {path.name} meanwhile; look at it again."
        )
    if new is not None and any(p["name"] == new["name"] for p in present if p != old):
        raise SettingsError(f"There is a profile {new['name']!r} already; take another name.")
    place = present.index(dict(old)) if old is not None else len(present)

    def put(data: Data, given: object) -> None:
        if old is None:
            inner = _made(data, ["filter"])
            if "profile" in inner:
                inner["profile"].append(given)
            else:
                inner["profile"] = _tables(data, given)
        elif new is None:
            data["filter"]["profile"].pop(place)
            for name, inner in (("profile", data["filter"]), ("filter", data)):
                if not inner[name]:
                    del inner[name]
        else:
            _overwrite(data["filter"]["profile"][place], new)

    was = _profile_line(old) if old is not None else "(none)"
    becomes = _profile_line(new) if new is not None else "(none)"
    return _edited(path, put, new, f"[[filter.profile]] {was} -> {becomes}")


def store(path: Path, change: Changed) -> None:
    """Put the changed file in the place of the old one, whole or not at all."""
    descriptor, name = tempfile.mkstemp(prefix=".umstui-", suffix=".toml", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(change.text)
        new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error


def _text(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:  # line ends stay as they are
        return file.read()


def _data(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error


def _value(name: str, written: str) -> object:
    """A value as it was typed. Raises SettingsError where it is none, or more than one line."""
    try:
        found = tomllib.loads(f"{name} = {written}")
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f'{name} = {written} is no TOML ({error}); text stands in quotes: "{written[:20]}"'
        ) from error
    if list(found) != [name]:
        raise SettingsError(f"{name} takes one value.")
    return found[name]


def _at(data: Data, steps: Sequence[str]) -> Data:
    for step in steps:
        data = data.get(step, {})
    return data


def _made(data: Data, steps: Sequence[str]) -> Data:
    """The table at the end of the steps, put there where it was missing."""
    for place, step in enumerate(steps):
        if step not in data:
            data[step] = _table(data, last=place == len(steps) - 1)
        data = data[step]
    return data


def _table(data: Data, *, last: bool) -> Data:
    if isinstance(data, dict) and type(data) is dict:
        return {}
    import tomlkit
    from tomlkit.items import InlineTable

    if isinstance(data, InlineTable):
        return tomlkit.inline_table()
    return tomlkit.table(is_super_table=not last)


def _tables(data: Data, first: object) -> Any:
    if type(data) is dict:
        return [first]
    import tomlkit

    array = tomlkit.aot()
    array.append(first)
    return array


def _overwrite(table: Data, new: Mapping[str, Any]) -> None:
    """Make a table say the same as ``new``, touching only what differs: comments stay."""
    for name in [name for name in table if name not in new]:
        del table[name]
    for name, value in new.items():
        if isinstance(value, dict) and name in table:
            _overwrite(table[name], value)
        elif name not in table or table[name] != value:
            table[name] = _item(value)


def _item(value: object) -> Any:
    """A value as tomlkit keeps it."""
    import tomlkit

    return tomlkit.value(_toml(value))


def _toml(value: object) -> str:
    """A value in one line, tables with room inside the braces."""
    import tomlkit

    if isinstance(value, dict):
        return f"{{ {', '.join(_line(name, inner) for name, inner in value.items())} }}"
    return tomlkit.item(value).as_string()


def _line(name: str, value: object) -> str:
    return f"{name} = {_toml(value)}"


def _profile_line(profile: Mapping[str, Any]) -> str:
    return ", ".join(_line(name, value) for name, value in profile.items())


def _edited(path: Path, put: Callable[[Data, object], None], new: object, said: str) -> Changed:
    """The file after ``put``, which is done twice: to the text with its comments, and to the plain
    data that has to come of it."""
    import tomlkit

    text, wanted = _text(path), _data(path)
    document = tomlkit.parse(text)
    put(document, _written(new))
    put(wanted, copy.deepcopy(new))
    after = document.as_string()
    _prove(path, after, wanted)
    return Changed(after, said)


def _written(new: object) -> object:
    """A profile is a table with lines of its own, everything else a value."""
    import tomlkit

    if not (isinstance(new, dict) and "name" in new):
        return _item(new) if new is not None else None
    table = tomlkit.table()
    for name, value in new.items():
        table[name] = _item(value)
    return table


def _prove(path: Path, text: str, wanted: Mapping[str, Any]) -> None:
    """Raises SettingsError, as reading the file would, or where anything else came of it."""
    descriptor, name = tempfile.mkstemp(suffix=".toml", dir=path.parent)
    tried = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        config.load(str(tried))
    except SettingsError as error:
        raise SettingsError(str(error).replace(str(tried), path.name)) from None
    finally:
        with contextlib.suppress(OSError):
            tried.unlink(missing_ok=True)
    if tomllib.loads(text) != wanted:
        raise SettingsError(f"{path.name} is written in a way that needs an editor here.")
