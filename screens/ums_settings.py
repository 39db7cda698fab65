"""The settings in the UMS database: what makes persons, rooms, groups and the hierarchy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import VerticalScroll
from textual.widget import Widget

from screens import twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.confirm import Confirmation, ConfirmPage
from screens.form import Field, Form, FormPage, Values, anything
from screens.form_checks import one_of
from screens.lane import in_thread
from screens.opened_settings import OpenedSettings
from screens.page import Page, in_background
from screens.widgets.columns import Column
from screens.widgets.lines import Facts, Part, Rule
from screens.widgets.windowed_list import WindowedList
from screens.wording import number, plural
from sync.errors import CriteriaRefused, UmstuiError
from sync.model import Progress

if TYPE_CHECKING:
    from sync.runs import SettingRow

Lines = list[tuple[Part, ...]]

WORDS = {
    "itslearningOrganizationSettings": "organization",
    "Templates": "template",
    "itslearningSettings": "itslearning",
    "itslearningSiteSettings": "site",
    "itslearningCohortSettings": "cohort",
    "itslearningSubAccountSettings": "groups tree",
    "itslearningSubAccountCoursesSettings": "rooms tree",
}
_NODES_SHOWN = 200  # of a hierarchy that is looked at while one types


def in_tree(rows: Sequence[SettingRow]) -> list[tuple[int, SettingRow]]:
    """The rows with how deep each stands: sub accounts under their parents."""
    found: list[tuple[int, SettingRow]] = []

    def put(row: SettingRow, depth: int) -> None:
        if any(row is there for _, there in found):
            return
        found.append((depth, row))
        for child in rows:
            if child.table == row.table and child.values.get("Parent_ID") == str(row.number):
                put(child, depth + 1)

    for row in rows:
        if not row.values.get("Parent_ID"):
            put(row, 0)
    for row in rows:  # whose parents lead nowhere
        put(row, 0)
    return found


_COLUMNS: tuple[Column[tuple[int, SettingRow]], ...] = (
    Column("what", lambda r: WORDS.get(r[1].table, r[1].table), 12, 13, style=lambda _: "quiet"),
    Column("id", lambda r: str(r[1].number), 4, 6, right=True),
    Column("name", lambda r: "  " * r[0] + r[1].name, 24, 50),
    Column("decides", lambda r: _decides(r[1]), 20, 100, style=lambda _: "quiet"),
)


def _decides(row: SettingRow) -> str:
    for name in ("DatabaseField", "SQLFilter", "Template", "SQLCriteria", "ActivitySites"):
        if row.values.get(name):
            return f"{name} {row.values[name]}"
    return ""


class UmsSettingsPage(Page):
    """One line a row; enter changes it, after showing what that would make."""

    PLACE = "ums_settings"
    TITLE_WORDS = "8 Settings > UMS"
    BINDINGS = bindings("ums_settings")
    CSS_PATH = "settings.tcss"
    HELP_WORDS: ClassVar[str] = (
        "The settings that UMS keeps for this organization. enter opens one: criteria say how many "
        "rows of Students they take while they are typed, sub accounts show the hierarchy they "
        "make with what stands in each node, template keys are looked up at the site. Nothing is "
        "stored before a question; every change stands in the audit trail."
    )

    def __init__(self) -> None:
        super().__init__()
        self._opened: OpenedSettings | None = None
        self._rows: list[tuple[int, SettingRow]] = []

    def body(self) -> Iterable[Widget]:
        """The rows, and below them the one under the cursor."""
        yield WindowedList(_COLUMNS, lambda r: f"{r[1].table} {r[1].number}", id="ums-rows")
        yield Rule(id="ums-rule")
        with VerticalScroll(id="ums-values", can_focus=False):
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
    async def read(self) -> None:
        """Read everything once; the status line says how far it is."""
        app = self.console_app
        if app.site is None:
            self.say(app.trouble or "No organization is chosen.", "error")
            return
        said = "reading the settings ..."
        self.say(said)

        def progress(now: Progress) -> None:
            nonlocal said
            said = f"{now.step} {number(now.done) if now.done else ''}".rstrip()

        ticker = self.set_interval(0.5, lambda: self.say(said))
        try:
            opened = await OpenedSettings.open(app.desk.setup, app.site.org, progress)
        finally:
            ticker.stop()
        if self._opened is not None:
            self._opened.close()
        self._opened = opened
        self._rows = in_tree(await opened.rows())
        rows = self._rows

        async def fetch(offset: int, limit: int) -> Sequence[tuple[int, SettingRow]]:
            return rows[offset : offset + limit]

        await self.query_one(WindowedList).show(len(rows), fetch, keep_cursor=True)
        self.say("")
        self.refresh_frame()

    @property
    def current(self) -> SettingRow | None:
        """The row under the cursor."""
        found: tuple[int, SettingRow] | None = self.query_one(WindowedList).current
        return found[1] if found else None

    def situation(self) -> Situation:
        """With the row under the cursor."""
        return replace(super().situation(), row=self.current is not None, rows=len(self._rows))

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
        self.query_one("#ums-rule", Rule).parts = ((f"{row.table} {row.number}", "strong"),)
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
        fields = [
            Field(
                column.name,
                column.name,
                row.values.get(column.name, ""),
                ", ".join(column.choices),
                one_of(column.choices, empty=not column.choices) if column.choices else anything,
                column.choices,
            )
            for column in row.columns
        ]

        async def done(values: Values) -> None:
            changed = self._changed(row, values)
            if not changed:
                self.app.pop_screen()
                self.console_app.tell("Nothing was changed.")
                return
            await self._ask(row, changed)

        async def meaning(values: Values) -> Lines:
            return await self._meaning(row, values)

        title = f"8 Settings > UMS > {WORDS.get(row.table, row.table)} {row.number}"
        self.app.push_screen(FormPage(Form(title, fields, done, meaning)))

    def _changed(self, row: SettingRow, values: Mapping[str, str]) -> dict[str, str]:
        return {name: text for name, text in values.items() if row.values.get(name, "") != text}

    async def _meaning(self, row: SettingRow, values: Mapping[str, str]) -> Lines:
        """What stands there now would take, make, and find at the site."""
        opened, app = self._opened, self.console_app
        if opened is None or app.site is None:
            return []
        changed = self._changed(row, values)
        kinds = {column.name: column.kind for column in row.columns}
        lines: Lines = [
            ((f" {name}: {row.values.get(name) or '(empty)'} -> {text or '(empty)'}", "update"),)
            for name, text in changed.items()
        ]
        try:
            for name, text in values.items():
                if kinds[name] == "criterion" and text:
                    taken, of = await opened.taken(text)
                    tone = "attention" if not taken else ""
                    lines.append(((f" {name} takes {number(taken)} of {number(of)} rows", tone),))
            if "template" in kinds.values() and changed:
                words = await in_thread(
                    app.desk.setup.template_on_site, app.site.org, values["Template"],
                    values["CourseCreator"],
                )  # fmt: skip
                lines.append(((f" {words}", ""),))
            if "DatabaseField" in kinds:
                lines += await self._tree(opened, row, values)
        except CriteriaRefused as error:
            lines.append(((f" {error}", "attention"),))
        except UmstuiError as error:
            lines.append(((f" {error}", "attention"),))
        return lines

    async def _tree(
        self, opened: OpenedSettings, row: SettingRow, values: Mapping[str, str]
    ) -> Lines:
        await opened.check(row, values)
        before = await opened.hierarchy(row, row.values)
        after = await opened.hierarchy(row, values)
        had = {(node.depth, node.title) for node in before}
        has = {(node.depth, node.title) for node in after}
        lines: Lines = [((f" {plural(len(after), 'node')} today, {len(before)} as it is now", ""),)]
        for node in after[:_NODES_SHOWN]:
            mark = " " if (node.depth, node.title) in had else "+"
            lines.append((
                (f" {mark} {'  ' * node.depth}{node.title}", "create" if mark == "+" else ""),
                (f"  {number(node.count)}", "quiet"),
            ))  # fmt: skip
        lines += [
            ((f" - {'  ' * node.depth}{node.title}", "delete"),)
            for node in before
            if (node.depth, node.title) not in has
        ]
        return lines

    async def _ask(self, row: SettingRow, changed: dict[str, str]) -> None:
        opened, app = self._opened, self.console_app
        if opened is None:
            return
        await opened.check(row, changed)

        async def carry_out() -> str:
            await in_thread(app.desk.setup.change_setting, row, changed)
            self.app.call_later(self.read)
            return f"{row.table} {row.number} was changed. The next plan shows what it does."

        lines: Lines = [(("", ""),), ((f" {row.table} {row.number}, {row.name}", "attention"),)]
        lines += await self._meaning(row, {**row.values, **changed})
        lines += [(("", ""),), ((" UMS itself reads this setting, too.", ""),)]
        self.app.push_screen(
            ConfirmPage(
                Confirmation(
                    f"8 Settings > UMS > change {WORDS.get(row.table, row.table)} {row.number}?",
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
