"""A list of any length: it draws only the lines in sight and holds only a few pages of rows.

Measured against the stock table in console.md 2: a million rows appear as fast as ten. Rows come
in pages through an awaitable; nothing here ever waits for them on the event loop.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.actions import find
from screens.bindings import bindings
from screens.cells import fit
from screens.widgets.columns import Column, fitting
from screens.widgets.tones import tone

Row = TypeVar("Row")

PAGE_ROWS = 256
PAGES_KEPT = 8
_LEAD = 3  # cursor, mark, blank

Fetch = Callable[[int, int], Awaitable[Sequence[Row]]]


class WindowedList(ScrollView, Generic[Row], can_focus=True):
    """A list with a title line, a cursor and marks over rows that are fetched page by page."""

    BINDINGS = bindings("list")
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"list--title", "list--cursor", "list--unfocused"}

    class Moved(Message):
        """The cursor stands on another row, or its row has arrived."""

        def __init__(self, source: WindowedList[Any]) -> None:
            super().__init__()
            self.source = source

        @property
        def control(self) -> WindowedList[Any]:
            """The list."""
            return self.source

    class Chosen(Moved):
        """A second click on the cursor row."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], int | str],
        empty: str = "",
        *,
        id: str | None = None,  # noqa: A002 (the name that Textual gives it)
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._key = key
        self._fitted: list[tuple[Column[Row], int]] = []
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._wanted: set[int] = set()
        self._fetch: Fetch[Row] | None = None
        self._shown = 0  # counts contents, so that late pages of old ones are thrown away
        self.count = 0
        self.cursor = 0
        self.empty = empty
        self.marked: set[int | str] = set()

    # Contents -------------------------------------------------------------------------------
    async def show(self, count: int, fetch: Fetch[Row], *, keep_cursor: bool = False) -> None:
        """Show other rows. What is on screen stays until the rows in sight have been fetched."""
        self._shown += 1
        shown = self._shown
        cursor = min(self.cursor, max(0, count - 1)) if keep_cursor else 0
        pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        last_in_sight = min(count - 1, cursor + max(self._lines, 1))
        first_in_sight = max(0, cursor - max(self._lines, 1))
        if count:
            for page in range(first_in_sight // PAGE_ROWS, last_in_sight // PAGE_ROWS + 1):
                pages[page] = await fetch(page * PAGE_ROWS, PAGE_ROWS)
        if shown != self._shown:
            return
        self._fetch, self._pages, self._wanted = fetch, pages, set()
        self.count, self.cursor = count, cursor
        self._resized()
        if not keep_cursor:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Moved(self))

    async def show_rows(self, rows: Sequence[Row], *, keep_cursor: bool = False) -> None:
        """Show rows that are all at hand; a cursor that is kept stays on its row, wherever that
        stands now: what a key does must not fall on another one because something came above."""
        here = self.current if keep_cursor else None
        if here is not None:
            key = self._key(here)
            places = (place for place, row in enumerate(rows) if self._key(row) == key)
            self.cursor = next(places, self.cursor)

        async def fetch(offset: int, limit: int) -> Sequence[Row]:
            return rows[offset : offset + limit]

        await self.show(len(rows), fetch, keep_cursor=keep_cursor)

    def row(self, index: int) -> Row | None:
        """A row that is at hand, else None."""
        page = self._pages.get(index // PAGE_ROWS)
        if page is None:
            return None
        offset = index % PAGE_ROWS
        return page[offset] if offset < len(page) else None

    @property
    def current(self) -> Row | None:
        """The row under the cursor, where it is at hand."""
        return self.row(self.cursor) if self.count else None

    @property
    def _lines(self) -> int:
        """Rows in sight, the title line left out."""
        return max(0, self.size.height - 1)

    def _want(self, page: int) -> None:
        if page in self._pages or page in self._wanted or not 0 <= page * PAGE_ROWS < self.count:
            return
        self._wanted.add(page)
        self._fill(page, self._shown)

    @work
    async def _fill(self, page: int, shown: int) -> None:
        if self._fetch is None:
            return
        rows = await self._fetch(page * PAGE_ROWS, PAGE_ROWS)
        if shown != self._shown:
            return
        self._wanted.discard(page)
        self._keep(page, rows)
        self.refresh()
        if self.cursor // PAGE_ROWS == page:
            self.post_message(self.Moved(self))

    def _keep(self, page: int, rows: Sequence[Row]) -> None:
        """Hold a page, and let go of the one that was used longest ago."""
        self._pages[page] = rows
        self._pages.move_to_end(page)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)

    # Moving -----------------------------------------------------------------------------------
    def action_do(self, action_id: str) -> None:
        """Carry out an action of the table."""
        moves = {
            "down": self.cursor + 1,
            "up": self.cursor - 1,
            "page_down": self.cursor + max(1, self._lines - 1),
            "page_up": self.cursor - max(1, self._lines - 1),
            "first": 0,
            "last": self.count - 1,
        }
        find("list", action_id)
        if action_id in moves:
            self.move_to(moves[action_id])
        else:
            self.do_mark()

    def move_to(self, index: int) -> None:
        """Put the cursor on a row and bring it in sight, fetching its page first."""
        if not self.count:
            return
        index = max(0, min(index, self.count - 1))
        if self.row(index) is None:
            self._fetch_and_move(index, self._shown)
        else:
            self._set_cursor(index)

    @work(exclusive=True, group="move")
    async def _fetch_and_move(self, index: int, shown: int) -> None:
        if self._fetch is None:
            return
        first = max(0, index - self._lines) // PAGE_ROWS
        for page in range(first, index // PAGE_ROWS + 1):
            if page not in self._pages:
                rows = await self._fetch(page * PAGE_ROWS, PAGE_ROWS)
                if shown != self._shown:
                    return
                self._keep(page, rows)
        self._set_cursor(index)

    def _set_cursor(self, index: int) -> None:
        before, self.cursor = self.cursor, index
        if before == index:
            return
        self.refresh_row(before)
        self.refresh_row(index)
        self._keep_in_sight()
        page = index // PAGE_ROWS
        for near in (page, page + 1, page - 1):
            if abs(index - near * PAGE_ROWS - PAGE_ROWS // 2) < PAGE_ROWS:
                self._want(near)
        if page in self._pages:
            self._pages.move_to_end(page)
        self.post_message(self.Moved(self))

    def _keep_in_sight(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True, immediate=True)
        elif self._lines and self.cursor >= top + self._lines:
            self.scroll_to(
                y=self.cursor - self._lines + 1, animate=False, force=True, immediate=True
            )

    def do_mark(self) -> None:
        """Mark or unmark the cursor row and go one down."""
        if (row := self.current) is None:
            return
        self.marked ^= {self._key(row)}
        self.refresh_row(self.cursor)
        self.move_to(self.cursor + 1)
        self.post_message(self.Moved(self))

    def on_click(self, event: events.Click) -> None:
        """The first click moves the cursor, one on the cursor row opens it."""
        index = self.scroll_offset.y + event.y - 1
        if event.y == 0 or index >= self.count:
            return
        if index == self.cursor:
            self.post_message(self.Chosen(self))
        else:
            self.move_to(index)

    # Drawing ----------------------------------------------------------------------------------
    def on_resize(self) -> None:
        """Choose the columns anew."""
        self._resized()
        self._keep_in_sight()

    def _resized(self) -> None:
        self._fitted = fitting(self._columns, self.size.width - _LEAD)
        self.virtual_size = Size(self.size.width, self.count + 1)

    def refresh_row(self, index: int) -> None:
        """Draw one row anew."""
        y = index - self.scroll_offset.y + 1
        if 1 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the list: titles, a row, or nothing."""
        cells = self.size.width
        base = self.rich_style
        if y == 0:
            style = self.get_component_rich_style("list--title")
            titles = " ".join(
                fit(column.title, wide, right=column.right) for column, wide in self._fitted
            )
            return Strip([Segment(fit(" " * _LEAD + titles, cells), style)], cells)
        index = self.scroll_offset.y + y - 1
        if index >= self.count:
            words = f"   {self.empty}" if not self.count and y == 2 else ""
            return Strip([Segment(fit(words, cells), base + tone(self, "quiet"))], cells)
        row = self.row(index)
        if row is None:
            self._want(index // PAGE_ROWS)
            return Strip([Segment(fit("   ...", cells), base + tone(self, "quiet"))], cells)
        return self._draw(row, index, base, cells)

    def _draw(self, row: Row, index: int, base: Style, cells: int) -> Strip:
        here = index == self.cursor
        if here:
            name = "list--cursor" if self.has_focus else "list--unfocused"
            base = self.get_component_rich_style(name)
        marked = "*" if self._key(row) in self.marked else " "
        parts: list[Segment] = [Segment(f"{'>' if here else ' '}{marked} ", base)]
        used = _LEAD
        for position, (column, wide) in enumerate(self._fitted):
            name = "" if here else column.style(row)  # one tone: the cursor is sent at each step
            style = base
            if name:
                style = base + tone(self, name)
            gap = 0 if position == len(self._fitted) - 1 else 1
            words = fit(column.cell(row), wide, right=column.right)
            parts.append(Segment(words + " " * gap, style))
            used += wide + gap
        if used < cells:
            parts.append(Segment(" " * (cells - used), base))
        return Strip(parts).adjust_cell_length(cells, base).simplify()
