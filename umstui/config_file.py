"""Changing one line of umstui.toml and leaving every other line, comments too, as it is."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from sync.errors import SettingsError
from umstui import config

_SECTION = re.compile(r"^\s*\[([^\[\]]+)\]\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Changed:
    """The file as it would stand there, and the change in words."""

    text: str
    said: str


def changed(path: Path, section: str, name: str, value: str) -> Changed:
    """The file with ``name`` of ``[section]`` given as ``value``, written as TOML: ``5``,
    ``"cells"``, ``{ percent = 5 }``. An empty value takes the line out, so that the default counts.

    Nothing is written. Raises SettingsError where the file would no longer be right, or where what
    stands there takes more than a line: such a one is changed with an editor.
    """
    before = path.read_text(encoding="utf-8")
    lines = before.splitlines()
    start, end = _section(lines, section)
    own = re.compile(rf"^\s*{re.escape(name)}\s*=")
    at = next((place for place in range(start, end) if own.match(lines[place])), None)
    if at is not None:
        _one_line(lines[at])
    line = f"{name} = {value}" if value else None
    was = lines[at].strip() if at is not None else "(the default)"
    if at is not None:
        remark = _remark(lines[at])
        lines[at : at + 1] = [line + remark] if line else []
    elif line and start:
        lines.insert(start, line)
    elif line:
        lines += ["", f"[{section}]", line] if section else [line]
    text = "\n".join(lines) + "\n"
    _prove(path, text)
    return Changed(text, f"[{section}] {was} -> {line or '(the default)'}")


def store(path: Path, change: Changed) -> None:
    """Put the changed file in the place of the old one, whole or not at all."""
    descriptor, name = tempfile.mkstemp(prefix=".umstui-", suffix=".toml", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(change.text)
        new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error


def _section(lines: list[str], section: str) -> tuple[int, int]:
    """Where the lines of a section begin and end; (0, 0) where it is not there."""
    start = end = 0
    for place, line in enumerate(lines):
        found = _SECTION.match(line)
        if found and start:
            return start, place
        if found and found[1].strip() == section:
            start = place + 1
        elif line.strip().startswith("[[") and start:
            return start, place
        end = place + 1
    return (start, end) if start else (0, 0)


def _one_line(line: str) -> None:
    try:
        tomllib.loads(line)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"'{line.strip()}' goes on in the next line; change it with an editor."
        ) from error


def _remark(line: str) -> str:
    """The comment at the end of a line, where the line without it says the same."""
    head, mark, words = line.rpartition("#")
    if not mark:
        return ""
    try:
        same = tomllib.loads(head) == tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ""
    return f"  # {words.strip()}" if same else ""


def _prove(path: Path, text: str) -> None:
    """Raises SettingsError, as reading the file would."""
    descriptor, name = tempfile.mkstemp(suffix=".toml", dir=path.parent)
    tried = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        config.load(str(tried))
    except SettingsError as error:
        raise SettingsError(str(error).replace(str(tried), path.name)) from None
    finally:
        tried.unlink(missing_ok=True)
