"""What the console sends down the line: `python -m benchmarks.console [CHANGES ...]`.

The console runs in a process of its own behind a pseudo-terminal of 80x24, over runs of 100,000 and
1 million changes in DuckDB. Counted are the bytes that a key makes it send (median), and the
time until the first and the last of them; in true colour, and over SSH with the terminal's 16.
The bars: cursor down 0.4 kB, page 7 kB, another screen 26 kB, an idle minute 2 kB.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass

QUIET = 0.35  # seconds without a byte after which an action is over
BARS = {"cursor down": 400, "page": 7_000, "screen": 26_000, "idle minute": 2_000}
_DOWN, _PAGE = b"j", b"\x04"


@dataclass(frozen=True, slots=True)
class Sent:
    """What one action sent: bytes, and seconds until the first and the last of them."""

    count: int
    first: float
    last: float


class Line:
    """The console at the far end of a pseudo-terminal."""

    def __init__(self, changes: int, *, over_ssh: bool) -> None:
        kept = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("TEXTUAL_", "SSH_")) and name not in {"NO_COLOR", "TMUX"}
        }
        kept |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        if over_ssh:
            kept["SSH_CONNECTION"] = "10.0.0.1 1 10.0.0.2 22"
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._process = subprocess.Popen(  # noqa: S603 (this very module)
            [sys.executable, "-m", "benchmarks.console", "--child", str(changes)],
            stdin=theirs, stdout=theirs, stderr=theirs, env=kept, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)

    def sent(self, keys: bytes = b"", *, quiet: float = QUIET, wait: float = 5.0) -> Sent:
        """Type keys and count until nothing has come for ``quiet`` seconds."""
        begun = time.monotonic()
        if keys:
            os.write(self._ours, keys)
        count, first, last = 0, 0.0, 0.0
        while True:
            ready, _, _ = select.select([self._ours], [], [], quiet if count else wait)
            if not ready:
                return Sent(count, first, last)
            try:
                part = os.read(self._ours, 65536)
            except OSError:
                return Sent(count, first, last)
            if not part:
                return Sent(count, first, last)
            last = time.monotonic() - begun
            first = first or last
            count += len(part)

    def moving(self, key: bytes, times: int) -> Sent:
        """A key held down: what it sends each time, the pane at rest afterwards left out."""
        count, firsts = 0, []
        for _ in range(times):
            begun = time.monotonic()
            os.write(self._ours, key)
            first = 0.0
            while (left := begun + 0.033 - time.monotonic()) > 0:
                if select.select([self._ours], [], [], left)[0]:
                    count += len(os.read(self._ours, 65536))
                    first = first or time.monotonic() - begun
            firsts.append(first)
        self.sent(wait=1.0)
        paint = statistics.median(firsts)
        return Sent(round(count / times), paint, paint)

    def idle(self, seconds: float) -> int:
        """The bytes that come while nobody does anything."""
        count, ends = 0, time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            ready, _, _ = select.select([self._ours], [], [], left)
            if ready:
                count += len(os.read(self._ours, 65536))
        return count

    def close(self) -> None:
        """Leave."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGHUP)
        os.close(self._ours)
        self._process.wait(10)


@contextlib.contextmanager
def line(changes: int, *, over_ssh: bool) -> Iterator[tuple[Line, Sent]]:
    """An open console, and what its start sent."""
    opened = Line(changes, over_ssh=over_ssh)
    try:
        yield opened, opened.sent(quiet=1.5)
    finally:
        opened.close()


