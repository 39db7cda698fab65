"""What the commands share: the common options, the classes that add them, and parameter types."""

from __future__ import annotations

import datetime as dt
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from sync.model import RunReport
    from sync.runs import Installation


_YEAR_MONTH_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass
class Common:
    """The common options, as given before or after the command (reading 45); the last one wins."""

    config: str | None = None
    org: int | None = None
    json: bool = False
    debug: bool = False
    read_only: bool = False
    quiet: bool = False

    def installation(self, *, read_only: bool = False) -> Installation:
        """The installation of umstui.toml, opened by whoever sits here. Raises SettingsError."""
        from umstui.session import hear_warnings, open_installation

        hear_warnings(shown=self.debug or (not self.quiet and sys.stderr.isatty()))
        return open_installation(self.config, read_only=read_only or self.read_only)

    def installation_of(self, *runs: str, read_only: bool = False) -> Installation:
        """The same for a command that names runs: they are of the organization that --org names.
        Raises SettingsError where they are not, NotFound where there is no such run."""
        from sync.runs import refuse_other_organization

        installation = self.installation(read_only=read_only)
        for run in runs:
            refuse_other_organization(installation, run, self.org)
        return installation

    def write(self, report: RunReport) -> None:
        """A run on standard output: for a program with --json, else for a person."""
        from umstui.output import next_step, report_object, say, write_json, write_report

        if self.json:
            write_json(report_object(report))
        else:
            write_report(report)
            if step := next_step(report, self.config or ""):
                say(step)


pass_common = click.make_pass_decorator(Common, ensure=True)


class _CommonOption(click.Option):
    """An option whose value goes into Common, wherever on the line it stands."""

    def __init__(self, *declarations: str, **attributes: Any) -> None:
        super().__init__(list(declarations), expose_value=False, callback=_remember, **attributes)


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> None:
    name = parameter.name or ""
    if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
        setattr(context.ensure_object(Common), name, value)


def _common_options() -> list[click.Parameter]:
    return [
        _CommonOption(
            "--config",
            metavar="FILE",
            type=click.Path(dir_okay=False),
            help="The settings; else UMSTUI_CONFIG, else umstui.toml here, else in the "
            "platform's folder for settings.",
        ),
        _CommonOption(
            "--org",
            metavar="ID",
            type=int,
            help="The organization; needed only where the database has several.",
        ),
        _CommonOption("--json", is_flag=True, help="One JSON object on standard output."),
        _CommonOption("--read-only", is_flag=True, help="Look at everything, change nothing."),
        _CommonOption("--quiet", is_flag=True, help="No progress and no remarks."),
        _CommonOption("--debug", is_flag=True, help="Show where an error came from."),
    ]


class Command(click.Command):
    """A command that takes the common options and lists them apart in its help."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params.extend(_common_options())

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_options(self, ctx, formatter, common=False)
        _write_options(self, ctx, formatter, common=True)


class Group(click.Group):
    """A command of commands, with the common options at its own level as well."""

    command_class = Command

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params.extend(_common_options())

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_options(self, ctx, formatter, common=False)
        self.format_commands(ctx, formatter)
        _write_options(self, ctx, formatter, common=True)


def _write_options(
    command: click.Command, context: click.Context, formatter: click.HelpFormatter, *, common: bool
) -> None:
    """The common options of the help, or the command's own."""
    wanted = [
        option
        for option in command.get_params(context)
        if isinstance(option, click.Option) and isinstance(option, _CommonOption) == common
    ]
    records = [option.get_help_record(context) for option in wanted]
    with formatter.section("Common options" if common else "Options"):
        formatter.write_dl([record for record in records if record is not None])


class _Day(click.ParamType[dt.date]):
    """A calendar date, year-month-day; words are refused, they mean something else tomorrow."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        if isinstance(value, dt.date):
            return value
        text = str(value)
        try:
            if not _YEAR_MONTH_DAY.fullmatch(text):
                raise ValueError
            return dt.date.fromisoformat(text)
        except ValueError:
            self.fail(
                f"{text!r} is no date; write it as year-month-day, such as 2026-08-10.", param, ctx
            )


class _Reason(click.ParamType[str]):
    """Words that say why; blanks are no reason."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = " ".join(str(value).split())
        return text or self.fail("say why in a few words; they are kept with the run.", param, ctx)


class _Key(click.ParamType[str]):
    """A sync key; an empty one, as of a variable that a script did not set, is nobody's."""

    name = "key"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value).strip() or self.fail("the key is empty.", param, ctx)


class _Run(click.ParamType[str]):
    """The name of a run, completed from the state."""

    name = "run"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from umstui.cli.completions import run_names

        return [
            CompletionItem(name)
            for name in run_names(ctx.ensure_object(Common).config)
            if name.startswith(incomplete)
        ]


DAY = _Day()
KEY = _Key()
NUMBER = click.IntRange(1, 2**63 - 1)  # what a database numbers its rows with
REASON = _Reason()
RUN = _Run()
