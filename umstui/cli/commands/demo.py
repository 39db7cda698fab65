"""`umstui demo`."""

from __future__ import annotations

from pathlib import Path

import click

from umstui.cli.parameters import Command, Common, pass_common

FEWEST_PERSONS = 20


@click.command(cls=Command)
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default="umstui-demo",
    show_default=True,
    help="Where to make it; a demo that is there is taken up again.",
)
@click.option(
    "--persons",
    metavar="N",
    type=click.IntRange(min=FEWEST_PERSONS),
    help="How many persons the school has; 600 unless said.",
)
@click.option(
    "--seed", metavar="S", type=int, help="The same number makes the same school; 1 unless said."
)
@click.option(
    "--advance",
    "leaving",
    metavar="[PERCENT]",
    is_flag=False,
    flag_value=2.0,
    type=click.FloatRange(min=0, max=100),
    help="First let time pass at the school: so many of 100 pupils leave, 2 unless said, others "
    "arrive, move and change their names. Above 5 the filter holds the next plan.",
)
@click.option("--headless", is_flag=True, help="Plan, approve, apply, plan, without the console.")
@pass_common
def demo(
    common: Common,
    *,
    folder: Path,
    persons: int | None,
    seed: int | None,
    leaving: float | None,
    headless: bool,
) -> int:
    """Try umstui on a made-up school and a test site.

    Makes a UMS database, a local itslearning test site and an umstui.toml in DIR, and opens the
    console on them. The site answers for as long as the command runs. With --headless it leaves
    with 0 only if the last plan is empty.
    """
    from umstui.cli.console import open_console, refuse_without_terminal

    if common.config:
        raise click.UsageError("The demo writes an umstui.toml of its own; leave --config out.")
    if not headless:
        refuse_without_terminal("use `umstui demo --headless`")
    from umstui.cli.demonstration import SETTINGS, let_time_pass, prepare, running_site
    from umstui.output import remark
    from umstui.session import local_now

    today = local_now().date()
    made = prepare(folder, persons, seed, today)
    if leaving is not None:
        remark(let_time_pass(folder, made, today, leaving), quiet=common.quiet)
    common.config = str(folder / SETTINGS)
    with running_site(folder, made):
        return _headless(common, folder, made.persons) if headless else open_console(common)


def _headless(common: Common, folder: Path, persons: int) -> int:
    from umstui.cli.headless import Story, run_through
    from umstui.output import write_json

    story = Story(quiet=common.json)
    story.say(f"A school of {persons} persons and a test site for it, in {folder}.")
    empty = run_through(common.installation(), story, quiet=common.quiet)
    if common.json:
        write_json({**story.told, "seconds": story.seconds, "empty": empty})
    elif empty:
        story.say(f"The last plan is empty. Look around: umstui demo --dir {folder}")
    else:
        story.say("The last plan is not empty: something did not arrive.")
    return 0 if empty else 1
