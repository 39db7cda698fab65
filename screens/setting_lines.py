"""Rows of the settings in UMS as the list shows them, and what a change of one comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from screens.opened_settings import OpenedSettings
from screens.widgets.columns import Column
from screens.widgets.lines import Part
from screens.wording import number, plural

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
    """The rows with how deep each stands: sub accounts under their parents, and those under the
    top of their tree, which has no number."""
    found: list[tuple[int, SettingRow]] = []
    tops = {row.table for row in rows if not row.number}

    def put(row: SettingRow, depth: int) -> None:
        if any(row is there for _, there in found):
            return
        found.append((depth, row))
        for child in rows:
            if child.table == row.table and child.number and _under(child) == row.number:
                put(child, depth + 1)

    for row in rows:
        if not row.number or (not _under(row) and row.table not in tops):
            put(row, 0)
    for row in rows:  # whose parents lead nowhere
        put(row, 0)
    return found


def _under(row: SettingRow) -> int:
    """The number of the row above; 0 at the top."""
    return int(row.values.get("Parent_ID") or 0)


COLUMNS: tuple[Column[tuple[int, SettingRow]], ...] = (
    Column("what", lambda r: WORDS.get(r[1].table, r[1].table), 12, 13, style=lambda _: "quiet"),
    Column("id", lambda r: str(r[1].number or ""), 4, 6, right=True),
    Column("name", lambda r: "  " * r[0] + r[1].name, 24, 50),
    Column("decides", lambda r: _decides(r[1]), 20, 100, style=lambda _: "quiet"),
)


def _decides(row: SettingRow) -> str:
    for name in ("DatabaseField", "SQLFilter", "Template", "SQLCriteria", "ActivitySites"):
        if row.values.get(name):
            return f"{name} {row.values[name]}"
    return ""


def title_of(row: SettingRow) -> str:
    """``8 Settings > UMS > groups tree 4``."""
    return f"8 Settings > UMS > {WORDS.get(row.table, row.table)} {row.number or ''}".rstrip()


def changed(row: SettingRow, values: Mapping[str, str]) -> dict[str, str]:
    """What is not as it was read."""
    return {name: text for name, text in values.items() if row.values.get(name, "") != text}


def change_lines(row: SettingRow, values: Mapping[str, str]) -> Lines:
    """A line for each value that would be another one."""
    return [
        ((f" {name}: {row.values.get(name) or '(empty)'} -> {text or '(empty)'}", "update"),)
        for name, text in changed(row, values).items()
    ]


async def tree_lines(
    opened: OpenedSettings, row: SettingRow, values: Mapping[str, str] | None
) -> Lines:
    """The hierarchy with this row so, or without it, beside the one that is there now. Raises
    Refused for a value that will not do."""
    if values is not None:
        await opened.check(row, values)
    before = await opened.hierarchy(row, {})
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
    if len(after) > _NODES_SHOWN:
        lines.append(((f"   and {number(len(after) - _NODES_SHOWN)} more", "quiet"),))
    lines += [
        ((f" - {'  ' * node.depth}{node.title}", "delete"),)
        for node in before
        if (node.depth, node.title) not in has
    ]
    return lines
