"""The settings in the UMS database: what makes persons, rooms, groups and the hierarchy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.widget import Widget

from screens import sub_accounts, twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.confirm import Confirmation, ConfirmPage
from screens.form import Field, Form, FormPage, Values, anything
from screens.form_checks import one_of
from screens.lane import in_thread
from screens.opened_settings import OpenedSettings
from screens.page import Page, in_background
from screens.setting_lines import (
    COLUMNS,
    Lines,
    change_lines,
    changed,
    in_tree,
    title_of,
    tree_lines,
)
from screens.sub_accounts import Trees
from screens.widgets.lines import Facts, Rule
from screens.widgets.scrolled import Scrolled
from screens.widgets.windowed_list import WindowedList
from screens.wording import number
from sync.errors import UmstuiError

if TYPE_CHECKING:
    from sync.runs import SettingRow


class UmsSettingsPage(Page):
    """One line a row; enter changes it, after showing what that would make."""

    PLACE = "ums_settings"
    TITLE_WORDS = "8 Settings > UMS"
    BINDINGS = bindings("ums_settings")
    HELP_WORDS: ClassVar[str] = (
        "The settings that UMS keeps for this organization. enter opens one: criteria say how many "
        "rows of Students they take while they are typed, sub accounts show the hierarchy they "
        "make with what stands in each node, template keys are looked up at the site. n adds a sub "
        "account under the one under the cursor, m lets one stand elsewhere, D takes one out. "
        "Nothing is stored before a question; every change stands in the audit trail."
    )

    def __init__(self) -> None:
        super().__init__()
        self._opened: OpenedSettings | None = None
        self._rows: list[tuple[int, SettingRow]] = []

    def body(self) -> Iterable[Widget]:
        """The rows, and below them the one under the cursor."""
        yield WindowedList(COLUMNS, lambda r: f"{r[1].table} {r[1].number}", id="ums-rows")
        yield Rule(id="ums-rule")
        with Scrolled(id="ums-values"):
            yield Facts(id="ums-facts", label_cells=26)

    def on_mount(self) -> None:
        """Read settings and rows."""
        super().on_mount()
        self.query_one(WindowedList).focus()
        self.read()

    def on_unmount(self) -> None:
        """Let go of the rows."""
        super().on_unmount()
        if self._opened is not None:
            self._opened.close()

    @in_background("read")
    async def read(self, done: str = "") -> None:
        """Read everything once; the status line says how far it is, and then what was ``done``
        before."""
        app = self.console_app
        if app.site is None:
            self.say(app.trouble or "No organization is chosen.", "error")
            return
        with self.hearing("reading the settings ...") as hear:
            opened = await OpenedSettings.open(app.desk.setup, app.site.org, hear)
        if self._opened is not None:
            self._opened.close()
        self._opened = opened
        self._rows = in_tree(await opened.rows())
        rows = self._rows

        await self.query_one(WindowedList).show_rows(rows, keep_cursor=True)
        self.say(done, "good" if done else "")
        self.refresh_frame()

    @property
    def current(self) -> SettingRow | None:
        """The row under the cursor."""
        found: tuple[int, SettingRow] | None = self.query_one(WindowedList).current
        return found[1] if found else None

    def situation(self) -> Situation:
        """With the row under the cursor; the top of a tree is none that could be changed."""
        row = self.current
        return replace(
            super().situation(),
            row=row is not None and row.number > 0,
            tree=row is not None and any(c.kind == "parent" for c in row.columns),
            rows=len(self._rows),
        )

    @property
    def _trees(self) -> Trees | None:
        if self._opened is None:
            return None
        rows = [row for _, row in self._rows]
        return Trees(self, self._opened, rows, self._ask, self.read)

    def do_refresh(self) -> None:
        """Read everything again."""
        super().do_refresh()
        self.read()

    @on(WindowedList.Moved)
    def show_row(self) -> None:
        """The values of the row under the cursor."""
        self.refresh_frame()
        row = self.current
        if row is None:
            return
        place = f"{row.table} {row.number}" if row.number else f"{row.table}, n adds to the tree"
        self.query_one("#ums-rule", Rule).parts = ((place, "strong"),)
        self.query_one("#ums-facts", Facts).facts = tuple(
            (name, ((text, ""),)) for name, text in row.values.items() if text
        )

    @on(WindowedList.Chosen)
    def clicked(self) -> None:
        """A second click on the line."""
        self.action_do("open")

    def do_open(self) -> None:
        """Change the row under the cursor."""
        row = self.current
        if row is None or self._opened is None:
            return
        self.change(self._opened, row)

    @in_background("change")
    async def change(self, opened: OpenedSettings, row: SettingRow) -> None:
        """A form with a line for each column of the row."""
        above = await opened.parents(row) if any(c.kind == "parent" for c in row.columns) else []
        fields = []
        for column in row.columns:
            choices = above if column.kind == "parent" else column.choices
            check = one_of(choices, empty=not column.choices)
            fields.append(
                Field(column.name, column.name, row.values.get(column.name, ""), ", ".join(choices),
                      check if choices or column.kind == "parent" else anything, choices)
            )  # fmt: skip

        async def done(values: Values) -> None:
            if not changed(row, values):
                self.app.pop_screen()
                self.console_app.tell("Nothing was changed.")
                return
            await self._ask(row, changed(row, values))

        async def meaning(values: Values) -> Lines:
            return await self._meaning(row, values)

        self.app.push_screen(FormPage(Form(title_of(row), fields, done, meaning)))

    @in_background("change")
    async def do_add(self) -> None:
        """A sub account under the one under the cursor."""
        if self.current is not None and self._trees is not None:
            await sub_accounts.add(self._trees, self.current)

    @in_background("change")
    async def do_move(self) -> None:
        """Let the sub account stand elsewhere."""
        if self.current is not None and self._trees is not None:
            await sub_accounts.move(self._trees, self.current)

    @in_background("change")
    async def do_remove(self) -> None:
        """Take the sub account out."""
        if self.current is not None and self._trees is not None:
            await sub_accounts.remove(self._trees, self.current)

    async def _meaning(self, row: SettingRow, values: Mapping[str, str]) -> Lines:
        """What stands there now would take, make, and find at the site."""
        opened, trees, app = self._opened, self._trees, self.console_app
        if opened is None or trees is None or app.site is None:
            return []
        kinds = {column.name: column.kind for column in row.columns}
        lines = change_lines(row, values)
        try:
            for name, text in values.items():
                if kinds[name] == "criterion" and text:
                    taken, of = await opened.taken(text)
                    tone = "attention" if not taken else ""
                    lines.append(((f" {name} takes {number(taken)} of {number(of)} rows", tone),))
            if "template" in kinds.values() and changed(row, values):
                words = await in_thread(
                    app.desk.setup.template_on_site, app.site.org, values["Template"],
                    values["CourseCreator"],
                )  # fmt: skip
                lines.append(((f" {words}", ""),))
            if "field" in kinds.values():
                lines.append(((f" it stands {trees.where(row, values)}", "quiet"),))
                lines += await tree_lines(opened, row, values)
        except UmstuiError as error:
            lines.append(((f" {error}", "attention"),))
        return lines

    async def _ask(self, row: SettingRow, values: Mapping[str, str]) -> None:
        """Whether these values are to be stored. Raises Refused for one that will not do."""
        opened, app = self._opened, self.console_app
        if opened is None:
            return
        await opened.check(row, values)

        async def carry_out() -> str:
            await in_thread(app.desk.setup.change_setting, row, values)
            words = f"{row.table} {row.number} was changed. The next plan shows what it does."
            self.app.call_later(self.read, words)
            return words

        back = "; ".join(f"{name} {row.values.get(name) or '(empty)'}" for name in values)
        lines: Lines = [(("", ""),), ((f" {row.table} {row.number}, {row.name}", "attention"),)]
        lines += await self._meaning(row, {**row.values, **values})
        lines += [
            (("", ""),), sub_accounts.UMS_READS,
            ((f" The way back: enter on the row again, and {back}.", ""),),
        ]  # fmt: skip
        self.app.push_screen(
            ConfirmPage(
                Confirmation(
                    f"{title_of(row)} > change?",
                    lines,
                    "store it in the UMS database",
                    carry_out,
                    closes=2,
                )
            )
        )

    def twins(self) -> list[tuple[str, str]]:
        """The check counts criteria and looks up templates."""
        return [
            ("counts criteria, looks up templates", twins.command(self.console_app, "check")),
            ("shows who changed what", twins.command(self.console_app, "audit", "list")),
        ]
