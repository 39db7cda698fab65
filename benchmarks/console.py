"""What the console costs a line, a processor and a memory: `python -m benchmarks.console [CHANGES
...]`.

The console runs in a process of its own behind a pseudo-terminal of 80x24, over sealed run files of
100,000 and 1 million changes that another process has made. Counted are the bytes that a key makes
it send (median), the processor seconds it takes for that, and the time on the clock until the first
and the last byte; in true colour, and over SSH with the terminal's 16. The bars stand beside.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

QUIET = 0.35  # seconds without a byte after which an action is over
_AT_MOST = 60.0  # seconds that what has to be shown is waited for
BYTES = {"cursor down": 400, "page": 7_000, "screen": 26_000, "first minute": 2_000,
         "idle minute": 2_000}  # fmt: skip
SECONDS = {"open preview": 0.3, "cursor down": 0.05, "down, and rest": 0.05, "page": 0.05}
MEGABYTES = 150
_DOWN, _PAGE = b"j", b"\x04"
_MADE = """
INSERT INTO change (seq, stage, depth, kind, op, key, label, school, person_key, group_key, before,
                    after, memory, reason)
SELECT n + 1, 4, 0, CASE WHEN n % 10 = 0 THEN 'person' ELSE 'membership' END AS kind,
  CASE WHEN n % 10 = 0 THEN 'update' WHEN n % 3 = 0 THEN 'delete' ELSE 'create' END AS op,
  CASE WHEN n % 10 = 0 THEN 'u' || n ELSE 'u' || n || '@c' || n % 15000 END,
  ['Anna', 'Bo', 'Ida', 'Liam'][1 + n % 4] || ' Jensen ' || n, 's' || n % 40, 'u' || n,
  CASE WHEN n % 10 > 0 THEN 'c' || n % 15000 END,
  CASE WHEN n % 10 = 0 THEN json_object('user_name', 'u' || n, 'last_name', 'Holm')
       WHEN n % 3 = 0 THEN json_object('person', 'u' || n, 'group', 'c' || n % 15000,
                                       'role', 'Learner') END,
  CASE WHEN n % 10 = 0 THEN json_object('user_name', 'u' || n, 'last_name', 'Berg')
       WHEN n % 3 > 0 THEN json_object('person', 'u' || n, 'group', 'c' || n % 15000,
                                       'role', 'Learner') END,
  CASE WHEN n % 10 > 0 AND n % 3 > 0 THEN json_object('school', 's' || n % 40) END,
  'row ended 2026-06-26, activity runs to 2026-06-30'
