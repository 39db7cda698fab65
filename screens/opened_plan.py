"""A run file that is open for reading, with the lane in which it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from screens.desk import Desk, PlanReader, Tally
from screens.lane import Lane
from sync.model import Change, ChangeFilter
from sync.stages import Stage


class OpenedPlan:
    """Asks one run file off the event loop; questions that were given up are never asked."""

    def __init__(self, run: str, lane: Lane, reader: PlanReader, stack: ExitStack) -> None:
        self.run = run
        self._lane = lane
        self._reader = reader
        self._stack = stack

    @classmethod
    async def open(cls, desk: Desk, run: str) -> OpenedPlan:
        """Open the file of a run. RunFileDamaged or NotFound where it cannot be."""
        return await cls.of(run, lambda: desk.open_plan(run))

    @classmethod
    async def of(
        cls, name: str, manager: Callable[[], AbstractContextManager[PlanReader]]
    ) -> OpenedPlan:
        """Open whatever gives a reader, under a name of its own."""
        lane, stack = Lane(f"plan {name}"), ExitStack()
        try:
            reader = await lane.run(lambda: stack.enter_context(manager()))
        except BaseException:
            lane.close(stack.close)
            raise
        return cls(name, lane, reader, stack)

    def close(self) -> None:
        """Close the file once the questions that wait have been answered."""
        self._lane.close(self._stack.close)

    async def refresh(self) -> None:
        """Take in decisions and outcomes made since the file was opened."""
        await self._lane.run(self._reader.refresh)

    async def count(self, choice: ChangeFilter) -> int:
        """How many changes a filter chooses."""
        return await self._lane.run(self._reader.count, choice)

    async def page(
        self, choice: ChangeFilter, offset: int, limit: int, order: str = "plan"
    ) -> list[Change]:
        """A window of the chosen changes."""
        return await self._lane.run(self._reader.page, choice, offset, limit, order)

    async def tally(self) -> Tally:
        """Numbers by kind and operation over the whole plan."""
        return await self._lane.run(self._reader.tally)

    async def stages(self) -> list[tuple[Stage, dict[tuple[str, str], int]]]:
        """The steps of carrying out, with their numbers."""
        stages = await self._lane.run(self._reader.stages)
        return [(stage, dict(numbers)) for stage, numbers in stages]


class PlanAhead:
    """The file of one run, opened while nobody waits for it; whoever asks for that run takes it."""

    def __init__(self) -> None:
        self._run = ""
        self._opening: asyncio.Task[OpenedPlan] | None = None

    def begin(self, desk: Desk, run: str) -> None:
        """Open the file of a run in the background. What is wrong with it is said when it is asked
        for."""
        self.drop()
        self._run, self._opening = run, asyncio.create_task(OpenedPlan.open(desk, run))

    async def take(self, desk: Desk, run: str) -> OpenedPlan:
        """The file of a run as it is now, opened already or only now. RunFileDamaged or NotFound
        where it cannot be."""
        opening = self._opening
        if opening is None or self._run != run:
            self.drop()
            return await OpenedPlan.open(desk, run)
        try:
            plan = await asyncio.shield(opening)  # who asks may give up and ask again
        finally:
            if opening.done():
                self._opening = None
        await plan.refresh()
        return plan

    def drop(self) -> None:
        """Give the file back; nobody asked for it."""
        if self._opening is not None:
            self._opening.add_done_callback(_close)
            self._opening.cancel()  # where it is not open yet
        self._opening = None


def _close(opening: asyncio.Task[OpenedPlan]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
