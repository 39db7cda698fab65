"""The newest run's file is opened before anybody asks for it, and is then as true as any other."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import pytest

from screens.desk import Desk
from screens.opened_plan import PlanAhead
from sync.errors import RunFileDamaged


class Files:
    """A desk that writes down what is done to its run files."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

    def open_plan(self, run: str) -> File:
        self.gate.wait(10)
        if self.error is not None:
            raise self.error
        self.done.append(f"opened {run}")
        return File(self.done, run)


class File:
    """One of them."""

    def __init__(self, done: list[str], run: str) -> None:
        self._done, self._run = done, run

    def __enter__(self) -> File:
        return self

    def __exit__(self, *_: object) -> None:
        self._done.append(f"closed {self._run}")

    def refresh(self) -> None:
        self._done.append(f"read again {self._run}")


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def desk(files: Files) -> Desk:
    return cast("Desk", cast("Any", files))


async def _came(files: Files, *done: str, in_any_order: bool = False) -> None:
    """Wait until all of this and nothing else has been done."""
    for _ in range(500):
        if files.done == list(done) or (in_any_order and sorted(files.done) == sorted(done)):
            return
        await asyncio.sleep(0.002)
    raise AssertionError(files.done)


async def test_it_is_opened_once_and_knows_what_was_decided_since(desk: Desk, files: Files) -> None:
    """A row that a colleague rejected a minute ago must not stand there as planned."""
    ahead = PlanAhead()
    ahead.begin(desk, "7")
    await _came(files, "opened 7")
    plan = await ahead.take(desk, "7")
    assert files.done == ["opened 7", "read again 7"]
    plan.close()
    await _came(files, "opened 7", "read again 7", "closed 7")


async def test_who_asks_for_another_run_gets_that_one(desk: Desk, files: Files) -> None:
    """Yesterday's file must not stay open where pruning would remove it."""
    ahead = PlanAhead()
    ahead.begin(desk, "7")
    await _came(files, "opened 7")
    await ahead.take(desk, "8")
    await _came(files, "opened 7", "closed 7", "opened 8", in_any_order=True)


async def test_who_gives_up_and_asks_again_waits_for_the_same_opening(
    desk: Desk, files: Files
) -> None:
    """A page asks anew whenever the runs have changed; that must not cost the time twice."""
    ahead = PlanAhead()
    files.gate.clear()
    ahead.begin(desk, "7")
    first = asyncio.create_task(ahead.take(desk, "7"))
    await asyncio.sleep(0.01)
    first.cancel()
    again = asyncio.create_task(ahead.take(desk, "7"))
    await asyncio.sleep(0.01)
    files.gate.set()
    await again
    assert files.done == ["opened 7", "read again 7"]


async def test_what_is_wrong_with_a_file_is_told_to_who_asks_until_it_is_mended(
    desk: Desk, files: Files
) -> None:
    """ctrl-r after the file was put back from a backup must show it."""
    ahead = PlanAhead()
    files.error = RunFileDamaged("Run file 7 is cut off.")
    ahead.begin(desk, "7")
    with pytest.raises(RunFileDamaged):
        await ahead.take(desk, "7")
    files.error = None
    await ahead.take(desk, "7")
    assert files.done == ["opened 7"]


@pytest.mark.parametrize("opened", [True, False])
async def test_what_nobody_asked_for_is_given_back(desk: Desk, files: Files, opened: bool) -> None:
    """Leaving at once, or for another organization, must not leave a file open."""
    ahead = PlanAhead()
    if not opened:
        files.gate.clear()
    ahead.begin(desk, "7")
    await asyncio.sleep(0.05)
    ahead.drop()
    files.gate.set()
    await _came(files, "opened 7", "closed 7")
