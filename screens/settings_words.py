"""umstui.toml as lines to read. Whatever could hold a password is shown without it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from msgspec import structs

from sync.settings import Limit, Limits, Profile, Settings, Table

HIDDEN = "***"


def lines(settings: Settings) -> list[tuple[str, str, str]]:
    """(section, name, value) of every setting, in the order of the file."""
    found: list[tuple[str, str, str]] = []
    for part in structs.fields(settings):
        value = getattr(settings, part.name)
        if isinstance(value, Table):
            found += _of_table(part.encode_name, value)
    found.append(("", "relative paths start in", str(settings.folder.resolve())))
    return found


def _of_table(section: str, table: Table) -> Iterator[tuple[str, str, str]]:
    for field in structs.fields(table):
        value = getattr(table, field.name)
        name = field.encode_name
        if isinstance(value, Limits):
            for operation in structs.fields(value):
                limit = getattr(value, operation.name)
                yield f"{section}.{name}", operation.name, limit_words(limit)
        elif isinstance(value, dict):
            for key, text in value.items():
                yield f"{section}.{name}", key, str(text)
        elif isinstance(value, list) and value and isinstance(value[0], Table):
            for entry in value:
                yield section, *_entry_words(name, entry)
        elif isinstance(value, bool):
            yield section, name, "true" if value else "false"  # as the file spells it
        elif isinstance(value, list):
            yield section, name, ", ".join(map(str, value)) or "-"
        else:
            yield section, name, masked(str(value)) if value not in {None, ""} else "-"


def _entry_words(name: str, entry: Table) -> tuple[str, str]:
    if isinstance(entry, Profile):
        return f"{name} {entry.name}", f"{entry.begins} to {entry.ends}"
    return name, " ".join(f"{key}={value}" for key, value in structs.asdict(entry).items())


def limit_words(limit: Limit) -> str:
    """``5%``, ``12``, ``5% or 12``; or that nothing is limited."""
    words = []
    if limit.percent is not None:
        words.append(f"{limit.percent:g}%")
    if limit.count is not None:
        words.append(str(limit.count))
    return " or ".join(words) or "no limit"


def masked(value: str) -> str:
    """A URL without password and without the values of its options; other text as it is."""
    if "://" not in value:
        return value
    try:
        url = urlsplit(value)
        host = url.hostname or ""
        port = f":{url.port}" if url.port else ""
    except ValueError:
        return f"{value.split('://', maxsplit=1)[0]}://{HIDDEN}"
    who = (
        f"{url.username}:{HIDDEN}@" if url.password else f"{url.username}@" if url.username else ""
    )
    options = "&".join(f"{name}={HIDDEN}" for name, _ in parse_qsl(url.query))
    shown = f"{url.scheme}://{who}{host}{port}{url.path}"
    return f"{shown}?{options}" if options else shown
