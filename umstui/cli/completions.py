"""What the shell offers for the name of a run."""

from __future__ import annotations

import re
from pathlib import Path

_RUN_FILE = re.compile(r"run-0*([0-9]+)\.duckdb")


def run_names(config_file: str | None) -> list[str]:
    """The runs whose files are kept, newest first; none where there are no settings.

    Names are read from the folder of run files: no database is opened while a person types.
    """
    from sync.errors import SettingsError
    from umstui import config

    try:
        settings = config.load(config_file)
    except SettingsError:
        return []
    return runs_in(settings.path(settings.snapshots.dir))


def runs_in(folder: Path) -> list[str]:
    """The names of the runs in a folder of run files, newest first."""
    found = (_RUN_FILE.fullmatch(path.name) for path in folder.glob("run-*.duckdb"))
    return [str(run) for run in sorted((int(match[1]) for match in found if match), reverse=True)]
