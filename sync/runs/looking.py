"""What UMS has of a person, a room, or both, read in a thread beside the rest.

The table of all rows has no index as a rule, so the look takes as long as all else together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import duckdb
import sqlalchemy as sa

from sync.ums.fetching import Rows
from sync.ums.looking_up import LookUp, escaped
from sync.ums.mapping import Mapping as Names

ROOM_PREFIXES = ("UMSCourse_", "UMSGroups_")  # rules.md 11


class Looking:
    """The settings of an organization, read at once, and the rows of one question, read meanwhile.

    Raises DatabaseUnreachable, SchemaMismatch.
    """

    def __init__(
        self, source: sa.Engine, mapping: Names, org: int, room: str, threads: ThreadPoolExecutor
    ) -> None:
        self._look = LookUp(source, mapping)
        self._settings = self._look.settings(org)
        self._room = room
        self._threads = threads
        self._found = threads.submit(_activities_of, room, self._settings, self._look)
        self._rows: Future[list[Rows]] | None = None

    @property
    def columns(self) -> list[str]:
        """The columns of Students that criteria may name."""
        return self._look.columns

    @property
    def activities(self) -> list[str]:
        """Those whose rooms or groups could have the key of the room; waits for them."""
        return self._found.result()

    def begin(self, person: str, administrative_ids: Sequence[str]) -> None:
        """Begin to read the rows. ``administrative_ids`` are those by which a row still stands for
        the person when its StudieNr is gone (rules.md 2)."""
        self._rows = self._threads.submit(self._read, person, administrative_ids)

    def put_settings_into(self, workspace: duckdb.DuckDBPyConnection) -> None:
        """Put the settings into a workspace."""
        self._look.put_settings_into(workspace)

    def put_rows_into(self, workspace: duckdb.DuckDBPyConnection) -> None:
        """Put the rows that were begun to be read into a workspace; waits for them."""
        if self._rows is not None:
            self._look.put_rows_into(workspace, self._rows.result())

    def _read(self, person: str, administrative_ids: Sequence[str]) -> list[Rows]:
        return self._look.rows(
            key=person,
            administrative_ids=administrative_ids,
            activities=self.activities,
            patterns=_patterns(self._settings) if self._room else (),
        )


def _patterns(settings: Sequence[Mapping[str, object]]) -> list[str]:
    texts = [str(setting.get("SQLGroups") or "") for setting in settings]
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def _activities_of(
    key: str, settings: Sequence[Mapping[str, object]], looking: LookUp
) -> list[str]:
    """The activities whose rooms or groups could have the key (rules.md 10 and 11)."""
    prefix = next((known for known in ROOM_PREFIXES if key.startswith(known)), "")
    if not prefix:
        return []
    node = key.removeprefix(prefix)
    cuts = {
        (_number(setting.get("NodeStartIndex")), _number(setting.get("NodeLength")))
        for setting in settings
    }
    # The short name and the course come after a _ that is none of the activity's own.
    ends = [place for place, sign in enumerate(node) if sign == "_" and place] + [len(node)]
    likes = {_uncut(node[:end], start, size) for end in ends for start, size in cuts}
    found: set[str] = set()
    if not likes:
        return []
    for activity, name in looking.activities_named(sorted(likes)):
        folded = " ".join(name.split())
        for start, size in cuts:
            cut = start >= 1 and size >= 1
            base = (folded[: start - 1] + folded[start - 1 + size :]).strip() if cut else folded
            if base and (node == base or node.startswith(f"{base}_")):
                found.add(activity)
    return sorted(found)


def _uncut(base: str, start: int, size: int) -> str:
    """A LIKE pattern that takes every Aktivitet of which this is left when it is cut (rules.md 10),
    whatever blanks stand in it; it may take more."""
    parts = [base[: start - 1], base[start - 1 :]] if start >= 1 and size >= 1 else [base]
    return f"%{'%'.join(escaped(part).replace(' ', '%') for part in parts)}%"


def _number(value: object) -> int:
    text = str(value or 0)
    return int(text) if text.lstrip("-").isdecimal() else 0
