"""A run file that is open for reading, with the lane in which it is asked."""

from __future__ import annotations

from contextlib import ExitStack

from screens.desk import Desk, PlanReader, Tally
from screens.lane import Lane
from sync.model import Change, ChangeFilter, Stage


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
        lane, stack = Lane(f"plan {run}"), ExitStack()
        try:
            reader = await lane.run(lambda: stack.enter_context(desk.open_plan(run)))
        except BaseException:
            lane.close(stack.close)
            raise
        return cls(run, lane, reader, stack)

    def close(self) -> None:
        """Close the file once the questions that wait have been answered."""
        self._lane.close(self._stack.close)

    async def refresh(self) -> None:
        """Take in decisions and outcomes made since the file was opened."""
        await self._lane.run(self._reader.refresh)

    async def count(self, choice: ChangeFilter) -> int:
        """How many changes a filter chooses."""
        return await self._lane.run(self._reader.count, choice)

    async def page(self, choice: ChangeFilter, offset: int, limit: int) -> list[Change]:
        """A window of the chosen changes."""
        return await self._lane.run(self._reader.page, choice, offset, limit)

    async def tally(self) -> Tally:
        """Numbers by kind and operation over the whole plan."""
        return await self._lane.run(self._reader.tally)

    async def stages(self) -> list[tuple[Stage, dict[tuple[str, str], int]]]:
        """The steps of carrying out, with their numbers."""
        stages = await self._lane.run(self._reader.stages)
        return [(stage, dict(numbers)) for stage, numbers in stages]
