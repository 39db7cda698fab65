"""A backup of UMS's memory: one file with every column of every row, its counts and checksums.

Compressed lines of JSON: a header that says of which database, by whom, and until when the file is
to be kept; per table its name and columns, then a list a row; last the counts, the flags, and a
SHA-256 over everything before it. It holds names and mail addresses, so only its owner may read it.
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from sync.errors import BackupUnusable

FORMAT = 1
KEPT_DAYS = 90  # long enough for a school year's start to show what is missing
SUFFIX = ".jsonl.gz"
_ROWS_A_PART = 10_000
_DECODE = msgspec.json.Decoder()
_ENCODE = msgspec.json.Encoder()


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself before its rows."""

    format: int
    database: str  # its name, as it has to be typed
    place: str  # server or file, without login
    organization: int | None  # None: all
    made_at: str
    made_by: str
    host: str
    remove_after: dt.date


class TableHeader(msgspec.Struct, frozen=True):
    """The line before a table's rows. ``table`` is the logical name."""

    table: str
    columns: list[str]


class Footer(msgspec.Struct, frozen=True):
    """The last line. ``digests`` hash each table's rows, ``kinds`` name the columns whose values
    JSON has no type for, ``sha256`` covers every line before and the rest of this one."""

    rows: dict[str, int]
    digests: dict[str, str]
    kinds: dict[str, dict[str, str]]
    flags: dict[int, dict[str, int]]
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a backup of which database, and when."""

    database: str
    place: str
    operator: str
    host: str
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was read to its end and found whole."""

    path: Path
    header: Header
    footer: Footer

    @property
    def name(self) -> str:
        """What `cleanup restore` takes."""
        return self.path.name

    def rows(self, table: str) -> Iterator[list[list[Any]]]:
        """The rows of a table, a part at a time, with values that the database takes."""
        kinds = self.footer.kinds.get(table, {})
        with gzip.open(self.path, "rb") as file:
            columns = _find(file, table)
            turned = [
                (number, _FROM_JSON[kinds[name]])
                for number, name in enumerate(columns)
                if name in kinds
            ]
            part: list[list[Any]] = []
            for line in file:
                if not line.startswith(b"["):
                    break
                row = _DECODE.decode(line)
                for number, turn in turned:
                    if row[number] is not None:
                        row[number] = turn(row[number])
                part.append(row)
                if len(part) == _ROWS_A_PART:
                    yield part
                    part = []
            if part:
                yield part

    def columns(self, table: str) -> list[str]:
        """The columns of a table, in the order of its rows' values."""
        with gzip.open(self.path, "rb") as file:
            return _find(file, table)


def _find(file: gzip.GzipFile, table: str) -> list[str]:
    for line in file:
        if line.startswith(b'{"table"'):
            header = msgspec.json.decode(line, type=TableHeader)
            if header.table == table:
                return header.columns
    raise KeyError(table)


@dataclass
class Digest:
    """The hash of a table's rows as they are read, and what kinds of values they hold."""

    columns: Sequence[str]
    rows: int = 0
    kinds: dict[str, str] = field(default_factory=dict)
    _hash: Any = field(default_factory=hashlib.sha256)

    def take(self, rows: Sequence[Sequence[object]]) -> bytes:
        """Take a part in, and give it as lines of JSON. Raises BackupUnusable."""
        try:
            lines = _ENCODE.encode_lines([tuple(row) for row in rows])
        except (UnicodeEncodeError, TypeError, OverflowError) as error:
            raise BackupUnusable(
                f"A row holds a value that cannot be written to a backup ({type(error).__name__})."
            ) from None
        self._hash.update(lines)
        self.rows += len(rows)
        for number, name in enumerate(self.columns):
            if name not in self.kinds:
                value = next((row[number] for row in rows if row[number] is not None), None)
                kind = next((k for k, of in _KINDS if isinstance(value, of)), "")
                if value is not None:
                    self.kinds[name] = kind
        return bytes(lines)

    def hexdigest(self) -> str:
        """The hash of all rows taken in."""
        return str(self._hash.hexdigest())


_KINDS: tuple[tuple[str, type], ...] = (
    ("moment", dt.datetime),
    ("bytes", bytes),
    ("bit", bool),
)
_FROM_JSON: dict[str, Any] = {
    # A text is what a server takes for every type of moment: drivers cut off its fraction, and the
    # older type knows thousandths at most.
    "moment": lambda text: text[:-3] if "." in text and text.endswith("000") else text,
    "bytes": base64.b64decode,
    "bit": int,
}


