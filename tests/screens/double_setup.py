"""Settings in memory: rows of UMS that can be tried and changed, a keyring, a log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from screens.setup_desk import AuditLine, LimitProfile, LogLine
from sync.errors import CriteriaRefused, SettingsError
from sync.model import Progress, ProgressListener
from sync.runs import SettingRow, TreeNode
from sync.runs.ums_settings import SettingColumn
from sync.settings import Limits, Profile, Settings

WHEN = dt.datetime(2026, 11, 21, 3, 12, tzinfo=dt.timezone(dt.timedelta(hours=1)))


def some_rows() -> list[SettingRow]:
    """One of each kind that is changed differently."""
    tree = (
        SettingColumn("Parent_ID", "parent"),
        SettingColumn("Description", "text"),
        SettingColumn("DatabaseField", "field"),
        SettingColumn("SQLCriteria", "criterion"),
    )

    def node(number: int, parent: str, name: str, field: str) -> SettingRow:
        values = {"Parent_ID": parent, "Description": name, "DatabaseField": field,
                  "SQLCriteria": ""}  # fmt: skip
        return SettingRow("itslearningSubAccountSettings", number, name, values, tree)

    return [
        SettingRow("Templates", 1, "Elever [8B]", {"Name": "Elever [8B]", "SQLFilter":
                   "UserTypes_ID = 1"}, (SettingColumn("Name", "text"),
                   SettingColumn("SQLFilter", "criterion"))),
        SettingRow("itslearningSettings", 2, "Grundskole", {"DeleteSites": "Auto",
                   "CreateDaysBefore": "14", "StartPublishingDaysBefore": "7"},
                   (SettingColumn("DeleteSites", "text", ("Auto", "Manual")),
                    SettingColumn("CreateDaysBefore", "number"),
                    SettingColumn("StartPublishingDaysBefore", "number"))),
        SettingRow("itslearningSiteSettings", 3, "Rum", {"Template": "UMSTmpl_1",
                   "CourseCreator": "kursusopretter"}, (SettingColumn("Template", "template"),
                   SettingColumn("CourseCreator", "template"))),
        node(5, "4", "Uddannelse", "Education"),
        node(4, "", "Skole", "Department"),
    ]  # fmt: skip


@dataclass
class DoubleSettingsReader:
    """Tries things out as the real one does."""

    setup: DoubleSetup

    def __enter__(self) -> DoubleSettingsReader:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held open."""

    def rows(self) -> Sequence[SettingRow]:
        return list(self.setup.stored)

    def taken(self, criterion: str) -> tuple[int, int]:
        if "Nothing" in criterion:
            raise CriteriaRefused("There is no column Nothing in Students.")
        return (0 if "7" in criterion else 812, 4700)

    def why_not(self, row: SettingRow, column: str, text: str) -> str:
        if column == "CreateDaysBefore" and not text.isdecimal():
            return "a whole number"
        if column == "DatabaseField" and text == "CPR":
            return "'CPR' is no column of Students that this program reads"
        if column == "DatabaseField" and not text:
            return "it is needed"
        return ""

    def tops(self) -> Sequence[SettingRow]:
        return [SettingRow("itslearningSubAccountSettings", 0, "top of the tree", {},
                           some_rows()[-1].columns)]  # fmt: skip

    def parents(self, row: SettingRow) -> Sequence[int]:
        return [4] if row.number == 5 else [4, 5] if not row.number else []

    def why_not_remove(self, row: SettingRow) -> str:
        return "5 stand under 4; move them elsewhere first." if row.number == 4 else ""

    def hierarchy(self, row: SettingRow, values: Mapping[str, str] | None) -> Sequence[TreeNode]:
        if values is None:
            return [TreeNode(0, "Fjordby Skole", 30)]
        if values.get("DatabaseField") == "Class":
            return [TreeNode(0, "Fjordby Skole", 0), TreeNode(1, "STX", 0), TreeNode(2, "1a", 30)]
        if values.get("DatabaseField") == "Education":
            return [TreeNode(0, "STX", 30), TreeNode(0, "UMS Groups", 2)]
        return [TreeNode(0, "Fjordby Skole", 0), TreeNode(1, "STX", 12), TreeNode(1, "HHX", 18)]


class DoubleSetup:
    """``written`` is the desk's list of everything that stores something."""

    def __init__(self, written: list[tuple[object, ...]], settings: Settings) -> None:
        self.written = written
        self.settings = settings
        self.broken: int | None = None
        self.stored = some_rows()

    def open_settings(self, org: int, progress: ProgressListener) -> DoubleSettingsReader:
        progress(Progress("reading Students", 4700, 4700))
        return DoubleSettingsReader(self)

    def change_setting(self, row: SettingRow, values: Mapping[str, str]) -> None:
        self.written.append(("change setting", row.table, row.number, dict(values)))
        place = self.stored.index(row)
        self.stored[place] = replace(row, values={**row.values, **values})

    def add_sub_account(self, row: SettingRow, org: int) -> int:
        self.written.append(("add sub account", row.table, dict(row.values)))
        self.stored.append(replace(row, number=6, name="new"))
        return 6

    def remove_sub_account(self, row: SettingRow) -> None:
        self.written.append(("remove sub account", row.table, row.number))
        self.stored.remove(row)

    def template_on_site(self, org: int, key: str, creator: str) -> str:
        return f"itslearning does not show the template {key}; it is tried with the first course"

    def store_secret(self, org: int, which: str, secret: str) -> None:
        self.written.append(("secret", org, which, secret))

    def change_file(self, section: str, name: str, text: str, *, store: bool) -> str:
        if text == "wrong":
            raise SettingsError(f"umstui.toml: [{section}] {name}: a number is needed.")
        if store:
            self.written.append(("file", section, name, text))
        return f"[{section}] (the default) -> {name} = {text}"

    def stored_settings(self) -> Settings:
        return self.settings

    def profiles(self) -> Sequence[LimitProfile]:
        return [
            LimitProfile(found.name, found.begins, found.ends,
                         {"person": {"delete": found.person.delete}})
            for found in self.settings.filter.profile
        ]  # fmt: skip

    def change_profile(
        self, old: LimitProfile | None, new: LimitProfile | None, *, store: bool
    ) -> str:
        if new is not None and new.begins > new.ends:
            raise SettingsError(f"umstui.toml: {new.name} ends before it begins.")
        if store:
            self.written.append(("profile", old, new))
            kept = [p for p in self.settings.filter.profile if old is None or p.name != old.name]
            if new is not None:
                limits = {kind: Limits(**found) for kind, found in new.limits.items()}
                kept.append(Profile(name=new.name, begins=new.begins, ends=new.ends, **limits))
            changed = structs.replace(self.settings.filter, profile=kept)
            self.settings = structs.replace(self.settings, filter=changed)
        return "[[filter.profile]] ..."

    def audit(self) -> tuple[Sequence[AuditLine], int | None]:
        lines = [
            AuditLine(2, WHEN, "mk", "10.0.0.7", "approve", "313", 12, "class 9 left early"),
            AuditLine(1, WHEN, "kim", "ums-01", "change umstui.toml", reason="[filter.person] "
                      "delete = { percent = 5 } -> delete = { percent = 3 }"),
        ]  # fmt: skip
        return lines, self.broken

    def log_place(self) -> str:
        return "/var/log/umstui/umstui.log"

    def log(self, most: int) -> Sequence[LogLine]:
        return [
            LogLine(0, WHEN, "info", "sync: 137 changes carried out", "run=313"),
            LogLine(1, WHEN, "warning", "createPersons: 503, tried again", "attempt=2"),
        ]
