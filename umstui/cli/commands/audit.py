"""`umstui audit list` and `umstui audit verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from umstui.cli.parameters import Common, Group, pass_common

if TYPE_CHECKING:
    from sync.state.audit import AuditEntry


@click.group(cls=Group)
def audit() -> None:
    """The audit trail: who did what, when, from where, and why."""


@audit.command("list")
@pass_common
def audit_list(common: Common) -> None:
    """Show every entry, oldest first."""
    from sync import runs
    from umstui.output import write_json

    trail = runs.audit_trail(common.installation(read_only=True))
    if common.json:
        write_json({"entries": [_object(entry) for entry in trail]})
        return
    for entry in trail:
        where = entry.origin or entry.host
        run = f" run {entry.run}" if entry.run is not None else ""
        count = f", {entry.count}" if entry.count else ""
        why = f": {entry.reason}" if entry.reason else ""
        when = entry.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        click.echo(f"{when}  {entry.operator} ({where})  {entry.action}{run}{count}{why}")


@audit.command("verify")
@pass_common
def audit_verify(common: Common) -> int:
    """Prove that no entry was changed or taken out; exit code 1 names the first broken one."""
    from sync import runs
    from umstui.output import write_json

    entries, broken = runs.verify_audit(common.installation(read_only=True))
    if common.json:
        found = None if broken is None else _object(broken)
        write_json({"entries": entries, "whole": broken is None, "broken": found})
    elif broken is None:
        click.echo(
            f"The audit trail is whole: {entries} entries, each follows from the one before."
        )
    else:
        click.echo(
            f"The audit trail is broken at entry {broken.number} of {entries}: {broken.action} by "
            f"{broken.operator}. It or one before it was changed or taken out; compare it with a "
            "backup of the state database."
        )
    return 0 if broken is None else 1


def _object(entry: AuditEntry) -> dict[str, object]:
    return {
        "number": entry.number,
        "at": entry.at.astimezone().isoformat(timespec="seconds"),
        "operator": entry.operator,
        "host": entry.host,
        "origin": entry.origin,
        "action": entry.action,
        "run": None if entry.run is None else str(entry.run),
        "count": entry.count,
        "reason": entry.reason,
        "hash": entry.hash,
    }
