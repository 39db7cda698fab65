"""The preview as it opens: its rows at once, or why there are none."""

from __future__ import annotations

import asyncio
import threading

from sync.errors import RunFileDamaged
from sync.model import ChangeFilter
from tests.screens.double import DoubleDesk, StoredRun, a_ready_desk, a_run
from tests.screens.driving import press, type_words, until, words_on


async def test_a_damaged_run_file_is_told_in_place_of_the_list(console) -> None:
    """The person must learn what to do, not see an empty list."""
    desk = a_ready_desk()

    def damaged(_: str) -> None:
        raise RunFileDamaged("Run file 314 is cut off; plan again with umstui plan.")

    desk.open_plan = damaged
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2")
        assert "Run file 314 is cut off" in words_on(app)


async def test_rows_that_take_long_are_waited_for_on_their_page(console) -> None:
    """Whoever sees nothing happen presses the key again, and again."""
    desk, gate = a_ready_desk(), threading.Event()
    opened = desk.open_plan

    def slowly(run: str) -> StoredRun:
        gate.wait(10)
        return opened(run)

    desk.open_plan = slowly
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("2", "j", "space"):
            app.simulate_key(key)
        for _ in range(500):
            if "Reading the runs" in words_on(app):
                break
            await asyncio.sleep(0.01)
        else:
            raise AssertionError(words_on(app))
        gate.set()
        assert "Reading the runs" not in await until(pilot, "1 of ")


async def test_the_newest_plan_is_at_hand_once_home_is_at_rest(console) -> None:
    """It is what is asked for next; opening it takes a quarter of the time until its rows."""
    desk, opened = a_ready_desk(), []
    open_plan = desk.open_plan

    def counted(run: str) -> StoredRun:
        opened.append(run)
        return open_plan(run)

    desk.open_plan = counted
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(200):
            await pilot.pause(0.01)
            if opened:
                break
        desk.reject("314", "not these", ChangeFilter(kinds=frozenset({"person"})), None)
        await press(pilot, "2")
        assert opened == ["314"]
        assert "rejected: not these" in (await _filtered(pilot, "status:skipped"))


async def _filtered(pilot, words: str) -> str:  # type: ignore[no-untyped-def]
    await press(pilot, "slash")
    await type_words(pilot, words)
    return words_on(pilot.app)


async def test_an_empty_plan_says_that_all_is_well(console) -> None:
    """Nothing to do is the best news of the day and must not look like a fault."""
    app = console(DoubleDesk([a_run("9", [])]))
    async with app.run_test() as pilot:
        await press(pilot, "2")
        assert "itslearning already holds what it should" in words_on(app)
        await press(pilot, "P")
        assert "the plan is empty" in words_on(app)
