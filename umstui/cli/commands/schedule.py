"""`umstui schedule print`: a ready unit for the scheduler of this machine."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import click

from umstui.cli.parameters import Common, Group, pass_common
from umstui.session import account_name

_CRON = """\
# umstui: a sync every night at {time}. Install it with: crontab -e
# Exit code 3 says that the filter holds the run: somebody has to look at it.
{minute} {hour} * * * {command}
"""

_SYSTEMD = """\
# Save as /etc/systemd/system/umstui.service
[Unit]
Description=umstui: from UMS to itslearning
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
WorkingDirectory={folder}
ExecStart={command}
# Held by the filter, applied with failures, frozen or overlapping are answers, not crashes.
SuccessExitStatus=3 4 6
# Asked to stop, it first writes down the batch in flight.
TimeoutStopSec=15min

# Save as /etc/systemd/system/umstui.timer, then: systemctl enable --now umstui.timer
[Unit]
Description=umstui every night

[Timer]
OnCalendar=*-*-* {time}:00
Persistent=true

[Install]
WantedBy=timers.target
"""

# No encoding is named: what is saved, or piped into a file, is UTF-8 here and UTF-16 there.
_WINDOWS = """\
<?xml version="1.0"?>
<!-- Save as umstui.xml, then: schtasks /Create /TN umstui /XML umstui.xml /RU {user} /RP * -->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T{time}:00</StartBoundary>
      <ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT12H</ExecutionTimeLimit>
  </Settings>
  <Actions>
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


@click.group(cls=Group)
def schedule() -> None:
    """Let a scheduler start the sync."""


@schedule.command("print")
@click.argument("scheduler", type=click.Choice(["cron", "systemd", "windows"]))
@click.option(
    "--at", "time", metavar="HH:MM", default="22:15", show_default=True, help="When, every day."
)
@pass_common
def schedule_print(common: Common, *, scheduler: str, time: str) -> None:
    """Print a unit that runs `umstui sync` with the settings at hand.

    Overlapping starts are safe: the later one leaves with exit code 6 and changes nothing.
    """
    from umstui import config
    from umstui.output import write_json

    hour, minute = _clock_time(time)
    settings = config.locate(common.config).resolve()
    arguments = ["sync", "--quiet", "--config", str(settings)]
    if common.org is not None:
        arguments += ["--org", str(common.org)]
    program = shutil.which("umstui") or str(Path(sys.executable).with_name("umstui"))
    known = {
        "time": f"{hour:02}:{minute:02}",
        "hour": str(hour),
        "minute": str(minute),
        "user": account_name(),
        "folder": str(settings.parent),
        "command": shlex.join([program, *arguments]),
    }
    if scheduler == "windows":
        quoted = " ".join(f'"{part}"' if " " in part else part for part in arguments)
        known |= {"program": program, "arguments": quoted}
        known = {name: escape(value) for name, value in known.items()}
        unit = _WINDOWS.format(**known)
    elif scheduler == "cron":
        # A per cent sign ends a command in a crontab.
        unit = _CRON.format(**known | {"command": known["command"].replace("%", "\\%")})
    else:
        # It begins a specifier in a unit, in every value.
        unit = _SYSTEMD.format(**{name: value.replace("%", "%%") for name, value in known.items()})
    if common.json:
        write_json({"scheduler": scheduler, "unit": unit})
    else:
        click.echo(unit, nl=False)


def _clock_time(text: str) -> tuple[int, int]:
    hour, _, minute = text.partition(":")
    if hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60:
        return int(hour), int(minute)
    raise click.BadParameter(f"{text!r} is no time of day; write it as 22:15.", param_hint="--at")