def measure(changes: int, *, over_ssh: bool, idle: float = 30.0) -> dict[str, Sent]:
    """Each action by its name, the median of several by bytes and by seconds."""
    found: dict[str, Sent] = {}
    with line(changes, over_ssh=over_ssh) as (opened, start):
        found["start"] = start
        found["open preview"] = opened.sent(b"2", quiet=2.5)
        opened.sent(b"g", wait=1.0)
        found["cursor down"] = opened.moving(_DOWN, 5)  # inside what is in sight
        found["down, scrolling"] = opened.moving(_DOWN, 12)
        found["down, and rest"] = _median([opened.sent(_DOWN) for _ in range(6)])
        found["page"] = _median([opened.sent(_PAGE) for _ in range(6)])
        opened.sent(b"6", quiet=1.0)
        opened.sent(b"1", quiet=1.0)
        found["screen"] = _median(
            [opened.sent(key) for key in (b"2", b"6", b"1", b"2", b"6", b"2")]
        )
        found["idle minute"] = Sent(round(opened.idle(idle) * 60 / idle), 0.0, 0.0)
        found["last row"] = opened.sent(b"G", quiet=1.0)
        opened.sent(b"/")
        found["filter by a word"] = opened.sent(b"nora", quiet=2.0)
    return found


def _median(all_sent: list[Sent]) -> Sent:
    return Sent(
        round(statistics.median(sent.count for sent in all_sent)),
        statistics.median(sent.first for sent in all_sent),
        statistics.median(sent.last for sent in all_sent),
    )


def over_the_bar(found: dict[str, Sent]) -> list[str]:
    """The actions that send more than they may."""
    return [
        f"{name}: {found[name].count} bytes, the bar is {bar}"
        for name, bar in BARS.items()
        if found[name].count > bar
    ]


def main(sizes: list[int]) -> int:
    """Measure, print, and leave with 1 where a bar is missed."""
    missed: list[str] = []
    for changes in sizes:
        for over_ssh in (False, True):
            found = measure(changes, over_ssh=over_ssh)
            print(f"{changes:,} changes, {'16 colours over SSH' if over_ssh else 'true colour'}")
            for name, sent in found.items():
                print(f"  {name:<18}{sent.count:>8,} bytes  first {sent.first * 1000:>6.0f} ms"
                      f"  last {sent.last * 1000:>6.0f} ms")  # fmt: skip
            missed += over_the_bar(found)
    print("\n".join(missed) or "Every bar is met.")
    return 1 if missed else 0


def child(changes: int) -> None:
    """The console over a run of so many changes, read by the reader of the product."""
    import duckdb  # noqa: PLC0415

    from screens.console import Console  # noqa: PLC0415
    from sync.runs.plan_reader import ChangeReader  # noqa: PLC0415
    from sync.snapshots.workspace import create_tables  # noqa: PLC0415
    from tests.screens.double import FIRST, LAST, a_ready_desk  # noqa: PLC0415

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # its own terminal: it ends when the line is closed
    connection = duckdb.connect()
    create_tables(connection)
    connection.execute(
        "INSERT INTO change (seq, stage, depth, kind, op, key, label, school, before, after, "
        "reason, status) SELECT i + 1, 1, 0, CASE WHEN i % 5 = 0 THEN 'person' ELSE 'membership' "
        "END, CASE WHEN i % 7 = 0 THEN 'delete' WHEN i % 5 = 0 THEN 'update' ELSE 'create' END, "
        "'fj' || i, ?[1 + i % 10] || ' ' || ?[1 + i * 7 % 8], 'School ' || i % 40, "
        """'{"email": ""}', '{"email": "a@b.example"}', 'row counts from 16-11-2026', 'planned' """
        f"FROM range({changes}) t(i)",
        [list(FIRST), list(LAST)],
    )

    class Reader(ChangeReader):
        """The reader of a plan, without a state database behind it."""

        def refresh(self) -> None:
            """Nobody decides on anything here."""

        def stages(self) -> list[object]:
            """No page asks for them here."""
            return []

    desk = a_ready_desk()
    reader = Reader(connection)
    desk.open_plan = lambda run: contextlib.nullcontext(reader)  # type: ignore[assignment]
    Console(desk, pace=60, idle_pace=20).run(mouse=False)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(int(sys.argv[2]))
    else:
        sys.exit(main([int(size) for size in sys.argv[1:]] or [100_000, 1_000_000]))
