"""`umstui rekey`: every person's sync key becomes the user name, or the one UMS has now."""

from __future__ import annotations

import click

from umstui.cleanup_words import write_rekey
from umstui.cli import codes
from umstui.cli.parameters import Common, Group, pass_common
from umstui.cli.reported import say_where_reported
from umstui.output import remark, write_json
from umstui.progress import ProgressLine


@click.group(cls=Group)
@click.option("--to", "target", type=click.Choice(["username"]), help="Everybody's user name.")
@click.option(
    "--from-run", "proposed_by", metavar="RUN",
    help="The keys that a plan proposes: UMS has the same persons under them now.",
)  # fmt: skip
@click.pass_context
def rekey(context: click.Context, target: str | None, proposed_by: str | None) -> None:
    """Change sync keys at itslearning: to user names (ChangeAllPersonIdentifiersToUserName), or to
    those under which UMS has the same persons now.

    Say which: --to username or --from-run RUN.
    """
    if (target is None) == (proposed_by is None):
        raise click.UsageError("Say what the keys become: --to username or --from-run RUN.")
    context.meta[_PROPOSED_BY] = proposed_by


_PROPOSED_BY = "umstui.rekey.proposed_by"


def _proposed_by() -> str | None:
    found: str | None = click.get_current_context().meta[_PROPOSED_BY]
    return found


@rekey.command()
@pass_common
def preview(common: Common) -> None:
    """Who would get which key, and who cannot: reads itslearning, changes nothing."""
    from sync import runs

    with ProgressLine(quiet=common.quiet) as progress:
        found = runs.preview_rekey(
            common.installation(read_only=True),
            common.org,
            proposed_by=_proposed_by(),
            progress=progress,
        )
    if not common.json:
        write_rekey(found, _proposed_by())
        return
    write_json(
        {
            "confirm": found.confirm,
            "persons": found.persons,
            "memberships": found.memberships,
            "unchanged": found.unchanged,
            "case_only": found.case_only,
            "without_key": found.without_key,
            "strangers": found.strangers,
            "conflicts": [
                {"reason": item.reason, "key": item.key, "detail": item.detail}
                for item in found.obstacles
            ],
            "sample": [{"old": old, "new": new, "name": name} for old, new, name in found.sample],
        }
    )


@rekey.command()
@click.option("--confirm", metavar="NAME", help="The name of the database.")
@pass_common
def run(common: Common, *, confirm: str | None) -> int:
    """Store the map of old and new keys as a run, then carry it out where the filter allows.

    Exit code 3: held by the filter; approve it, then `umstui apply RUN --confirm NAME`. 4: some
    keys could not be changed. 6: not confirmed, frozen, or another run is under way.
    """
    from sync import runs

    installation = common.installation()
    with ProgressLine(quiet=common.quiet) as progress:
        report = runs.run_rekey(
            installation,
            common.org,
            confirm=confirm,
            proposed_by=_proposed_by(),
            progress=progress,
        )
    common.write(report)
    run_ = report.summary.run
    keys = f"umstui runs export {run_} --format csv -o keys-{run_}.csv"
    remark(f"Old and new keys: {keys}", quiet=common.quiet)
    remark(f"Back again: umstui undo {run_}", quiet=common.quiet)
    say_where_reported(common, installation, run_)
    return codes.of_applying(installation, report)
