"""What the settings screen asks for: the settings in UMS, umstui.toml, secrets, and the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sync.model import ProgressListener
from sync.settings import Limit, Settings

if TYPE_CHECKING:
    from sync.runs import SettingRow, TreeNode


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log file, masked when it was written."""

    number: int
    at: dt.datetime | None
    level: str
    says: str
    facts: str = ""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry of the audit trail; ``where`` is the host, or where its SSH session came from."""

    number: int
    at: dt.datetime
    who: str
    where: str
    action: str
    run: str = ""
    count: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LimitProfile:
    """Other limits between two days, both included: only those it names, by kind and operation."""

    name: str
    begins: dt.date
    ends: dt.date
    limits: Mapping[str, Mapping[str, Limit]]


class SettingsReader(Protocol):
    """The settings of one organization; changes are tried out in memory."""

    def rows(self) -> Sequence[SettingRow]:
        """All rows its rooms, groups and persons depend on."""

    def taken(self, criterion: str) -> tuple[int, int]:
        """How many rows of Students a criterion takes, and of how many."""

    def why_not(self, row: SettingRow, column: str, text: str) -> str:
        """Why a value will not do."""

    def tops(self) -> Sequence[SettingRow]:
        """What the two trees of sub accounts begin with; no rows of their own."""

    def parents(self, row: SettingRow) -> Sequence[int]:
        """The sub accounts that one may stand under."""

    def why_not_remove(self, row: SettingRow) -> str:
        """Why a sub account cannot be taken out."""

    def hierarchy(self, row: SettingRow, values: Mapping[str, str] | None) -> Sequence[TreeNode]:
        """The nodes that a sub account table would make; without ``values`` the row is out."""


class SetupDesk(Protocol):
    """Called in a thread; raises as the verbs do."""

    def open_settings(
        self, org: int, progress: ProgressListener
    ) -> AbstractContextManager[SettingsReader]:
        """Read settings and Students once."""

    def change_setting(self, row: SettingRow, values: Mapping[str, str]) -> None:
        """Write changed values of a row into UMS."""

    def add_sub_account(self, row: SettingRow, org: int) -> int:
        """Store a new sub account, and give its number."""

    def remove_sub_account(self, row: SettingRow) -> None:
        """Take a sub account out."""

    def template_on_site(self, org: int, key: str, creator: str) -> str:
        """What the site says of a course template and who will own its copies."""

    def store_secret(self, org: int, which: str, secret: str) -> None:
        """Put a secret into the keyring."""

    def change_file(self, section: str, name: str, text: str, *, store: bool) -> str:
        """Give a line of umstui.toml another value; the line as it will stand there. Without
        ``store`` it is only tried."""

    def stored_settings(self) -> Settings:
        """umstui.toml as it stands in the file now; the console works with what it read before."""

    def profiles(self) -> Sequence[LimitProfile]:
        """The profiles of limits in the file."""

    def change_profile(
        self, old: LimitProfile | None, new: LimitProfile | None, *, store: bool
    ) -> str:
        """Put a profile in the place of another; without ``old`` it is added, without ``new`` taken
        out. The change in words; without ``store`` it is only tried."""

    def log_place(self) -> str:
        """Where the log file is."""

    def log(self, most: int) -> Sequence[LogLine]:
        """The newest lines of the log, newest first."""

    def audit(self) -> tuple[Sequence[AuditLine], int | None]:
        """The audit trail, newest first, and the first entry that does not follow from the one
        before it; None where it is whole."""
