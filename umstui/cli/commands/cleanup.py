"""`umstui cleanup`: emptying UMS's memory, after a backup, and putting it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from umstui.cleanup_words import (
    write_backups,
    write_cleaned,
    write_orphans,
    write_preview,
    write_procedure,
    write_restore,
)
from umstui.cli import codes
from umstui.cli.parameters import KEY, Common, Group, pass_common
from umstui.output import say, write_json
from umstui.progress import ProgressLine

if TYPE_CHECKING:
    from sync.procedure import CleanupPreview, RestorePreview


_EVERYTHING = click.option(
    "--all-organizations", "everything", is_flag=True, help="Not one organization: all of them."
)
_DESPITE = click.option(
    "--despite-calendar", is_flag=True, help="Also inside a delay-delete window or a freeze."
)


@click.group(cls=Group)
def cleanup() -> None:
    """Empty UMS's memory of what it made at itslearning; nothing is deleted there.

    Afterwards everybody is re-keyed (`umstui rekey`) and `umstui sync --users-only` is run twice;
    `umstui cleanup steps` says where that stands.
    """


@cleanup.command()
@_EVERYTHING
@click.option("--live", is_flag=True, help="Also read the persons at itslearning.")
@pass_common
def preview(common: Common, *, everything: bool, live: bool) -> None:
    """Every row and flag that would go, and what nobody would delete any more."""
    from sync import runs

    with ProgressLine(quiet=common.quiet) as progress:
        found = runs.preview_cleanup(
            common.installation(read_only=True), common.org, everything=everything, live=live,
            progress=progress,
        )  # fmt: skip
    if common.json:
        write_json(_preview_object(found))
    else:
        write_preview(found)


@cleanup.command()
@click.option("--confirm", metavar="NAME", help="The name of the database.")
@click.option(
    "--rows", metavar="N", type=int, help="The rows that the preview showed; others stop it."
)
@_EVERYTHING
@_DESPITE
@pass_common
def run(
    common: Common,
    *,
    confirm: str | None,
    rows: int | None,
    everything: bool,
    despite_calendar: bool,
) -> None:
    """Back up, verify, then empty the seven tables and set the four flags to 0.

    All of it in one transaction: whatever goes wrong, nothing was changed. Exit code 6: refused,
    because the name was not typed, a run is planned or under way, or the calendar forbids it.
    """
    from sync import runs

    done = runs.run_cleanup(
        common.installation(), common.org, confirm=confirm, everything=everything,
        despite_calendar=despite_calendar, expected_rows=rows,
    )  # fmt: skip
    if common.json:
        write_json(
            {
                "backup": done.backup,
                "tables": dict(done.tables),
                "flags": dict(done.flags),
                "remove_after": done.remove_after.isoformat(),
            }
        )
    else:
        write_cleaned(done)


@cleanup.command()
@click.argument("backup")
@click.option("--preview", is_flag=True, help="Only say what would come back.")
@click.option("--replace", is_flag=True, help="Delete what UMS remembers by now, after a backup.")
@_DESPITE
@pass_common
def restore(
    common: Common, *, backup: str, preview: bool, replace: bool, despite_calendar: bool
) -> None:
    """Put a BACKUP back: identical rows, identity values and flags.

    Exit code 6: refused, because UMS remembers other things by now, or as for `run`.
    """
    from sync import runs

    installation = common.installation(read_only=preview)
    if preview:
        found = runs.preview_restore(installation, backup)
    else:
        found = runs.restore_cleanup(
            installation, backup, replace=replace, despite_calendar=despite_calendar
        )
    if common.json:
        write_json(_restore_object(found, restored=not preview))
    else:
        write_restore(found, restored=not preview)


@cleanup.command("backups")
@click.option("--remove-due", is_flag=True, help="Remove those whose day is over.")
@pass_common
def backups_(common: Common, *, remove_due: bool) -> None:
    """All backups, newest first, and until when each is to be kept."""
    from sync import runs

    installation = common.installation(read_only=not remove_due)
    removed = runs.remove_due_backups(installation) if remove_due else []
    found = runs.backups(installation)
    if common.json:
        write_json(
            {
                "backups": [
                    {
                        "backup": entry.name,
                        "org": entry.organization,
                        "made_at": entry.made_at,
                        "made_by": entry.made_by,
                        "remove_after": entry.remove_after and entry.remove_after.isoformat(),
                        "due": entry.due,
                    }
                    for entry in found
                ],
                "removed": removed,
            }
        )
        return
    for name in removed:
        say(f"Removed {name}.")
    write_backups(found)


@cleanup.command()
@click.option("--vendor", is_flag=True, help="Print the commands of UMS's own program instead.")
@pass_common
def steps(common: Common, *, vendor: bool) -> None:
    """Where the clean-up and what follows it stands: who did what, and what comes next."""
    from sync import runs
    from sync.procedure import VENDOR_COMMANDS

    if vendor:
        if common.json:
            write_json({"commands": list(VENDOR_COMMANDS)})
        else:
            for line in VENDOR_COMMANDS:
                click.echo(line)
        return
    found = runs.procedure(common.installation(read_only=True), common.org)
    if common.json:
        write_json(
            {
                "steps": [
                    {
                        "id": step.id, "title": step.title, "state": step.state, "by": step.who,
                        "at": step.when and step.when.isoformat(), "run": step.run,
                        "words": step.words,
                    }
                    for step in found.steps
                ],
                "without_key": found.without_key and list(found.without_key),
            }
        )  # fmt: skip
    else:
        write_procedure(found)


def _preview_object(found: CleanupPreview) -> dict[str, object]:
    shown: dict[str, object] = {
        "tables": dict(found.tables),
        "flags": dict(found.flags),
        "orphans": len(found.orphans),
        "confirm": found.confirm,
        "organizations": [
            {"id": one.id, "name": one.name, "tables": dict(one.tables), "flags": dict(one.flags)}
            for one in found.organizations
        ],
        "forgotten": [
            {"kind": item.kind, "key": item.key, "label": item.label, "known": item.known}
            for item in found.forgotten
        ],
        "obstacles": [*found.obstacles, *found.calendar],
    }
    if found.follow_up is not None:
        follow = found.follow_up
        shown["follow_up"] = {
            "rekeyed": follow.rekey.persons,
            "adopted": follow.adopted,
            "created": follow.created,
            "conflicts": len(follow.rekey.obstacles),
            "without_key": list(follow.without_key),
        }
    return shown


def _restore_object(found: RestorePreview, *, restored: bool) -> dict[str, object]:
    return {
        "backup": found.backup,
        "tables": dict(found.tables),
        "flags": {str(org): dict(flags) for org, flags in found.flags.items()},
        "now": dict(found.now),
        "restored": restored,
    }


@cleanup.group(cls=Group)
def orphans() -> None:
    """Rooms and groups at itslearning that UMS once made and nothing knows any more."""


@orphans.command("list")
@click.option(
    "--through-persons", is_flag=True, help="Also ask for the groups of every person; takes long."
)
@pass_common
def list_(common: Common, *, through_persons: bool) -> None:
    """All that are found: named by UMS's memory, by a backup of it, or by a past run."""
    from sync import runs

    with ProgressLine(quiet=common.quiet) as progress:
        found = runs.find_orphans(
            common.installation(read_only=True), common.org, through_persons=through_persons,
            progress=progress,
        )  # fmt: skip
    if common.json:
        write_json(
            {
                "orphans": [
                    {
                        "key": orphan.key, "title": orphan.title, "kind": orphan.kind,
                        "parent": orphan.parent, "found": orphan.found,
                    }
                    for orphan in found
                ]
            }
        )  # fmt: skip
    else:
        write_orphans(found)


@orphans.command()
@click.argument("keys", metavar="KEY...", type=KEY, nargs=-1, required=True)
@pass_common
def adopt(common: Common, *, keys: tuple[str, ...]) -> int:
    """Store the run that takes orphans up again, so that they end as the rules have it."""
    return _plan_orphans(common, keys, adopt=True)


@orphans.command()
@click.argument("keys", metavar="KEY...", type=KEY, nargs=-1, required=True)
@pass_common
def delete(common: Common, *, keys: tuple[str, ...]) -> int:
    """Store the run that deletes orphans; it goes through the filter like any other."""
    return _plan_orphans(common, keys, adopt=False)


def _plan_orphans(common: Common, keys: tuple[str, ...], *, adopt: bool) -> int:
    from sync import runs

    with ProgressLine(quiet=common.quiet) as progress:
        report = runs.plan_orphans(
            common.installation(), keys, common.org, adopt=adopt, progress=progress
        )
    common.write(report)
    return codes.of_plan(report, detailed=False)
