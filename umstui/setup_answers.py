"""What the settings screen asks for, answered by the verbs, umstui.toml and the log file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from screens.setup_desk import LogLine, SettingsReader
from sync import runs
from sync.errors import SettingsError
from sync.model import ProgressListener
from sync.runs import Installation, SettingRow
from umstui import config_file, log


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
        path = self._config or self._installation.settings.folder / "umstui.toml"
        if not path.is_file():
            raise SettingsError(f"{path} is not there; edit the file that umstui reads by hand.")
        changed = config_file.changed(path, section, name, text)
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
