"""`umstui completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from umstui.cli.parameters import Command


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, *, shell: str) -> None:
    """Print the script that completes commands, options and runs.

    \b
    bash:  umstui completion bash >> ~/.bashrc
    zsh:   umstui completion zsh >> ~/.zshrc
    fish:  umstui completion fish > ~/.config/fish/completions/umstui.fish
    """
    script = get_completion_class(shell)
    if script is not None:
        root = context.find_root()
        click.echo(script(root.command, {}, "umstui", "_UMSTUI_COMPLETE").source())
