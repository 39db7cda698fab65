"""Where the status report of a run is, said after the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from umstui.output import remark

if TYPE_CHECKING:
    from sync.runs import Installation
    from umstui.cli.parameters import Common


def say_where_reported(common: Common, installation: Installation, run: str) -> None:
    """Name the file of the status report; nothing where it went by mail."""
    from sync import runs

    file = runs.report_file(installation, run)
    if file is not None:
        remark(f"Status report: {file}", quiet=common.quiet)