FROM range({changes}) t(n)
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one action sent: bytes, seconds until the first and the last of them, and the processor
    seconds it took."""

    count: int
    first: float = 0.0
    last: float = 0.0
    busy: float = 0.0


class Line:
    """The console at the far end of a pseudo-terminal."""

    def __init__(self, folder: Path, *, over_ssh: bool) -> None:
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
            [sys.executable, "-m", "benchmarks.console", "--child", str(folder)],
            stdin=theirs, stdout=theirs, stderr=theirs, env=kept, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._seen = psutil.Process(self._process.pid)

    def busy(self) -> float:
        """The processor seconds it has taken until now."""
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    def megabytes(self) -> float:
        """What it holds in memory now."""
        return float(self._seen.memory_info().rss) / 1e6

    def sent(
        self, keys: bytes = b"", *, quiet: float = QUIET, wait: float = 5.0, shown: bytes = b""
    ) -> Sent:
        """Type keys and count until nothing has come for ``quiet`` seconds. Where ``shown`` is
        given, wait for that too, and take time and processor only until it stands there."""
        begun, before = time.monotonic(), self.busy()
        if keys:
            os.write(self._ours, keys)
        count, first, last, busy = 0, 0.0, 0.0, None
        while True:
            waits = _AT_MOST if shown and busy is None else quiet if count else wait
            ready, _, _ = select.select([self._ours], [], [], waits)
            if not ready:
                return Sent(count, first, last, busy or self.busy() - before)
            try:
                part = os.read(self._ours, 65536)
            except OSError:
                part = b""
            if not part:
                return Sent(count, first, last, self.busy() - before)
            count += len(part)
            if busy is None:
                last = time.monotonic() - begun
            if shown and shown in part:
                busy = self.busy() - before
            first = first or last

    def moving(self, key: bytes, times: int) -> Sent:
        """A key held down: what it sends each time, the pane at rest afterwards left out."""
        count, firsts, before = 0, [], self.busy()
        for _ in range(times):
            begun = time.monotonic()
            os.write(self._ours, key)
            first = 0.0
            while (left := begun + 0.033 - time.monotonic()) > 0:
                if select.select([self._ours], [], [], left)[0]:
                    count += len(os.read(self._ours, 65536))
                    first = first or time.monotonic() - begun
            firsts.append(first)
        busy = (self.busy() - before) / times
        self.sent(wait=1.0)
        paint = statistics.median(firsts)
        return Sent(round(count / times), paint, paint, busy)

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
            os.killpg(
                self._process.pid, signal.SIGKILL
            )  # whoever measures may have been told to ignore the rest
        os.close(self._ours)
        self._process.wait(10)


@contextlib.contextmanager
def line(folder: Path, *, over_ssh: bool) -> Iterator[tuple[Line, Sent]]:
    """An open console, and what its start sent."""
    opened = Line(folder, over_ssh=over_ssh)
    try:
        yield opened, opened.sent(quiet=1.5, wait=60.0)
    finally:
        opened.close()


def measure(
    folder: Path, *, over_ssh: bool, idle: float = 60.0
) -> tuple[dict[str, Sent], dict[str, float]]:
    """Each action by its name, the median of several by bytes and by seconds; and the memory in MB
    over the list as it opens, and after a filter has looked through all of it."""
    found: dict[str, Sent] = {}
    with line(folder, over_ssh=over_ssh) as (opened, start):
        found["start"] = start
        found["first minute"] = Sent(round(opened.idle(idle) * 60 / idle))
        found["open preview"] = opened.sent(b"2", quiet=2.5, shown=b"Jensen")
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
        memory = {"memory": opened.megabytes()}
        found["idle minute"] = Sent(round(opened.idle(idle) * 60 / idle))
        found["last row"] = opened.sent(b"G", quiet=1.0)
        opened.sent(b"/")
        found["filter by a word"] = opened.sent(b"anna", quiet=2.0, shown=b"in the plan")
        memory["memory, filtered"] = opened.megabytes()
        return found, memory


def _median(all_sent: list[Sent]) -> Sent:
    return Sent(
        round(statistics.median(sent.count for sent in all_sent)),
        statistics.median(sent.first for sent in all_sent),
        statistics.median(sent.last for sent in all_sent),
        statistics.median(sent.busy for sent in all_sent),
    )


def report(found: dict[str, Sent], memory: dict[str, float]) -> int:
    """Print each action with its bars, and give how many were missed."""
    missed = 0
    for name, sent in found.items():
        judged = []
        if bar := BYTES.get(name):
            judged.append(f"{_met(sent.count <= bar)} {bar:,} bytes")
        if limit := SECONDS.get(name):
            judged.append(f"{_met(sent.busy <= limit)} {limit * 1000:.0f} ms of processor")
        missed += sum(words.startswith("MISSED") for words in judged)
        print(f"  {name:<17}{sent.count:>7,} bytes {sent.busy * 1000:>6.0f} ms processor, "
              f"first {sent.first * 1000:>5.0f} last {sent.last * 1000:>5.0f} ms"
              f"   {', '.join(judged)}")  # fmt: skip
    for name, megabytes in memory.items():
        print(f"  {name:<17}{megabytes:>7.0f} MB   {_met(megabytes <= MEGABYTES)} {MEGABYTES} MB")
    return missed + sum(megabytes > MEGABYTES for megabytes in memory.values())


def _met(met: bool) -> str:
    return "within" if met else "MISSED:"


def main(sizes: list[int]) -> int:
    """Measure, print, and leave with 1 where a bar is missed."""
    missed = 0
    for changes in sizes:
        with tempfile.TemporaryDirectory(prefix="umstui-console-") as folder:
            command = [sys.executable, "-m", "benchmarks.console", "--make", folder, str(changes)]
            subprocess.run(command, check=True)  # noqa: S603 (ourselves)
            for over_ssh in (False, True):
                colours = "16 colours over SSH" if over_ssh else "true colour"
                print(f"{changes:,} changes, {colours}", flush=True)
                missed += report(*measure(Path(folder), over_ssh=over_ssh))
    print("Every bar is met." if not missed else f"{missed} bars are missed.")
    return 1 if missed else 0


def make(folder: Path, changes: int) -> None:
    """Seal a plan."""
    from sync import comparison  # noqa: PLC0415 (the process that measures must stay small)
    from sync.snapshots.filling import Header  # noqa: PLC0415
    from sync.snapshots.run_file import RunFiles, seal  # noqa: PLC0415
    from sync.snapshots.workspace import open_workspace  # noqa: PLC0415

    with open_workspace() as workspace:
        workspace.execute(_MADE.format(changes=changes))
        comparison.work_out_inverse(workspace)
        seal(workspace, RunFiles(folder), Header(1, 1, dt.date(2026, 1, 1), "", "f" * 16, None, 0))


def child(folder: Path) -> None:
    """The console over the sealed file, read by the reader of the product."""
    import umstui.app  # noqa: F401, PLC0415 (what a real console has loaded counts)
    from screens.console import Console  # noqa: PLC0415
    from sync import runs  # noqa: PLC0415
    from sync.runs.plan_reader import PlanReader  # noqa: PLC0415
    from sync.snapshots.run_file import RunFiles  # noqa: PLC0415
    from tests.screens.double import DoubleDesk, a_plan, a_run  # noqa: PLC0415

    class State:
        """Nobody decided anything, nothing was sent."""

        def decisions(self, run: int) -> list[Any]:
            return []

        outcomes = settled_items = decisions

    class Desk(DoubleDesk):
        """The double, with the sealed file for its plan."""

        def open_plan(self, run: str) -> Any:
            return PlanReader(RunFiles(folder), State(), 1)  # type: ignore[arg-type]

    for verb in ("organizations", "list_runs", "windows", "report", "open_plan"):
        getattr(runs, verb)  # imported when first asked for, which the double does not do
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # its own terminal: it ends when the line is closed
    Console(Desk([a_run("1", a_plan(held=False, delete=3))]), pace=60, idle_pace=20).run(
        mouse=False
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["--make"]:
        make(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(main([int(size) for size in sys.argv[1:]] or [100_000, 1_000_000]))
