"""TDS types: parameters of a client into Python, columns of DuckDB onto the wire."""

from __future__ import annotations

import datetime as dt
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.tds.wire import COLLATION, short_text

_DAY_ZERO = dt.date(1, 1, 1)
_DAY_1900 = dt.datetime(1900, 1, 1)  # noqa: DTZ001 (SQL Server's moments have no zone)


class Reader:
    """Walks through the bytes of a message."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def take(self, count: int) -> bytes:
        part = self.data[self.position : self.position + count]
        self.position += count
        return part

    def number(self, form: str) -> int:
        return int(struct.unpack("<" + form, self.take(struct.calcsize(form)))[0])

    def text(self, form: str = "B") -> str:
        return self.take(2 * self.number(form)).decode("utf-16-le")

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.data)


_FIXED = {0x30: "B", 0x32: "B", 0x34: "h", 0x38: "i", 0x7F: "q", 0x3B: "f", 0x3E: "d"}
_BY_LENGTH = {1: "B", 2: "h", 4: "i", 8: "q"}


def parameter(reader: Reader) -> tuple[str, bool, object]:
    """The next parameter of an RPC: its name, whether it is an output, its value."""
    name = reader.text()
    output = bool(reader.number("B") & 1)
    return name, output, _value(reader, reader.number("B"))


def _value(reader: Reader, kind: int) -> object:  # noqa: PLR0911 (one a type)
    if kind == 0x1F:
        return None
    if kind in _FIXED:
        form = _FIXED[kind]
        return struct.unpack("<" + form, reader.take(struct.calcsize(form)))[0]
    if kind in (0x26, 0x68, 0x6D, 0x6F, 0x24):
        reader.number("B")
        return _short(kind, reader.take(reader.number("B")))
    if kind in (0x6A, 0x6C):
        reader.number("B")
        reader.number("B")
        scale = reader.number("B")
        raw = reader.take(reader.number("B"))
        whole = int.from_bytes(raw[1:], "little") * (1 if raw[:1] == b"\x01" else -1)
        return Decimal(whole).scaleb(-scale) if raw else None
    if kind == 0x28:
        raw = reader.take(reader.number("B"))
        return _day(raw) if raw else None
    if kind in (0x29, 0x2A, 0x2B):
        scale = reader.number("B")
        raw = reader.take(reader.number("B"))
        return _moment(kind, scale, raw) if raw else None
    if kind in (0xE7, 0xEF, 0xA7, 0xAF, 0xA5, 0xAD):
        return _string(reader, kind)
    if kind in (0x63, 0x23):
        reader.take(4 + 5)
        length = reader.number("i")
        raw = reader.take(length) if length >= 0 else None
        return None if raw is None else raw.decode("utf-16-le" if kind == 0x63 else "cp1252")
    message = f"a parameter of TDS type {kind:#x}"
    raise NotImplementedError(message)


def _short(kind: int, raw: bytes) -> object:
    if not raw:
        return None
    if kind == 0x24:
        return uuid.UUID(bytes_le=raw)
    if kind == 0x6D:
        return struct.unpack("<f" if len(raw) == 4 else "<d", raw)[0]
    if kind == 0x6F:
        days, rest = struct.unpack("<HH" if len(raw) == 4 else "<iI", raw)
        part = dt.timedelta(minutes=rest) if len(raw) == 4 else dt.timedelta(seconds=rest / 300)
        return _DAY_1900 + dt.timedelta(days=days) + part
    number = struct.unpack("<" + _BY_LENGTH[len(raw)], raw)[0]
    return bool(number) if kind == 0x68 else number


def _day(raw: bytes) -> dt.date:
    return _DAY_ZERO + dt.timedelta(days=int.from_bytes(raw, "little"))


def _moment(kind: int, scale: int, raw: bytes) -> object:
    length = 3 if scale <= 2 else 4 if scale <= 4 else 5
    ticks = int.from_bytes(raw[:length], "little")
    since_midnight = dt.timedelta(
        microseconds=ticks * 10 ** (6 - scale) if scale <= 6 else ticks // 10
    )
    if kind == 0x29:
        return (_DAY_1900 + since_midnight).time()
    return dt.datetime.combine(_day(raw[length : length + 3]), dt.time.min) + since_midnight


def _string(reader: Reader, kind: int) -> object:
    longest = reader.number("H")
    if kind in (0xE7, 0xEF, 0xA7, 0xAF):
        reader.take(5)
    raw: bytes | None
    if longest == 0xFFFF:
        total = reader.number("Q")
        raw = None if total == 0xFFFFFFFFFFFFFFFF else b""
        while raw is not None and (size := reader.number("I")):
            raw += reader.take(size)
    else:
        length = reader.number("H")
        raw = None if length == 0xFFFF else reader.take(length)
    if raw is None or kind in (0xA5, 0xAD):
        return raw
    return raw.decode("utf-16-le" if kind in (0xE7, 0xEF) else "cp1252")


@dataclass(frozen=True)
class Column:
    """A column on the wire: its name, TYPE_INFO, and how a value is written."""

    name: str
    info: bytes
    write: Callable[[object], bytes]

    def described(self) -> bytes:
        """Its part of COLMETADATA: no user type, nullable."""
        return struct.pack("<IH", 0, 1) + self.info + short_text(self.name[:127])


def column(name: str, kind: str, declared: int | None) -> Column:  # noqa: PLR0911 (one a type)
    """The column for a DuckDB type; ``declared`` is the length of an NVARCHAR, 0 for MAX."""
    if kind in ("TINYINT", "BOOLEAN"):
        return Column(name, b"\x68\x01", lambda v: b"\0" if v is None else bytes([1, int(bool(v))]))
    if kind == "UTINYINT":
        return Column(name, b"\x26\x01", lambda v: b"\0" if v is None else bytes([1, v]))
    if kind == "SMALLINT":
        return Column(
            name, b"\x26\x02", lambda v: b"\0" if v is None else b"\x02" + struct.pack("<h", v)
        )
    if kind == "INTEGER":
        return Column(
            name, b"\x26\x04", lambda v: b"\0" if v is None else b"\x04" + struct.pack("<i", v)
        )
    if kind in ("BIGINT", "UBIGINT", "HUGEINT", "UINTEGER"):
        return Column(
            name, b"\x26\x08", lambda v: b"\0" if v is None else b"\x08" + struct.pack("<q", v)
        )
    if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
        return Column(
            name, b"\x6d\x08", lambda v: b"\0" if v is None else b"\x08" + struct.pack("<d", v)
        )
    if kind == "DATE":
        return Column(name, b"\x28", lambda v: b"\0" if v is None else b"\x03" + _days(v))
    if kind.startswith("TIMESTAMP"):
        return Column(name, b"\x2a\x07", _write_moment)
    if declared == 0:
        return Column(name, b"\xe7\xff\xff" + COLLATION, _write_chunks)
    longest = struct.pack("<H", 2 * (declared or 4000))
    return Column(name, b"\xe7" + longest + COLLATION, _write_text)


def _days(day: object) -> bytes:
    assert isinstance(day, dt.date)
    return (dt.date(day.year, day.month, day.day) - _DAY_ZERO).days.to_bytes(3, "little")


def _write_moment(value: object) -> bytes:
    if value is None:
        return b"\0"
    assert isinstance(value, dt.datetime)
    midnight = value.replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = (value - midnight) // dt.timedelta(microseconds=1) * 10
    return b"\x08" + ticks.to_bytes(5, "little") + _days(value)


def _write_text(value: object) -> bytes:
    if value is None:
        return b"\xff\xff"
    raw = str(value).encode("utf-16-le")
    return struct.pack("<H", len(raw)) + raw


def _write_chunks(value: object) -> bytes:
    if value is None:
        return b"\xff" * 8
    raw = str(value).encode("utf-16-le")
    chunk = struct.pack("<I", len(raw)) + raw if raw else b""
    return struct.pack("<Q", len(raw)) + chunk + struct.pack("<I", 0)
