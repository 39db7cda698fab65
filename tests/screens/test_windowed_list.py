"""The windowed list: any number of rows, never a query on the event loop, nothing acts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import pytest
from textual.app import App, ComposeResult
from textual.screen import Screen

from screens.opened_plan import OpenedPlan
from screens.themes import STYLE_DEFAULTS
from screens.widgets.change_list import ChangeList
from screens.widgets.tones import COMPONENTS
from screens.widgets.windowed_list import PAGE_ROWS, PAGES_KEPT
from sync.model import Change, ChangeFilter, ChangeStatus, Kind, Operation
from sync.stages import Stage
from tests.screens.driving import press, settle, words_on

EVERYTHING = ChangeFilter()


class DuckReader:
    """A plan of any size in DuckDB, which says on which threads it was asked."""

    def __init__(self, rows: int) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(
            "CREATE TABLE change AS SELECT i + 1 AS seq, 'fj' || i AS key, "
            "'Person ' || i AS label FROM range(?) t(i)",
            [rows],
        )
        self.threads: set[str] = set()
        self.asked: list[tuple[int, int]] = []
        self.gate: threading.Event | None = None

    def refresh(self) -> None:
        """Nothing changes."""

    def count(self, choice: ChangeFilter) -> int:
        self.threads.add(threading.current_thread().name)
        where = "label LIKE '%7%'" if choice.words else "true"
        rows = self.connection.execute(f"SELECT count(*) FROM change WHERE {where}").fetchall()
        return int(rows[0][0])

    def page(
        self, choice: ChangeFilter, offset: int, limit: int, order: str = "plan"
    ) -> list[Change]:
        self.threads.add(threading.current_thread().name)
        self.asked.append((offset, limit))
        if self.gate is not None:
            self.gate.wait(5)
        where = "label LIKE '%7%'" if choice.words else "true"
        rows = self.connection.execute(
            f"SELECT seq, key, label FROM change WHERE {where} ORDER BY seq LIMIT ? OFFSET ?",
            [limit, offset],
        ).fetchall()
        return [
            Change(seq, Kind.PERSON, Operation.UPDATE, key, label, "", "", ChangeStatus.PLANNED,
                   None, None)
            for seq, key, label in rows
        ]  # fmt: skip

    def tally(self, choice: ChangeFilter = EVERYTHING) -> dict[str, dict[str, int]]:
        return {"person": {"update": self.count(choice)}}

    def schools(self) -> list[str]:
        return []

    def stages(self) -> list[tuple[Stage, dict[tuple[str, str], int]]]:
        return []


class OneReader:
    """As much of a desk as opening a plan needs."""

    def __init__(self, reader: DuckReader) -> None:
        self.reader = reader
        self.closed = False

    @contextmanager
    def open_plan(self, run: str) -> Iterator[DuckReader]:
        yield self.reader
        self.closed = True


class ToneScreen(Screen[None]):
    """Has the tones, as every page does."""

    COMPONENT_CLASSES = COMPONENTS


class ListApp(App[int]):
    """Nothing but the list."""

    CSS_PATH = ["../../screens/widgets/lists.tcss", "../../screens/widgets/tones.tcss"]  # noqa: RUF012

    def __init__(self, desk: OneReader) -> None:
        super().__init__()
        self.desk = desk
        self.plans: list[OpenedPlan] = []

    def on_unmount(self) -> None:
        for plan in self.plans:
            plan.close()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return STYLE_DEFAULTS

    def compose(self) -> ComposeResult:
        yield ChangeList()

    def get_default_screen(self) -> Screen[None]:
        return ToneScreen()

    async def show(self, choice: ChangeFilter = EVERYTHING, *, keep: bool = False) -> None:
        plan = await OpenedPlan.open(self.desk, "1")
        self.plans.append(plan)

        async def fetch(offset: int, limit: int) -> Sequence[Change]:
            return await plan.page(choice, offset, limit)

        changes = self.query_one(ChangeList)
        await changes.show(await plan.count(choice), fetch, keep_cursor=keep)
        changes.focus()


async def test_a_million_rows_are_shown_from_a_page_or_two_read_beside_the_event_loop() -> None:
    """The stock table takes four minutes and freezes the console meanwhile (console.md 2.1)."""
    reader = DuckReader(1_000_000)
    app = ListApp(OneReader(reader))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show()
        await settle(pilot)
        assert "Person 0" in words_on(app)
        assert len(reader.asked) <= 2
        assert all(limit == PAGE_ROWS for _, limit in reader.asked)
        assert "MainThread" not in reader.threads


async def test_jumping_to_the_end_of_a_million_rows_asks_for_one_or_two_pages() -> None:
    """G must not read what lies between."""
    reader = DuckReader(1_000_000)
    app = ListApp(OneReader(reader))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show()
        reader.asked.clear()
        await press(pilot, "G")
        assert "Person 999999" in words_on(app)
        assert len(reader.asked) <= 3
        assert all(limit == PAGE_ROWS for _, limit in reader.asked)
        await press(pilot, "g")
        assert "Person 0 " in words_on(app)


async def test_only_a_few_pages_are_kept() -> None:
    """Paging through a long plan must not fill the memory."""
    app = ListApp(OneReader(DuckReader(PAGE_ROWS * 40)))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show()
        changes = app.query_one(ChangeList)
        for page in range(30):
            changes.move_to(page * PAGE_ROWS + 5)
            await settle(pilot)
        at_hand = sum(changes.row(i * PAGE_ROWS) is not None for i in range(40))
        assert at_hand <= PAGES_KEPT + 1
        assert changes.current is not None


async def test_old_rows_stay_until_the_new_ones_are_there() -> None:
    """An empty list in between would flicker, and could be mistaken for the answer."""
    reader = DuckReader(1000)
    app = ListApp(OneReader(reader))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show()
        await settle(pilot)
        reader.gate = threading.Event()
        filtering = asyncio.create_task(app.show(ChangeFilter(words=("7",))))
        await pilot.pause(0.05)
        assert "Person 0 " in words_on(app)
        reader.gate.set()
        await filtering
        await settle(pilot)
        shown = words_on(app)
        assert "Person 0 " not in shown
        assert "Person 7 " in shown


async def test_rows_of_an_older_filter_never_come_in_late() -> None:
    """A slow answer to the last filter must not overwrite the answer to this one."""
    app = ListApp(OneReader(DuckReader(0)))
    answered = asyncio.Event()

    def a_row(label: str) -> Change:
        return Change(1, Kind.PERSON, Operation.UPDATE, "fj1", label, "", "",
                      ChangeStatus.PLANNED, None, None)  # fmt: skip

    async def slow(offset: int, limit: int) -> Sequence[Change]:
        await answered.wait()
        return [a_row("of the last filter")]

    async def quick(offset: int, limit: int) -> Sequence[Change]:
        return [a_row("of this filter")]

    async with app.run_test(size=(80, 24)) as pilot:
        changes = app.query_one(ChangeList)
        late = asyncio.create_task(changes.show(1, slow))
        await asyncio.sleep(0)
        await changes.show(1, quick)
        answered.set()
        await late
        await settle(pilot)
        assert "of this filter" in words_on(app)


async def test_moving_marking_and_the_ends() -> None:
    """The cursor stays inside the list, and marks stay on their rows."""
    app = ListApp(OneReader(DuckReader(50)))
    async with app.run_test(size=(80, 12)) as pilot:
        await app.show()
        changes = app.query_one(ChangeList)
        await press(pilot, "k")
        assert changes.cursor == 0
        await press(pilot, "j", "down", "space", "space")
        assert changes.cursor == 4
        assert changes.marked == {3, 4}
        assert words_on(app).count("*") == 2
        await press(pilot, "pagedown", "ctrl+d")
        assert changes.cursor == 24
        await press(pilot, "G", "j", "j")
        assert changes.cursor == 49
        await press(pilot, "g", "space")
        assert changes.marked == {1, 3, 4}


async def test_the_plan_file_is_given_back() -> None:
    """An open file could not be pruned, and on Windows not even copied."""
    desk = OneReader(DuckReader(10))
    plan = await OpenedPlan.open(desk, "1")
    assert await plan.count(EVERYTHING) == 10
    plan.close()
    for _ in range(200):
        if desk.closed:
            break
        await asyncio.sleep(0.01)
    assert desk.closed


@pytest.mark.parametrize(
    "name", ["[Test] Jensen", "[red]Bo[/red]", "\u202eAnna", "\x1b[31mIb", "王小明"]
)
async def test_names_are_text_and_nothing_else(name: str) -> None:
    """A name in brackets must not vanish, and one with controls must not act."""

    class Named(DuckReader):
        def page(
            self, choice: ChangeFilter, offset: int, limit: int, order: str = "plan"
        ) -> list[Change]:
            return [
                Change(1, Kind.PERSON, Operation.CREATE, "fj1", name, "Havn", "new",
                       ChangeStatus.PLANNED, None, {})
            ]  # fmt: skip

    app = ListApp(OneReader(Named(1)))
    async with app.run_test(size=(80, 12)) as pilot:
        await app.show()
        await settle(pilot)
        row = words_on(app).splitlines()[1]
        if name.isprintable():
            assert name in row
        else:
            assert "<U+" in row
            assert name not in row
        assert row.split("fj1")[1].split()[:2] == ["Havn", "new"]
