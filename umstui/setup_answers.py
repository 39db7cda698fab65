"""What the settings screen asks for, answered by the verbs, umstui.toml and the log file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from screens.setup_desk import AuditLine, LimitProfile, LogLine, SettingsReader
from sync import runs
from sync.errors import SettingsError
from sync.model import ProgressListener
from sync.runs import Installation
from sync.settings import Limit, Settings
from umstui import config, config_file, log

if TYPE_CHECKING:
    from sync.runs import SettingRow


class SetupAnswers:
    """Rights are checked by the verbs; the file belongs to who may write it."""

    def __init__(self, installation: Installation, config_file: Path | None) -> None:
        self._installation = installation
        self._config = config_file

    def open_settings(
        self, org: int, progress: ProgressListener
    ) -> AbstractContextManager[SettingsReader]:
        """Read settings and Students once."""
        return runs.open_settings(self._installation, org, progress=progress)

    def change_setting(self, row: SettingRow, values: Mapping[str, str]) -> None:
        """Write changed values of a row into UMS."""
        runs.change_setting(self._installation, row, values)

    def add_sub_account(self, row: SettingRow, org: int) -> int:
        """Store a new sub account."""
        return runs.add_sub_account(self._installation, row, org)

    def remove_sub_account(self, row: SettingRow) -> None:
        """Take a sub account out."""
        runs.remove_sub_account(self._installation, row)

    def template_on_site(self, org: int, key: str, creator: str) -> str:
        """What the site says of a course template."""
        return runs.template_on_site(self._installation, key, creator, org)

    def store_secret(self, org: int, which: str, secret: str) -> None:
        """Put a secret into the keyring."""
        runs.store_secret(self._installation, org, which, secret)

    def change_file(self, section: str, name: str, text: str, *, store: bool) -> str:
        """Change a line of umstui.toml, or only try it."""
        path = self._file()
        return self._settle(path, config_file.changed(path, section, name, text), store=store)

    def stored_settings(self) -> Settings:
        """umstui.toml as it stands in the file now."""
        return config.read(self._file())

    def profiles(self) -> Sequence[LimitProfile]:
        """The profiles of limits in the file."""
        return [_profile(found) for found in config_file.profiles(self._file())]

    def change_profile(
        self, old: LimitProfile | None, new: LimitProfile | None, *, store: bool
    ) -> str:
        """Change a profile of limits, or only try it."""
        path = self._file()
        changed = config_file.changed_profile(
            path, _as_data(old) if old else None, _as_data(new) if new else None
        )
        return self._settle(path, changed, store=store)

    def _file(self) -> Path:
        path = self._config or self._installation.settings.folder / "umstui.toml"
        if not path.is_file():
            raise SettingsError(f"{path} is not there; edit the file that umstui reads by hand.")
        return path

    def _settle(self, path: Path, changed: config_file.Changed, *, store: bool) -> str:
        if store:
            runs.note_settings_file(self._installation, changed.said)
            config_file.store(path, changed)
        return changed.said

    def log_place(self) -> str:
        """Where the log file is."""
        return str(log.log_path(self._installation.settings))

    def log(self, most: int) -> Sequence[LogLine]:
        """The newest lines, newest first."""
        lines = []
        for place, entry in enumerate(log.recent(self._installation.settings, most)):
            try:
                at = dt.datetime.fromisoformat(str(entry.pop("at", "")))
            except ValueError:
                at = None
            level, says = str(entry.pop("level", "")), str(entry.pop("says", ""))
            facts = " ".join(f"{name}={value}" for name, value in entry.items())
            lines.append(LogLine(place, at, level, says, facts))
        return lines

    def audit(self) -> tuple[Sequence[AuditLine], int | None]:
        """The audit trail, newest first, and the number of its first broken entry."""
        lines = [
            AuditLine(
                entry.number, entry.at.astimezone(), entry.operator, entry.origin or entry.host,
                entry.action, "" if entry.run is None else str(entry.run), entry.count,
                entry.reason,
            )
            for entry in reversed(runs.audit_trail(self._installation))
        ]  # fmt: skip
        broken = runs.verify_audit(self._installation)[1]
        return lines, None if broken is None else broken.number


def _profile(found: Mapping[str, Any]) -> LimitProfile:
    named = {name: value for name, value in found.items() if isinstance(value, dict)}
    return LimitProfile(
        str(found["name"]), found["from"], found["to"],
        {kind: {operation: msgspec.convert(limit, Limit) for operation, limit in limits.items()}
         for kind, limits in named.items()},
    )  # fmt: skip


def _as_data(profile: LimitProfile) -> dict[str, Any]:
    limits = {
        kind: {
            operation: {
                name: int(value) if value == int(value) else value
                for name, value in (("count", limit.count), ("percent", limit.percent))
                if value is not None
            }
            for operation, limit in named.items()
        }
        for kind, named in profile.limits.items()
        if named
    }
    return {"name": profile.name, "from": profile.begins, "to": profile.ends, **limits}
