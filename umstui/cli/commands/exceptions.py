"""`umstui exceptions`: persons, rooms and schools that are kept until a day."""

from __future__ import annotations

import datetime as dt

import click

from sync.windows import KeepException, KeepTarget
from umstui.calendar_words import exception_object, write_exceptions, write_releases
from umstui.cli.parameters import DAY, NUMBER, REASON, Common, Group, pass_common
from umstui.output import say, write_json


@click.group(cls=Group)
def exceptions() -> None:
    """Who and what is kept from being deleted, and until when. Exceptions always end."""


@exceptions.command("list")
@pass_common
def list_(common: Common) -> None:
    """All exceptions by their last day, and those that come up for renewal."""
    from sync import runs

    installation = common.installation(read_only=True)
    found = runs.exceptions(installation, common.org)
    if common.json:
        write_json(
            {
                "exceptions": [exception_object(one) for one in found.all],
                "renewals": [one.exception.id for one in found.renewals],
            }
        )
    else:
        write_exceptions(found, installation.today)


@exceptions.command()
@click.option("--person", metavar="KEY", help="Keep this person and the memberships.")
@click.option("--school", metavar="S", help="Keep all of this school, such as a summer school.")
@click.option("--room", metavar="KEY", help="Keep this room or group and its members.")
@click.option("--until", metavar="D", type=DAY, required=True, help="The last day it is kept.")
@click.option("--reason", type=REASON, required=True, help="Why; kept with it.")
@pass_common
def add(
    common: Common,
    *,
    person: str | None,
    school: str | None,
    room: str | None,
    until: dt.date,
    reason: str,
) -> None:
    """Keep a person, a school or a room until a day."""
    from sync import runs

    given = [
        (target, key)
        for target, key in (
            (KeepTarget.PERSON, person),
            (KeepTarget.SCHOOL, school),
            (KeepTarget.ROOM, room),
        )
        if key is not None
    ]
    if len(given) != 1:
        raise click.UsageError("give exactly one of --person KEY, --school S and --room KEY.")
    ((target, key),) = given
    added = runs.add_exception(
        common.installation(), KeepException(target, key, until, reason), common.org
    )
    if common.json:
        write_json(exception_object(added))
    else:
        say(f"Kept: {runs.exception_words(added)}.")


@exceptions.command()
@click.argument("number", metavar="ID", type=NUMBER)
@click.option("--until", metavar="D", type=DAY, required=True, help="The new last day.")
@click.option("--reason", type=REASON, required=True, help="Why; kept with it.")
@pass_common
def renew(common: Common, *, number: int, until: dt.date, reason: str) -> None:
    """Give an exception another last day."""
    from sync import runs

    renewed = runs.renew_exception(
        common.installation(), number, common.org, until=until, reason=reason
    )
    if common.json:
        write_json(exception_object(renewed))
    else:
        say(f"Kept: {runs.exception_words(renewed)}.")


@exceptions.command()
@click.argument("number", metavar="ID", type=NUMBER)
@click.option("--preview", is_flag=True, help="Only say what it would release.")
@pass_common
def remove(common: Common, *, number: int, preview: bool) -> None:
    """Remove an exception; says first what it kept."""
    from sync import runs

    installation = common.installation(read_only=preview)
    released = runs.kept_by(installation, number, common.org)
    if not common.json:
        write_releases(released)
    if not preview:
        runs.remove_exception(installation, number, common.org)
    if common.json:
        write_json({"id": number, "releases": released, "removed": not preview})
    elif not preview:
        say(f"Exception {number} was removed.")
