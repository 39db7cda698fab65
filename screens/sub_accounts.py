"""Sub accounts added, moved and taken out: a form where there is something to say, the hierarchy
that would come of it, then the question."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from screens.confirm import Confirmation, ConfirmPage
from screens.form import Field, Form, FormPage, Values, anything
from screens.form_checks import one_of
from screens.lane import in_thread
from screens.opened_settings import OpenedSettings
from screens.page import Page
from screens.setting_lines import Lines, change_lines, changed, title_of, tree_lines
from screens.widgets.lines import Part
from sync.errors import UmstuiError

if TYPE_CHECKING:
    from sync.runs import SettingRow

UMS_READS: tuple[Part, ...] = (
    (" UMS itself reads this setting, too. The next plan shows what it does.", ""),
)


@dataclass(frozen=True, slots=True)
class Trees:
    """What the page with the rows has open, and how it asks before one is changed."""

    page: Page
    opened: OpenedSettings
    rows: Sequence[SettingRow]
    ask: Callable[[SettingRow, Mapping[str, str]], Awaitable[None]]
    read: Callable[[str], object]

    def name_of(self, table: str, number: str) -> str:
        """What a row is called."""
        found = (row for row in self.rows if (row.table, str(row.number)) == (table, number))
        return next((row.name for row in found), "")

    def where(self, row: SettingRow, values: Mapping[str, str]) -> str:
        """Where a sub account with these values stands, in words."""
        above = values.get("Parent_ID", row.values.get("Parent_ID", ""))
        return f"under {above} {self.name_of(row.table, above)}" if above else "at the top"


async def add(trees: Trees, above: SettingRow) -> None:
    """A new sub account under this one, or at the top of the tree."""
    page, opened = trees.page, trees.opened
    columns = above.columns
    new = replace(above, number=0, name="a new sub account",
                  values={"Parent_ID": str(above.number or "")})  # fmt: skip
    allowed = await opened.parents(new)
    fields = [
        Field(column.name, column.name, new.values.get(column.name, ""), _HINTS[column.kind],
              _check(column.kind, allowed), allowed if column.kind == "parent" else ())
        for column in columns
    ]  # fmt: skip

    async def done(values: Values) -> None:
        await opened.check(new, values)

        async def carry_out() -> str:
            site = page.console_app.site
            number = await in_thread(
                page.console_app.desk.setup.add_sub_account, replace(new, values=dict(values)),
                site.org if site else 0,
            )  # fmt: skip
            words = f"Sub account {number} was added. The next plan shows what it does."
            page.app.call_later(trees.read, words)
            return words

        lines: Lines = [
            (("", ""),),
            ((f" a new sub account {trees.where(new, values)}", "attention"),),
        ]
        lines += change_lines(replace(new, values={}), values)
        lines += await tree_lines(opened, new, values)
        lines += [(("", ""),), UMS_READS, ((" The way back: D on its line takes it out.", ""),)]
        page.app.push_screen(
            ConfirmPage(
                Confirmation(f"{title_of(new)} > add?", lines, "add it in the UMS database",
                             carry_out, closes=2)
            )
        )  # fmt: skip

    async def meaning(values: Values) -> Lines:
        return await _meaning(trees, new, values)

    page.app.push_screen(FormPage(Form(f"{title_of(new)} > new", fields, done, meaning)))


async def move(trees: Trees, row: SettingRow) -> None:
    """Let a sub account stand under another one; what is below it goes along."""
    page, opened = trees.page, trees.opened
    allowed = await opened.parents(row)
    field = Field("Parent_ID", "under", row.values.get("Parent_ID", ""), _HINTS["parent"],
                  _check("parent", allowed), allowed)  # fmt: skip

    async def done(values: Values) -> None:
        if not changed(row, values):
            page.app.pop_screen()
            page.console_app.tell("Nothing was changed.")
            return
        await trees.ask(row, dict(values))

    async def meaning(values: Values) -> Lines:
        choices = ", ".join(f"{number} {trees.name_of(row.table, number)}" for number in allowed)
        lines: Lines = [((f" It can stand under: {choices or 'nothing but the top'}", "quiet"),)]
        return lines + await _meaning(trees, row, values)

    page.app.push_screen(FormPage(Form(f"{title_of(row)} > move", [field], done, meaning)))


async def remove(trees: Trees, row: SettingRow) -> None:
    """Take a sub account out, after showing which nodes go and where their rooms would stand."""
    page, opened = trees.page, trees.opened
    if why_not := await opened.why_not_remove(row):
        page.say(why_not, "error")
        return

    async def carry_out() -> str:
        await in_thread(page.console_app.desk.setup.remove_sub_account, row)
        words = f"Sub account {row.number} was taken out. The next plan shows what it does."
        page.app.call_later(trees.read, words)
        return words

    lines: Lines = [(("", ""),), ((f" {row.table} {row.number}, {row.name}", "attention"),)]
    lines += [((f" {name}: {text}", "delete"),) for name, text in row.values.items() if text]
    lines += await tree_lines(opened, row, None)
    lines += [
        (("", ""),), UMS_READS,
        ((" The way back: n adds one with these values, which the audit trail keeps (8, H).", ""),),
    ]  # fmt: skip
    page.app.push_screen(
        ConfirmPage(
            Confirmation(f"{title_of(row)} > take out?", lines, "take it out of the UMS database",
                         carry_out)
        )
    )  # fmt: skip


async def _meaning(trees: Trees, row: SettingRow, values: Mapping[str, str]) -> Lines:
    lines: Lines = [((f" it stands {trees.where(row, values)}", "quiet"),)]
    try:
        return lines + await tree_lines(trees.opened, row, {**row.values, **values})
    except UmstuiError as error:
        return [*lines, ((f" {error}", "attention"),)]


_HINTS = {
    "parent": "the number of the sub account above it; empty: the top",
    "field": "a column of Students",
    "criterion": "only rows that meet it; empty: all",
    "text": "",
}


def _check(kind: str, allowed: list[str]) -> Callable[[str], str]:
    return one_of(allowed) if kind == "parent" else anything
