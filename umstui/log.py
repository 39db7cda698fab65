"""The log: one file of JSON lines for whoever has to find out what happened last night.

Console, apply and scheduler write to the same file at the same time, so each record is appended by
itself and the file is never held open; whoever finds it full moves it aside under a lock. What a
log must not hold is masked here, whatever library wrote it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import re
import time
import traceback
from pathlib import Path
from typing import Any

import msgspec

from sync.model import CheckLine
from sync.settings import Log, Settings

FACTS = ("action", "run", "org", "count", "operator", "seconds")
_STRANGERS = frozenset({"zeep", "httpx", "httpcore", "sqlalchemy", "alembic", "urllib3", "asyncio"})
_STALE_LOCK_SECONDS = 60.0
_ABOUT_A_LINE = 400  # bytes
_LONGEST = 4000  # characters of one text
_MASKS = (
    # An id number: a day, a month and a year, then four digits.
    (re.compile(r"\b(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[- ]?\d{4}\b"), "(id number)"),
    (re.compile(r"(://[^/\s:@]*:)[^@\s/]+@"), r"\1***@"),
    (re.compile(r"(<[\w.:-]*(?:passw|secret)[^<>]*>)[^<]*", re.IGNORECASE), r"\1***"),
    (re.compile(r"((?:passw(?:or)?d|pwd|secret|token)\w*[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&<>]+",
                re.IGNORECASE), r"\1***"),
    (re.compile(r"(<[\w.:-]*bday[^<>]*>)[^<]*", re.IGNORECASE), r"\1***"),
)  # fmt: skip


def masked(text: str) -> str:
    """The text without passwords, secrets, id numbers and birthdays."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text[:_LONGEST]


def log_path(settings: Settings) -> Path:
    """Where the log is: [log] file, else umstui.log in the platform's folder for logs."""
    if settings.log.file:
        return settings.path(settings.log.file)
    import platformdirs  # 20 ms that only a record costs

    return platformdirs.user_log_path("umstui", appauthor=False) / "umstui.log"


def recent(settings: Settings, most: int) -> list[dict[str, Any]]:
    """The last lines of the log file, newest first; a line that is no record is its own text."""
    path = log_path(settings)
    try:
        with path.open("rb") as file:
            if (skipped := path.stat().st_size - most * _ABOUT_A_LINE) > 0:
                file.seek(skipped)
                file.readline()  # most likely the end of a record only
            lines = file.read().splitlines()[-most:]
    except FileNotFoundError:
        return []
    found: list[dict[str, Any]] = []
    for line in reversed(lines):
        try:
            found.append(msgspec.json.decode(line, type=dict[str, Any]))
        except msgspec.DecodeError:
            found.append({"says": masked(line.decode("utf-8", "replace"))})
    return found


def checked(settings: Settings) -> CheckLine:
    """Where the log is, and whether it can be written there, as a line of `umstui check`."""
    path = log_path(settings)
    try:
        append(path, b"", settings.log)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return CheckLine(
            "warning", "log", f"{path} cannot be written ({why}); set [log] file to another place"
        )
    return CheckLine("ok", "log", str(path))


def begin(settings: Settings) -> None:
    """Write what the program and its libraries report to the log file, from now on."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, LogFile)]:
        root.removeHandler(handler)
    root.addHandler(LogFile(settings))
    root.setLevel(settings.log.level.upper())


class LogFile(logging.Handler):
    """Appends records to the log file. Never fails: a full disk must not end a sync."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._path: Path | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Libraries are heard when they warn; zeep's debug records hold whole messages, with the
        login and the persons in them."""
        if record.name.partition(".")[0] in _STRANGERS:
            return record.levelno >= logging.WARNING
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Append one record."""
        with contextlib.suppress(OSError, ValueError, TypeError):
            self._path = self._path or log_path(self._settings)
            append(self._path, line_of(record), self._settings.log)


def line_of(record: logging.LogRecord) -> bytes:
    """A record as one line of JSON, masked."""
    written: dict[str, Any] = {
        "at": dt.datetime.fromtimestamp(record.created).astimezone().isoformat("T", "milliseconds"),
        "level": record.levelname.lower(),
        "from": record.name,
        "process": record.process,
        "says": masked(record.getMessage()),
    }
    for fact in FACTS:
        value = getattr(record, fact, None)
        if value is not None:
            written[fact] = masked(value) if isinstance(value, str) else value
    if record.exc_info and record.exc_info[0]:
        kind, _, trace = record.exc_info
        # Its text may hold a connection string or a row, so only what it is and where it arose.
        written["error"] = kind.__name__
        written["where"] = [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(trace)
        ]
    return msgspec.json.encode(written) + b"\n"


def append(path: Path, line: bytes, limits: Log) -> None:
    """Append a line; a file that is full is first moved aside. Raises OSError."""
    # Windows moves no file that somebody has open: the log grows on until the next record.
    with contextlib.suppress(FileNotFoundError, PermissionError):
        if path.stat().st_size + len(line) > limits.max_megabytes * 1_000_000:
            _rotate(path, len(line), limits)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def _rotate(path: Path, room: int, limits: Log) -> None:
    """umstui.log becomes umstui.log.1, that one umstui.log.2, and so on; one process does it, the
    others go on writing and find the new file next time."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        with contextlib.suppress(OSError):
            if time.time() - lock.stat().st_mtime > _STALE_LOCK_SECONDS:
                lock.unlink()  # whoever made it was killed
        return
    try:
        if path.stat().st_size + room > limits.max_megabytes * 1_000_000:
            for number in range(limits.keep - 1, 0, -1):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(_numbered(path, number), _numbered(path, number + 1))  # noqa: PTH105
            os.replace(path, _numbered(path, 1))  # noqa: PTH105
    finally:
        lock.unlink(missing_ok=True)


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