def write_backup(
    folder: Path,
    maker: Maker,
    organization: int | None,
    content: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Sequence[object]]]]],
    flags: dict[int, dict[str, int]],
) -> Backup:
    """Write a backup, read it again from disk, and give it.

    ``content`` gives each table's logical name, its columns, and its rows in parts. Raises
    BackupUnusable where the file cannot be written or is not what was written.
    """
    header = Header(
        format=FORMAT,
        database=maker.database,
        place=maker.place,
        organization=organization,
        made_at=maker.now.isoformat(timespec="seconds"),
        made_by=maker.operator,
        host=maker.host,
        remove_after=maker.now.date() + dt.timedelta(days=KEPT_DAYS),
    )
    scope = "all" if organization is None else f"org{organization}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = _free(folder, f"ums-{scope}-{maker.now:%Y%m%d-%H%M%S}")
        part = path.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as raw:
                with gzip.GzipFile("", "wb", 1, raw, 0) as file:
                    footer = _fill(file, header, content, flags)
                raw.flush()
                os.fsync(raw.fileno())
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BackupUnusable(
            f"The backup could not be written to {folder}: {error.strerror or error}. Check free "
            "space and rights there."
        ) from error
    try:
        written = read_backup(path)
        if written.footer != footer:
            raise BackupUnusable(f"The backup {path} does not hold what was written to it.")
    except BackupUnusable:
        path.unlink(missing_ok=True)
        raise
    return written


def _fill(
    file: gzip.GzipFile,
    header: Header,
    content: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Sequence[object]]]]],
    flags: dict[int, dict[str, int]],
) -> Footer:
    whole = hashlib.sha256()

    def put(lines: bytes) -> None:
        whole.update(lines)
        file.write(lines)

    put(_ENCODE.encode(header) + b"\n")
    rows, digests, kinds = {}, {}, {}
    for table, columns, parts in content:
        put(_ENCODE.encode(TableHeader(table, list(columns))) + b"\n")
        digest = Digest(columns)
        for part in parts:
            put(digest.take(part))
        rows[table], digests[table] = digest.rows, digest.hexdigest()
        kinds[table] = {name: kind for name, kind in digest.kinds.items() if kind}
    footer = Footer(rows, digests, kinds, flags)
    whole.update(_ENCODE.encode(footer))
    footer = msgspec.structs.replace(footer, sha256=whole.hexdigest())
    file.write(_ENCODE.encode(footer) + b"\n")
    return footer


def read_backup(path: Path) -> Backup:
    """Read a backup to its end. Raises BackupUnusable where it is missing, cut off, altered, or
    no backup of UMS's memory."""
    whole = hashlib.sha256()
    counts: dict[str, int] = {}
    table, last = "", b""
    try:
        with gzip.open(path, "rb") as file:
            first = file.readline()
            header = msgspec.json.decode(first, type=Header)
            whole.update(first)
            for line in file:
                if last:
                    whole.update(last)
                    if last.startswith(b"["):
                        counts[table] += 1
                    else:
                        table = msgspec.json.decode(last, type=TableHeader).table
                        counts[table] = 0
                last = line
        footer = msgspec.json.decode(last, type=Footer)
    except FileNotFoundError as error:
        raise BackupUnusable(f"There is no backup {path}.") from error
    except (OSError, EOFError, zlib.error, msgspec.DecodeError, KeyError) as error:
        raise BackupUnusable(
            f"{path} is cut off, altered or no backup of UMS's memory ({type(error).__name__}); "
            "nothing was changed."
        ) from error
    if header.format != FORMAT:
        raise BackupUnusable(f"{path} was written by another version of umstui.")
    whole.update(_ENCODE.encode(msgspec.structs.replace(footer, sha256="")))
    if whole.hexdigest() != footer.sha256 or counts != footer.rows:
        raise BackupUnusable(
            f"The checksum of {path} does not fit its content: it was altered. Nothing was changed."
        )
    return Backup(path, header, footer)


def backup_files(folder: Path) -> list[Path]:
    """The backups there are, newest first."""
    found = folder.glob(f"ums-*{SUFFIX}")
    return sorted(found, key=lambda path: path.name.split("-", 2)[2], reverse=True)


def read_header(path: Path) -> Header | None:
    """What a backup says of itself; None where it cannot be read. Its content is not verified."""
    try:
        with gzip.open(path, "rb") as file:
            return msgspec.json.decode(file.readline(), type=Header)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError):
        return None


def remove_backup(path: Path) -> None:
    """Take a backup away. Raises BackupUnusable where that is not possible."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise BackupUnusable(f"{path} cannot be removed: {error.strerror or error}.") from error


def _free(folder: Path, name: str) -> Path:
    path, number = folder / f"{name}{SUFFIX}", 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}{SUFFIX}"
    return path
