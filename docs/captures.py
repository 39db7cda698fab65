"""Makes the pictures of the documentation: the console at 80x24 over a demo school.

`python docs/captures.py`, in a checkout with the test requirements. It makes the school, its test
site and two runs in a folder of its own, presses the keys below, and writes docs/captures.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from screens.console import Console
from screens.places import PLACES
from sync import runs
from sync.model import Operator
from sync.runs import Installation
from sync.windows import KeepException, KeepTarget, Window, WindowType
from umstui import config
from umstui.app import InstallationDesk
from umstui.cli.demonstration import let_time_pass, prepare, running_site
from umstui.session import local_now

FOLDER = Path(__file__).parent / "captures"
# name, keys; a picture of every screen on a digit is taken besides.
WALKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("preview-filtered", ("2", "slash", *"op:-", "enter")),
    ("limits", ("2", "v")),
    ("calendar-forecast", ("4", "j", "f")),
    ("teachers", ("4", "j", "t")),
    ("help", ("2", "question_mark")),
    ("command", ("2", "c")),
    ("sub-accounts", ("8", "u", "G")),
    ("audit", ("8", "H")),
)
# Taken once the plan has been approved.
APPROVED = (("apply", ("2", "P")),)
_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)  # a picture asks nothing of another host


def _a_school(folder: Path) -> Installation:
    """A school after its first sync, with a second plan that is held, and a calendar."""
    installation = Installation(
        settings=config.load(str(folder / "umstui.toml")),
        operator=Operator(name="mk", host="ums-01"),
        clock=local_now,
    )
    first = runs.plan(installation).summary.run
    runs.approve(installation, first, reason="the first sync of the school")
    runs.apply(installation, first, confirm=runs.confirmation(runs.report(installation, first)))
    return installation


def _go_on(installation: Installation) -> None:
    today = installation.today

    def on(days: int) -> dt.date:
        return today + dt.timedelta(days)

    delay = WindowType.DELAY_DELETE
    runs.add_window(installation, Window(delay, on(3), on(48), kind="membership"))
    runs.add_window(installation, Window(delay, on(20), on(62)))
    runs.add_window(installation, Window(WindowType.FREEZE, on(27), on(40)))
    with runs.open_plan(installation, runs.list_runs(installation, 1)[0].run) as plan:
        school = plan.schools()[0]
    keep = KeepException(KeepTarget.SCHOOL, school, on(10), "exams until the end of next week")
    runs.add_exception(installation, keep)
    held = runs.plan(installation)
    assert held.summary.changes


async def _pictures(
    installation: Installation, walks: Sequence[tuple[str, tuple[str, ...]]]
) -> None:
    for name, keys in walks:
        app = Console(InstallationDesk(installation, None), pace=60)
        async with app.run_test(size=(80, 24)) as pilot:
            await _quiet(pilot)
            for key in keys:
                await pilot.press(key)
                await _quiet(pilot)
            picture = _FONTS.sub("", app.export_screenshot(title=" ", simplify=True))
            (FOLDER / f"{name}.svg").write_text(picture, encoding="utf-8")


async def _quiet(pilot) -> None:  # type: ignore[no-untyped-def]
    for _ in range(600):
        await pilot.pause(0.05)
        busy = [w for w in pilot.app.workers if w.group != "watch" and not w.is_finished]
        if not busy and not pilot.app.looking:
            return


def main() -> None:
    """Make all pictures anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "school"
        demo = prepare(folder, 600, 1, local_now().date())
        with running_site(folder, demo):
            installation = _a_school(folder)
            let_time_pass(folder, demo, local_now().date(), 8)
            _go_on(installation)
            walks = [(place.id, (place.digit,)) for place in PLACES]
            asyncio.run(_pictures(installation, [*walks, *WALKS]))
            newest = runs.list_runs(installation, 1)[0].run
            runs.approve(installation, newest, reason="class 9 left early")
            asyncio.run(_pictures(installation, APPROVED))


if __name__ == "__main__":
    main()
