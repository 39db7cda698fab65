"""The preview over a plan of a million changes: `python -m benchmarks.preview [CHANGES]`.

The bars: first frame within 0.3 s of asking for the preview, a key within 50 ms, less than 150 MB.
A process of its own opens the console without a terminal over a sealed run file, which is made by
another one, so that its memory does not count. Processor time stands beside that on the clock.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def make(folder: Path, changes: int) -> None:
    """Seal a plan."""
    from sync import comparison  # noqa: PLC0415 (the process that measures must stay small)
    from sync.snapshots.filling import Header  # noqa: PLC0415
    from sync.snapshots.run_file import seal  # noqa: PLC0415
    from sync.snapshots.workspace import open_workspace  # noqa: PLC0415

    with open_workspace() as workspace:
        workspace.execute(_MADE.format(changes=changes))
        comparison.work_out_inverse(workspace)
        seal(workspace, folder, Header(1, 1, dt.date(2026, 1, 1), "", "f" * 16, None, 0))


async def measure(folder: Path) -> None:
    """Open the console and press keys."""
    import umstui.app  # noqa: F401, PLC0415 (what a real console has loaded counts)
    from screens.console import Console  # noqa: PLC0415
    from screens.widgets.change_list import ChangeList  # noqa: PLC0415
    from sync.runs.plan_reader import PlanReader  # noqa: PLC0415
    from tests.screens.double import DoubleDesk, a_plan, a_run  # noqa: PLC0415

    class State:
        """Nobody decided anything, nothing was sent."""

        def decisions(self, run: int) -> list[Any]:
            return []

        outcomes = settled_items = decisions

    class Desk(DoubleDesk):
        """The double, with the sealed file for its plan."""

        def open_plan(self, run: str) -> Any:
            return PlanReader(folder, State(), 1)  # type: ignore[arg-type]

    console = Console(Desk([a_run("1", a_plan(held=False, delete=3))]), pace=30.0)
    async with console.run_test(size=(80, 24)) as pilot:
        await pilot.pause()

        async def shown(keys: str, ready: Callable[[ChangeList], bool]) -> None:
            clock, busy = time.perf_counter(), time.process_time()
            console.simulate_key(keys)
            while not (
                console.screen.query(ChangeList) and ready(console.screen.query_one(ChangeList))
            ):
                await asyncio.sleep(0.001)
            took = time.perf_counter() - clock, time.process_time() - busy
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{keys:12} {took[0]:6.3f} s  {took[1]:6.3f} s of processor  {peak:5.0f} MB")
            await pilot.pause(0.3)

        await shown("2", lambda changes: changes.count > 0 and changes.current is not None)
        await shown("down", lambda changes: changes.cursor == 1)
        await shown("pagedown", lambda changes: changes.cursor > 1)
        await shown("end", lambda changes: changes.cursor == changes.count - 1)
        await shown("home", lambda changes: changes.cursor == 0)
        await shown("full_stop", lambda changes: changes.count < 500_000)
        await shown("x", lambda changes: changes.row(0) is not None)


def main() -> None:
    """Make the file in a process of its own, then measure."""
    if len(sys.argv) == 3:
        make(Path(sys.argv[1]), int(sys.argv[2]))
        return
    changes = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    with tempfile.TemporaryDirectory(prefix="umstui-console-") as folder:
        command = [sys.executable, "-m", "benchmarks.preview", folder, changes]
        subprocess.run(command, check=True)  # noqa: S603 (ourselves)
        asyncio.run(measure(Path(folder)))
        from screens.lane import wait_for_lanes  # noqa: PLC0415

        wait_for_lanes(2.0)


if __name__ == "__main__":
    main()
