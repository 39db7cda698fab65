"""`umstui completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from umstui.cli.parameters import Command, Common, pass_common
from umstui.output import write_json


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_common
@click.pass_context
def completion(context: click.Context, common: Common, *, shell: str) -> None:
    """Print the script that completes commands, options and runs.

    \b
    bash:  umstui completion bash >> ~/.bashrc
    zsh:   umstui completion zsh >> ~/.zshrc
    fish:  umstui completion fish > ~/.config/fish/completions/umstui.fish
    """
    kind = get_completion_class(shell)
    if kind is not None:
        script = kind(context.find_root().command, {}, "umstui", "_UMSTUI_COMPLETE").source()
        if common.json:
            write_json({"shell": shell, "script": script})
        else:
            click.echo(script)
