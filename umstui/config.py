"""umstui.toml: found, read and turned into settings; every mistake in it named by its key.

The contract is cli.md, "umstui.toml". Limits of the filter are on by default, so what the file
says about one of them is laid over the defaults of the others.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import msgspec.inspect as kinds_of

from sync.errors import SettingsError
from sync.settings import Filter, Limits, Settings

FILE_NAME = "umstui.toml"
VARIABLE = "UMSTUI_CONFIG"

_LIMITED = ("person", "node", "group", "course", "membership", "event")
_SECRET = re.compile(r"passw(or)?d|pwd|secret|token|credential|(api|private)_?key", re.IGNORECASE)
_ELEMENT = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def places(given: str | None, environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Where umstui.toml is looked for, first come first (cli.md): --config, UMSTUI_CONFIG, the
    current folder, the platform's folder for settings."""
    if given:
        return [Path(given)]
    if environment.get(VARIABLE):
        return [Path(environment[VARIABLE])]
    import platformdirs  # 20 ms that nobody pays who names the file

    return [Path(FILE_NAME), platformdirs.user_config_path("umstui", appauthor=False) / FILE_NAME]


def load(given: str | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the first umstui.toml found. Raises SettingsError, which says what to do."""
    return read(locate(given, environment))


def locate(given: str | None = None, environment: Mapping[str, str] = os.environ) -> Path:
    """The first umstui.toml found. Raises SettingsError, which says what to do."""
    looked = places(given, environment)
    for path in looked:
        if path.is_file():
            return path
    if given:
        raise SettingsError(f"There is no file {given}. Give --config the path of an umstui.toml.")
    if len(looked) == 1:
        raise SettingsError(
            f"{VARIABLE} names {looked[0]}, but there is no such file. Correct it or unset it."
        )
    where = " nor ".join(str(path.absolute()) for path in looked)
    raise SettingsError(
        f"No {FILE_NAME}: neither {where} exists.\n"
        "Name one with --config FILE, or run `umstui demo` to try umstui on a made-up school."
    )


def read(path: Path) -> Settings:
    """The settings of this file. Relative paths in it are relative to its folder (reading 46)."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error
    folder = path.absolute().parent
    return decode(data, name=str(path), folder=folder)


def decode(data: dict[str, Any], *, name: str, folder: Path) -> Settings:
    """Settings from parsed TOML. ``name`` is how messages call the file."""
    _refuse_strangers(data, name)
    _refuse_no_numbers(data, name)
    laid = {**data, "filter": _over_defaults(data["filter"], name)} if "filter" in data else data
    try:
        settings = msgspec.convert(laid, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{name}: {_in_words(str(error), laid)}") from error
    _refuse_contradictions(settings, data, name)
    return msgspec.structs.replace(settings, folder=folder)


# --- keys nobody knows ---------------------------------------------------------------------------


def _refuse_strangers(data: dict[str, Any], name: str) -> None:
    """Unknown keys, all of them, each with the key that was probably meant; and secrets."""
    messages = []
    for path, known in _strangers(data, kinds_of.type_info(Settings), ()):
        key = ".".join(path)
        if _SECRET.search(path[-1]):
            raise SettingsError(
                f"{name}: {key} looks like a secret, and secrets do not belong in this file.\n"
                "Take it out; use UMSTUI_ORG_<ID>_PASSWORD, UMSTUI_ORG_<ID>_API_SECRET or the "
                "keyring."
            )
        near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}."
        messages.append(f"{name}: unknown key {key}; {hint}")
    if messages:
        raise SettingsError("\n".join(messages))


def _strangers(
    value: object, kind: kinds_of.Type, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """(path, keys known in its place) of every key that the settings have no place for."""
    if isinstance(kind, kinds_of.StructType) and isinstance(value, dict):
        # Settings.folder is where the file lies; the file itself cannot say it.
        known = {f.encode_name: f.type for f in kind.fields if f.name != "folder"}
        for key, inner in value.items():
            if key in known:
                yield from _strangers(inner, known[key], (*path, key))
            else:
                yield (*path, key), list(known)
    elif isinstance(kind, kinds_of.ListType) and isinstance(value, list):
        for number, item in enumerate(value, start=1):
            step = f"{path[-1]}[{number}]"
            yield from _strangers(item, kind.item_type, (*path[:-1], step))


# --- values that cannot be meant -----------------------------------------------------------------


def _refuse_no_numbers(value: object, name: str, path: tuple[str, ...] = ()) -> None:
    """TOML knows nan and inf; a limit of that kind would compare false with everything."""
    if isinstance(value, float) and not math.isfinite(value):
        raise SettingsError(f"{name}: {'.'.join(path)} is {value}; expected an ordinary number.")
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_no_numbers(inner, name, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            _refuse_no_numbers(inner, name, (*path, f"[{number}]"))


def _refuse_contradictions(settings: Settings, data: dict[str, Any], name: str) -> None:
    """What each value allows for itself, but not together."""
    if not settings.ums.url.strip():
        raise SettingsError(f"{name}: ums.url is empty; give the URL of the UMS database.")
    for profile in settings.filter.profile:
        if profile.begins > profile.ends:
            raise SettingsError(
                f"{name}: the profile {profile.name!r} ends on {profile.ends}, before it begins "
                f"on {profile.begins}."
            )
    given = data.get("filter", {})
    for where, limits in [("filter", given), *_profiles(given)]:
        for kind in _LIMITED:
            for operation, limit in limits.get(kind, {}).items():
                if limit == {}:
                    raise SettingsError(
                        f"{name}: {where}.{kind}.{operation} names neither count nor percent; "
                        "expected a limit such as { percent = 5 }."
                    )


def _profiles(given: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    profiles: list[dict[str, Any]] = given.get("profile", [])
    return [(f"filter.profile[{n}]", profile) for n, profile in enumerate(profiles, start=1)]


def _over_defaults(given: object, name: str) -> object:
    """[filter] with the default limits under it. A limit is one operation of one kind: what the
    file says replaces that operation's count and percent, and nothing else. A profile is laid
    over the limits of the file, so that it, too, lifts only what it names."""
    if not isinstance(given, dict):
        raise SettingsError(f"{name}: filter is {_shown(given)}; expected a table, [filter].")
    defaults = {kind: msgspec.to_builtins(getattr(Filter(), kind)) for kind in _LIMITED}
    laid = {**given, **_limits(given, defaults)}
    if isinstance(given.get("profile"), list):
        laid["profile"] = [
            {**profile, **_limits(profile, laid)} if isinstance(profile, dict) else profile
            for profile in given["profile"]
        ]
    return laid


def _limits(given: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    laid: dict[str, Any] = {}
    for kind in _LIMITED:
        own, under = given.get(kind, {}), base[kind]
        both = isinstance(own, dict) and isinstance(under, dict)
        laid[kind] = {**under, **own} if both else own
    return laid


# --- msgspec's words, in ours --------------------------------------------------------------------


def _in_words(message: str, data: dict[str, Any]) -> str:
    """What msgspec found wrong: the key, what stands there, what is expected."""
    complaint, _, at = message.partition(" - at `$")
    steps: list[str | int] = []
    for key, index in _ELEMENT.findall(at.rstrip("`")):
        steps.append(key or (int(index) if index.isdigit() else index))
    missing = re.match(r"Object missing required field `(.+)`", complaint)
    if missing:
        key = _spelled([*steps, missing[1]])
        return f"{key} is missing; {_example(key)}"
    path, value, kind = _walk(data, steps)
    return f"{_spelled(path)} is {_shown(value)}; expected {_expected(kind)}."


def _example(key: str) -> str:
    if key in {"ums", "ums.url"}:
        return 'give the UMS database as [ums] url = "mssql+pyodbc://..."'
    return "add it."


def _spelled(steps: Sequence[str | int]) -> str:
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        else:
            text += f".{step}" if text else step
    return text


def _walk(
    data: object, steps: Sequence[str | int]
) -> tuple[list[str | int], object, kinds_of.Type]:
    """A path of the settings with its last key, the value there, and the type that belongs there.

    In a table of free keys msgspec does not say which one it means: the first that is no text.
    """
    path: list[str | int] = []
    value, kind = data, kinds_of.type_info(Settings)
    for given in steps:
        step = given
        if isinstance(kind, kinds_of.StructType):
            kind = next(f.type for f in kind.fields if f.encode_name == step)
            value = value.get(step) if isinstance(value, dict) else None
        elif isinstance(kind, kinds_of.ListType):
            kind = kind.item_type
            value = value[step] if isinstance(value, list) and isinstance(step, int) else None
        elif isinstance(kind, kinds_of.DictType):
            kind = kind.value_type
            inner = value.items() if isinstance(value, dict) else ()
            step, value = next((pair for pair in inner if not isinstance(pair[1], str)), ("", None))
        path.append(step)
    return path, value, kind


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def _expected(kind: kinds_of.Type) -> str:  # noqa: PLR0911, PLR0912 (one sentence a type)
    """What a value of this type looks like."""
    match kind:
        case kinds_of.UnionType(types=types):
            real = [t for t in types if not isinstance(t, kinds_of.NoneType)]
            return " or ".join(_expected(t) for t in real)
        case kinds_of.IntType(ge=ge, le=le):
            return f"a whole number{_range(ge, le)}"
        case kinds_of.FloatType(gt=gt, ge=ge, le=le):
            return "a number above 0" if gt is not None else f"a number{_range(ge, le)}"
        case kinds_of.LiteralType(values=values):
            return " or ".join(f'"{value}"' for value in values)
        case kinds_of.BoolType():
            return "true or false"
        case kinds_of.DateType():
            return "a date such as 2026-08-10, without quotes"
        case kinds_of.ListType(item_type=kinds_of.IntType()):
            return "a list of organizations, such as [1, 3]"
        case kinds_of.ListType(item_type=kinds_of.StrType()):
            return 'a list of texts, such as ["anna"]'
        case kinds_of.ListType():
            return "a list of tables, each written as [[...]]"
        case kinds_of.StructType(cls=cls) if cls is Limits:
            return "a table of limits, such as delete = { percent = 5 }"
        case kinds_of.StructType(fields=fields):
            if [f.name for f in fields] == ["count", "percent"]:
                return "a limit such as { percent = 5 } or { count = 12 }"
            return "a table"
        case kinds_of.DictType():
            return 'a table such as { Students = "dbo.Students" }'
    return "a text in quotes"


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f" between {least:g} and {most:g}"
    return f" of at least {least:g}" if least is not None else ""
