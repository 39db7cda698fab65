"""The settings of UMS that are open for looking at, with the lane in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from screens.lane import Lane
from screens.setup_desk import SettingsReader, SetupDesk
from sync.errors import Refused
from sync.model import ProgressListener

if TYPE_CHECKING:
    from sync.runs import SettingRow, TreeNode


class OpenedSettings:
    """Asks one reader off the event loop, one question after the other."""

    def __init__(self, lane: Lane, reader: SettingsReader, stack: ExitStack) -> None:
        self._lane = lane
        self._reader = reader
        self._stack = stack

    @classmethod
    async def open(cls, desk: SetupDesk, org: int, progress: ProgressListener) -> OpenedSettings:
        """Read settings and Students."""
        lane, stack = Lane("settings"), ExitStack()
        try:
            reader = await lane.run(lambda: stack.enter_context(desk.open_settings(org, progress)))
        except BaseException:
            lane.close(stack.close)
            raise
        return cls(lane, reader, stack)

    def close(self) -> None:
        """Let go of the rows once the questions that wait have been answered."""
        self._lane.close(self._stack.close)

    async def rows(self) -> list[SettingRow]:
        """The rows of the settings tables, and the tops of the two trees."""
        return [
            *await self._lane.run(self._reader.rows), *await self._lane.run(self._reader.tops)
        ]  # fmt: skip

    async def taken(self, criterion: str) -> tuple[int, int]:
        """What a criterion takes. CriteriaRefused says what is wrong with it."""
        return await self._lane.run(self._reader.taken, criterion)

    async def parents(self, row: SettingRow) -> list[str]:
        """The numbers of the sub accounts that one may stand under."""
        return [str(number) for number in await self._lane.run(self._reader.parents, row)]

    async def why_not_remove(self, row: SettingRow) -> str:
        """Why a sub account cannot be taken out."""
        return await self._lane.run(self._reader.why_not_remove, row)

    async def hierarchy(self, row: SettingRow, values: Mapping[str, str] | None) -> list[TreeNode]:
        """The nodes with this row changed, added or, without values, taken out."""
        return list(await self._lane.run(self._reader.hierarchy, row, values))

    async def check(self, row: SettingRow, values: Mapping[str, str]) -> None:
        """Raises Refused with the first value that will not do."""
        for name, text in values.items():
            if why := await self._lane.run(self._reader.why_not, row, name, text):
                raise Refused(f"{name}: {why}")
