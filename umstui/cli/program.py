"""The program's own command, and the table of all others.

To add a command: write `umstui/cli/commands/<module>.py` with a click command in it, and name it
here. Nothing else; help, completion and the common options follow.
"""

from __future__ import annotations

import difflib
import importlib

import click

from umstui import __version__
from umstui.cli.parameters import Common, Group, pass_common

# Command -> the module of umstui.cli.commands that holds it, under its own name, in the order in
# which --help shows them. A module is imported when its command is called or listed, and imports
# the core inside the command only: that is what keeps `umstui --version` at the speed of Python.
COMMANDS: dict[str, dict[str, str]] = {
    "Try it": {"demo": "demo", "testsite": "testsite"},
    "A sync, step by step": {
        "check": "check",
        "plan": "plan",
        "approve": "decisions",
        "reject": "decisions",
        "apply": "apply",
        "sync": "sync",
    },
    "What waits": {
        "calendar": "calendar",
        "exceptions": "exceptions",
        "proposals": "proposals",
    },
    "Who is who": {"diagnose": "diagnose", "duplicates": "duplicates"},
    "Clean-up": {"cleanup": "cleanup", "rekey": "rekey"},
    "Past runs": {"runs": "runs", "undo": "undo", "drift": "drift", "audit": "audit", "log": "log"},
    "The machine": {"schedule": "schedule", "completion": "completion"},
}


class Program(Group):
    """The outermost command; loads the others when they are wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for section in COMMANDS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for section in COMMANDS.values():
            if cmd_name in section:
                module = importlib.import_module(f"umstui.cli.commands.{section[cmd_name]}")
                command = getattr(module, cmd_name)
                return command if isinstance(command, click.Command) else None
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = difflib.get_close_matches(args[0], names, n=1)
            ctx.fail(
                f"There is no command {args[0]!r}." + (f" Did you mean {near[0]}?" if near else "")
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in COMMANDS.items():
            commands = [(name, self.get_command(ctx, name)) for name in section]
            with formatter.section(title):
                formatter.write_dl(
                    [
                        (name, command.get_short_help_str(66))
                        for name, command in commands
                        if command
                    ]
                )


@click.group(cls=Program, invoke_without_command=True)
@click.version_option(__version__, message="%(prog)s %(version)s")
@pass_common
@click.pass_context
def program(context: click.Context, common: Common) -> int | None:
    """From UMS to itslearning: see what a sync would do, allow it, carry it out.

    Without a command, opens the console.
    """
    if context.invoked_subcommand is not None:
        return None
    from umstui.cli.console import open_console, refuse_without_terminal

    refuse_without_terminal("use `umstui plan`, `umstui runs list` or `umstui --help`")
    from umstui.cli import first_run

    if first_run.wanted(common) and not first_run.set_up(common):
        return 0
    return open_console(common)
