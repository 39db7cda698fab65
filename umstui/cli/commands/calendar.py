"""`umstui calendar`: delayed deletes, freezes, the forecast, and an iCalendar file."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sync.errors import NotFound, UmstuiError
from sync.model import Kind
from sync.windows import Window, WindowType
from umstui.calendar_words import (
    due_object,
    window_object,
    write_forecast,
    write_releases,
    write_windows,
)
from umstui.cli.parameters import DAY, NUMBER, Common, Group, pass_common
from umstui.output import remark, say, write_json
from umstui.progress import ProgressLine


@click.group(cls=Group)
def calendar() -> None:
    """When deletes wait and when nothing is sent; what falls due after it.

    The first and the last day of a window are part of it. Days are local dates of this machine.
    """


@calendar.command("list")
@pass_common
def list_(common: Common) -> None:
    """All windows by their first day, with the deletes that each holds now."""
    from sync import runs

    installation = common.installation(read_only=True)
    found = runs.windows(installation, common.org)
    if common.json:
        write_json({"windows": [window_object(one) for one in found]})
    else:
        write_windows(found, installation.today)


@calendar.command()
@click.argument(
    "type", metavar="delay-delete|freeze", type=click.Choice([str(one) for one in WindowType])
)
@click.option("--from", "begins", metavar="D", type=DAY, required=True, help="The first day.")
@click.option("--to", "ends", metavar="D", type=DAY, required=True, help="The last day.")
@click.option(
    "--kind", metavar="K", type=click.Choice([str(one) for one in Kind]), help="Only this kind."
)
@click.option("--school", metavar="S", help="Only this school.")
@click.option("--role", metavar="R", help="Only persons, or memberships, of this role.")
@click.option(
    "--except-school",
    "spared",
    metavar="S",
    multiple=True,
    help="Not this school, such as a summer school. Several times as well.",
)
@pass_common
def add(
    common: Common,
    *,
    type: str,  # noqa: A002 (the word of the command line)
    begins: dt.date,
    ends: dt.date,
    kind: str | None,
    school: str | None,
    role: str | None,
    spared: tuple[str, ...],
) -> None:
    """Postpone deletes, or send nothing at all, between two days."""
    from sync import runs

    window = Window(WindowType(type), begins, ends, kind, school, role, spared)
    added = runs.add_window(common.installation(), window, common.org)
    if common.json:
        write_json(window_object(added))
    else:
        say(f"Added {runs.window_words(added.window)}.")


@calendar.command()
@click.argument("number", metavar="ID", type=NUMBER)
@click.option("--from", "begins", metavar="D", type=DAY, help="Another first day.")
@click.option("--to", "ends", metavar="D", type=DAY, help="Another last day.")
@click.option("--preview", is_flag=True, help="Only say what it would release.")
@pass_common
def change(
    common: Common, *, number: int, begins: dt.date | None, ends: dt.date | None, preview: bool
) -> None:
    """Shorten or lengthen a window; says first what falls due when by that."""
    from sync import runs

    if begins is None and ends is None:
        raise click.UsageError("say what to change: --from D, --to D or both.")
    installation = common.installation(read_only=preview)
    released = runs.released_by(installation, number, common.org, begins=begins, ends=ends)
    _say_first(common, released)
    if not preview:
        runs.change_window(installation, number, common.org, begins=begins, ends=ends)
    _done(common, number, released, "changed", preview=preview)


@calendar.command()
@click.argument("number", metavar="ID", type=NUMBER)
@click.option("--preview", is_flag=True, help="Only say what it would release.")
@pass_common
def remove(common: Common, *, number: int, preview: bool) -> None:
    """Remove a window; says first what falls due by that."""
    from sync import runs

    installation = common.installation(read_only=preview)
    released = runs.released_by(installation, number, common.org)
    _say_first(common, released)
    if not preview:
        runs.remove_window(installation, number, common.org)
    _done(common, number, released, "removed", preview=preview)


@calendar.command()
@click.option("--to", "until", metavar="D", type=DAY, help="Only what falls due until this day.")
@pass_common
def forecast(common: Common, *, until: dt.date | None) -> None:
    """What falls due on the day after each window, against the limits of that day.

    Worked out from today's data; nothing is asked of itslearning and no run is stored.
    """
    from sync import runs

    with ProgressLine(quiet=common.quiet) as progress:
        found = runs.forecast(
            common.installation(read_only=True), common.org, until=until, progress=progress
        )
    if found.note:
        remark(f"umstui: {found.note}")
    if common.json:
        write_json(
            {
                "due": [due_object(due) for due in found.due if not due.school],
                "schools": [
                    {**due_object(due), "school": due.school} for due in found.due if due.school
                ],
            }
        )
    else:
        write_forecast(found.due, until)


@calendar.command()
@click.argument("number", metavar="ID", type=NUMBER)
@click.option(
    "--language",
    metavar="L",
    type=click.Choice(("da", "nb", "sv", "en")),
    default="en",
    show_default=True,
    help="da, nb, sv or en.",
)
@pass_common
def text(common: Common, *, number: int, language: str) -> None:
    """What teachers are told of a window, ready for a message."""
    from sync import report, runs

    found = runs.windows(common.installation(read_only=True), common.org)
    window = next((one.window for one in found if one.window.id == number), None)
    if window is None:
        raise NotFound(f"There is no window {number}; see `umstui calendar list`.")
    words = report.text_for_teachers(window, language)
    if common.json:
        write_json({"id": number, "language": language, "text": words})
    else:
        say(words)


@calendar.command()
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    required=True,
    help="Where to; - is standard output.",
)
@pass_common
def export(common: Common, *, output: Path) -> None:
    """Write the calendar as an iCalendar file, with reminders."""
    from sync import runs

    content = runs.calendar_file(common.installation(read_only=True), common.org)
    if str(output) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise UmstuiError(f"{output} cannot be written: {error.strerror}.") from error
    remark(f"The calendar was written to {output.absolute()}", quiet=common.quiet)


def _say_first(common: Common, released: Sequence[str]) -> None:
    if not common.json:
        write_releases(released)


def _done(
    common: Common, number: int, released: Sequence[str], word: str, *, preview: bool
) -> None:
    if common.json:
        write_json({"id": number, "releases": list(released), word: not preview})
    elif not preview:
        say(f"Window {number} was {word}.")
